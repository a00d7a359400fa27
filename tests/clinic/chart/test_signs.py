"""The vital signs of a summary: what was recorded without a flag is marked as the flowsheet marks it."""

from __future__ import annotations

import json
from datetime import date

from osler.clinic.chart.signs import signs_of
from osler.clinic.vitals import Person
from osler.fhir import r4
from osler.fhir.codec import decode

_FLAGS = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
_ADULT = Person(date(1996, 8, 17), "female")


def _coded(system: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code}]}


def _pressure(systolic: int, diastolic: int, flag: str = "") -> r4.Observation:
    unit = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    made = {
        "resourceType": "Observation",
        "id": "bp",
        "status": "final",
        "effectiveDateTime": "2026-11-20T09:20:00Z",
        "code": _coded("http://loinc.org", "85354-9"),
        "component": [
            {"code": _coded("http://loinc.org", code), "valueQuantity": {"value": number, **unit}}
            for code, number in (("8480-6", systolic), ("8462-4", diastolic))
        ],
    }
    if flag:
        made["interpretation"] = [_coded(_FLAGS, flag)]
    found = decode(json.dumps(made).encode())
    assert isinstance(found, r4.Observation)
    return found


def _flag(one: r4.Observation, who: Person | None = _ADULT) -> str:
    return signs_of([one], "us", who).pressures[0].flag


def test_a_high_pressure_without_a_flag_is_marked_by_age() -> None:
    assert _flag(_pressure(140, 85)) == "H"
    assert _flag(_pressure(118, 76)) == ""


def test_what_was_recorded_with_it_is_kept() -> None:
    assert _flag(_pressure(140, 85, "N")) == ""
    assert _flag(_pressure(118, 76, "H")) == "H"
