"""Allergies as banners show them: the severe first, none known and not asked apart."""

from __future__ import annotations

import json
from typing import Any

from osler.clinic.chart.allergies import allergies_of
from osler.fhir import r4
from osler.fhir.codec import decode

_STATUS = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_CERTAIN = "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification"


def allergy(text: str, severity: str = "", **more: Any) -> r4.AllergyIntolerance:
    made: dict[str, Any] = {
        "resourceType": "AllergyIntolerance",
        "id": text.lower().replace(" ", "-"),
        "clinicalStatus": {"coding": [{"system": _STATUS, "code": "active"}]},
        "patient": {"reference": "Patient/ana"},
        "code": {"text": text},
    }
    if severity:
        made["reaction"] = [{"manifestation": [{"text": "rash"}], "severity": severity}]
    found = decode(json.dumps(made | more).encode())
    assert isinstance(found, r4.AllergyIntolerance)
    return found


def certainty(code: str) -> dict[str, Any]:
    return {"verificationStatus": {"coding": [{"system": _CERTAIN, "code": code}]}}


def test_severe_ones_come_first() -> None:
    found = allergies_of(
        [
            allergy("Latex", "mild"),
            allergy("Apple", "moderate"),
            allergy("Penicillin", "severe"),
            allergy("Bee venom", criticality="high"),
        ]
    )
    assert [one.substance for one in found.known] == ["Bee venom", "Penicillin", "Apple", "Latex"]


def test_banner_has_four_or_all_severe_ones() -> None:
    six = [allergy(f"Mild {n}", "mild") for n in range(6)]
    assert (len(allergies_of(six).first), allergies_of(six).more) == (4, 2)
    severe = [allergy(f"Severe {n}", "severe") for n in range(5)]
    found = allergies_of([*six, *severe])
    assert [one.severe for one in found.first] == [True] * 5
    assert found.more == 6


def test_nothing_recorded_is_not_asked() -> None:
    assert allergies_of([]).state == "not-asked"


def test_none_known_is_a_statement_with_its_day() -> None:
    none = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}
    found = allergies_of([allergy("No known allergy", code=none, recordedDate="2026-09-02")])
    assert (found.state, found.confirmed) == ("none", "2026-09-02")


def test_an_allergy_outweighs_none_known() -> None:
    none = {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}
    found = allergies_of([allergy("No known allergy", code=none), allergy("Latex", "mild")])
    assert found.state == "known"


def test_no_known_drug_allergy_says_nothing_of_foods() -> None:
    none = {"coding": [{"code": "409137002"}], "text": "No known drug allergy"}
    found = allergies_of([allergy("drug", code=none)])
    assert (found.state, found.statements) == ("not-asked", ("No known drug allergy",))


def test_refuted_ones_are_left_out_and_unconfirmed_ones_stay() -> None:
    found = allergies_of(
        [allergy("Latex", **certainty("refuted")), allergy("Apple", **certainty("unconfirmed"))]
    )
    assert [one.substance for one in found.known] == ["Apple"]
