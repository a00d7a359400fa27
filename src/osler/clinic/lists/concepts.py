"""Concepts of what was chosen or typed, and whether two are the same."""

from __future__ import annotations

from collections.abc import Mapping

from osler.clinic.chart.words import said
from osler.clinic.terms.search import KINDS
from osler.clinic.terms.tables import Term
from osler.clinic.terms.words import fold
from osler.fhir import r4


def concept_of(term: Term | None, text: str) -> r4.CodeableConcept:
    """What was chosen, in the words of who chose it; words alone stay uncoded."""
    words = " ".join(text.split())
    if term is None:
        return r4.CodeableConcept(text=words)
    coding = r4.Coding(system=term.system, code=term.code, display=term.name)
    return r4.CodeableConcept(coding=[coding], text=words or term.name)


def value_of(concept: r4.CodeableConcept | None, kind: str) -> str:
    """The "system|code" of a concept that forms of a kind post; empty where it is uncoded."""
    systems = KINDS[kind].systems
    found = (one for one in (concept.coding if concept else None) or [] if one.code)
    return next((f"{one.system}|{one.code}" for one in found if one.system in systems), "")


def coded_in(concept: r4.CodeableConcept | None, system: str) -> str:
    """The code in one system, or nothing."""
    codings = (concept.coding if concept else None) or []
    return next((one.code for one in codings if one.system == system and one.code), "")


def same(one: r4.CodeableConcept | None, other: r4.CodeableConcept | None) -> bool:
    """Whether two concepts share a code, or are called alike where one has none."""
    first, second = _codes(one), _codes(other)
    if first and second:
        return bool(first & second)
    return bool(said(one)) and fold(said(one)) == fold(said(other))


def _codes(concept: r4.CodeableConcept | None) -> set[tuple[str, str]]:
    codings = (concept.coding if concept else None) or []
    return {(one.system or "", one.code) for one in codings if one.code}


def keep(before: r4.CodeableConcept | None, after: r4.CodeableConcept) -> r4.CodeableConcept:
    """The new concept with the old codes of other systems where the meaning has not changed."""
    if before is None or not same(before, after):
        return after
    known = {(one.system, one.code) for one in after.coding or []}
    others = [one for one in before.coding or [] if (one.system, one.code) not in known]
    return r4.CodeableConcept(coding=[*(after.coding or []), *others] or None, text=after.text)


def chosen(concepts: Mapping[str, str], code: str, system: str) -> r4.CodeableConcept | None:
    """A concept of a short list {code: display}; None for no choice."""
    if code not in concepts:
        return None
    coding = r4.Coding(system=system, code=code, display=concepts[code])
    return r4.CodeableConcept(coding=[coding], text=concepts[code])
