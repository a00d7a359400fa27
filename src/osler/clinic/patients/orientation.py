"""Sexual orientation, which US Core keeps as an Observation of its own and people tell with their identity."""

from __future__ import annotations

from osler.access import Principal
from osler.clinic.patients import registering
from osler.clinic.patients.tables import words
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Create, Record, Update
from osler.search.parse import parse

_CODE = "http://loinc.org|76690-7"
_OVER = frozenset({"entered-in-error", "cancelled"})


def read_orientation(record: Record, principal: Principal, patient: str) -> list[r4.Observation]:
    """What was said and still stands, the last first; `patient` is the logical id."""
    asked = [
        ("patient", f"Patient/{patient}"),
        ("code", _CODE),
        ("_sort", "-date,-_lastUpdated"),
        ("_count", "50"),
        ("_total", "none"),
    ]
    page = record.search(principal, parse("Observation", asked, record.registry))
    found = (decode(one.content) for one in page.matches)
    return [one for one in found if isinstance(one, r4.Observation) and one.status not in _OVER]


def code_of(found: list[r4.Observation]) -> str:
    """What holds now, as the form has it."""
    said = found[0].valueCodeableConcept if found else None
    codes = (coding.code or "" for coding in (said.coding if said else None) or ())
    return next((code for code in codes if code in words.ORIENTATIONS), "")


def changed(patient: str, before: list[r4.Observation], code: str) -> list[Create | Update]:
    """What makes the record say this; nothing where it says so already. An empty code takes all of it back."""
    if code == code_of(before):
        return []
    if code:
        return [Create(registering.orientation(f"Patient/{patient}", code), source="typed")]
    for one in before:
        one.status = "entered-in-error"
    return [Update(one, source="typed") for one in before]
