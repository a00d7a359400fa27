"""Drugs against allergies: the substance, its class, a class near to it; and what could not be checked is said."""

from __future__ import annotations

import pytest

from osler.clinic.medications.clashes import check, twice
from osler.fhir import r4


def said(text: str) -> r4.CodeableConcept:
    return r4.CodeableConcept(text=text)


@pytest.mark.parametrize(
    ("drug", "allergy", "near"),
    [
        ("amoxicillin 500 mg oral capsule", "Penicillins", False),
        ("amoxicillin 500 mg oral capsule", "pcn", False),
        ("amoxicillin 500 mg oral capsule", "amoxicillin", False),
        ("cephalexin 500 mg oral capsule", "Penicillins", True),
        ("cephalexin 500 mg oral capsule", "penicillin G", True),
        ("Advil 200 mg", "NSAID", False),
        ("naproxen 500 mg oral tablet", "ibuprofen", True),
        ("sulfamethoxazole 800 mg / trimethoprim 160 mg oral tablet", "sulfa", False),
        ("lisinopril 10 mg oral tablet", "ACE inhibitors", False),
    ],
)
def test_clashes_are_found(drug: str, allergy: str, near: bool) -> None:
    found = check(said(drug), [said(allergy)])
    assert [(one.allergy, one.near) for one in found.clashes] == [(allergy, near)]


def test_what_does_not_clash() -> None:
    found = check(
        said("metformin 500 mg oral tablet"), [said("Penicillins"), said("Peanut"), said("latex")]
    )
    assert (found.clashes, found.unchecked) == ((), ())


def test_an_unknown_drug_says_that_nothing_was_checked() -> None:
    found = check(said("grandmother's drops"), [said("Penicillins")])
    assert not found.clashes and "not known here" in found.unchecked[0]


def test_an_unknown_allergy_is_named_as_unchecked() -> None:
    assert check(said("metformin 500 mg"), [said("the blue pill")]).unchecked == ("the blue pill",)


def test_the_same_drug_twice_is_found_by_its_ingredient() -> None:
    held = [said("Zestril 5 mg"), said("metformin 500 mg oral tablet")]
    assert twice(said("lisinopril 10 mg oral tablet"), held) == ["Zestril 5 mg"]
    assert twice(said("grandmother's drops"), [said("Grandmother's  drops")]) == [
        "Grandmother's  drops"
    ]
