"""What speaks against a drug: an allergy to it or its class, the drug itself on the list; and what is unchecked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinic.chart.words import said
from osler.clinic.lists.concepts import coded_in
from osler.clinic.terms import drugs
from osler.clinic.terms.drugs import Ingredient
from osler.clinic.terms.search import index
from osler.clinic.terms.tables import RXNORM, Term, drug_classes
from osler.clinic.terms.words import fold
from osler.fhir import r4
from osler.kit.words import N_


@dataclass(frozen=True, slots=True)
class Clash:
    """An allergy that a drug meets; `near` is true where only their classes are related."""

    allergy: str
    by: str
    near: bool = False


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found, and in `unchecked` why it is not the whole truth."""

    clashes: tuple[Clash, ...] = ()
    unchecked: tuple[str, ...] = ()


def check(
    drug: r4.CodeableConcept | None, allergies: Iterable[r4.CodeableConcept | None]
) -> Checked:
    """A drug against active allergies, by ingredient and class."""
    made_of = drugs.ingredients_of(coded_in(drug, RXNORM), said(drug))
    held = [one for one in allergies if one is not None]
    if not made_of:
        return Checked(
            (),
            (N_("The ingredients of this drug are not known here: allergies were not checked."),),
        )
    found: list[Clash] = []
    unknown: list[str] = []
    for one in held:
        clash, known = _against(one, made_of)
        if clash is not None:
            found.append(clash)
        elif not known:
            unknown.append(said(one))
    return Checked(tuple(found), tuple(unknown))


def _against(
    allergy: r4.CodeableConcept, made_of: tuple[Ingredient, ...]
) -> tuple[Clash | None, bool]:
    """(the clash, whether the allergy is one that could be compared)."""
    name, group = said(allergy), _class_of(allergy)
    if group is not None:
        return _in_class(name, group, made_of), True
    parts = drugs.ingredients_of(coded_in(allergy, RXNORM), name)
    same = [one for one in made_of if one in parts or one.name in {part.name for part in parts}]
    if same:
        return Clash(name, same[0].name), True
    for part in parts:
        for family in drugs.classes_of(part):
            clash = _in_class(name, family, made_of)
            if clash is not None:
                return Clash(name, clash.by, near=True), True
    return None, bool(parts) or _no_drug(allergy)


def _in_class(name: str, group: Term, made_of: tuple[Ingredient, ...]) -> Clash | None:
    families = {family.name for one in made_of for family in drugs.classes_of(one)}
    first = made_of[0].name
    if group.name in families:
        return Clash(name, first)
    return Clash(name, first, near=True) if families & set(group.groups) else None


def _class_of(allergy: r4.CodeableConcept) -> Term | None:
    codes = {(one.system, one.code) for one in allergy.coding or []}
    text = fold(said(allergy))
    for one in drug_classes():
        names = {fold(one.name), *map(fold, one.words)}
        if (one.system, one.code) in codes or text in names:
            return one
    return None


def _no_drug(allergy: r4.CodeableConcept) -> bool:
    """Whether it is to a food or a thing, which no drug is compared with."""
    codes = {(one.system, one.code) for one in allergy.coding or []}
    known = (
        one.term
        for one in index("allergen").entries
        if one.term.groups[:1] in {("food",), ("environment",)}
    )
    return any(
        (one.system, one.code) in codes or fold(one.name) == fold(said(allergy)) for one in known
    )


def twice(
    drug: r4.CodeableConcept | None, others: Iterable[r4.CodeableConcept | None]
) -> list[str]:
    """Drugs of the list with an ingredient of this one, or of its name where that is all there is."""
    made_of = set(drugs.ingredients_of(coded_in(drug, RXNORM), said(drug)))
    found = []
    for one in others:
        shared = made_of & set(drugs.ingredients_of(coded_in(one, RXNORM), said(one)))
        if shared or (said(one) and fold(said(one)) == fold(said(drug))):
            found.append(said(one))
    return found
