"""The parts of resources as a chart says them."""

from __future__ import annotations

from collections.abc import Iterable

from osler.fhir import r4


def said(concept: r4.CodeableConcept | None) -> str:
    """A concept in words: its text, else a display, else a code."""
    if concept is None:
        return ""
    codings = concept.coding or []
    found = (concept.text, *(c.display for c in codings), *(c.code for c in codings))
    return next((one for one in found if one), "")


def coded(concept: r4.CodeableConcept | None, *codes: str, system: str = "") -> bool:
    """Whether one of the concept's codings is one of these codes."""
    codings = (concept.coding if concept else None) or []
    return any(one.code in codes and (not system or one.system == system) for one in codings)


def code_of(concept: r4.CodeableConcept | None, *systems: str) -> str:
    """The code in the first of these systems that the concept has."""
    codings = (concept.coding if concept else None) or []
    found = (one.code for s in systems for one in codings if one.system == s and one.code)
    return next(found, "")


def categorized(concepts: Iterable[r4.CodeableConcept] | None, *codes: str) -> bool:
    """Whether one of the categories has one of these codes."""
    return any(coded(one, *codes) for one in concepts or [])


def display(reference: r4.Reference | None) -> str:
    """Who or what is referred to, as the reference itself says it."""
    return (reference.display if reference else None) or ""


def target(reference: r4.Reference | None) -> tuple[str, str]:
    """(type, logical id) of a reference to something here; empty where it is none."""
    parts = ((reference.reference if reference else None) or "").split("/")
    return (parts[0], parts[1]) if len(parts) in {2, 4} else ("", "")
