"""Every patient whose data an access touched stands in its row, not only the one that it is mainly about."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.record import AuditQuery, Checks, Delete, Record, Update
from osler.search.parse import parse

_UNCHECKED = Checks(validate=False, references=False, why_off="test")


def _put(record: Record, type: str, id: str, **content: Any) -> None:
    body = {"resourceType": type, "id": id} | content
    record.commit(LOCAL, [Update(decode(json.dumps(body).encode()))], checks=_UNCHECKED)


def _shared(*patients: str) -> dict[str, Any]:
    """An appointment of several patients, such as a mother with her child."""
    return {
        "status": "booked",
        "participant": [
            {"actor": {"reference": f"Patient/{one}"}, "status": "accepted"} for one in patients
        ],
    }


@pytest.fixture(scope="module")
def record(database: Database) -> Record:
    made = Record(database)
    for id in ("mother", "child", "other"):
        _put(made, "Patient", id, active=True)
    _put(made, "Appointment", "both", **_shared("mother", "other"))
    _put(made, "Appointment", "both", **_shared("mother", "child"))
    _put(
        made,
        "Observation",
        "weight",
        subject={"reference": "Patient/child"},
        performer=[{"reference": "Patient/mother"}],
        status="final",
        code={"text": "weight"},
    )
    return made


def _last(record: Record) -> list[str]:
    """The patients of the newest row that is no reading of the audit."""
    rows = record.audit(LOCAL, AuditQuery(count=5)).rows
    return sorted(next(row.patients for row in rows if row.action != "audit-read"))


def _search(record: Record, type: str, *pairs: tuple[str, str]) -> object:
    return record.search(LOCAL, parse(type, list(pairs), record.registry))


BOTH = ["child", "mother"]
READS: dict[str, tuple[Callable[[Record], object], list[str]]] = {
    "read": (lambda r: r.read(LOCAL, "Appointment", "both"), BOTH),
    "read of a measurement": (lambda r: r.read(LOCAL, "Observation", "weight"), BOTH),
    "read of a patient": (lambda r: r.read(LOCAL, "Patient", "other"), ["other"]),
    "vread as it was": (lambda r: r.vread(LOCAL, "Appointment", "both", 1), ["mother", "other"]),
    "vread": (lambda r: r.vread(LOCAL, "Appointment", "both", 2), BOTH),
    "history": (
        lambda r: r.history(LOCAL, "Appointment", "both"),
        ["child", "mother", "other"],
    ),
    "search": (lambda r: _search(r, "Appointment", ("_id", "both")), BOTH),
    "search with nothing found": (lambda r: _search(r, "Appointment", ("_id", "none")), []),
    "include": (
        lambda r: _search(r, "Patient", ("_id", "child"), ("_revinclude", "Observation:subject")),
        BOTH,
    ),
    "everything": (lambda r: list(r.everything(LOCAL, "child").versions), BOTH),
    "export": (lambda r: next(r.export(LOCAL, "Observation")), ["*"]),
}


@pytest.mark.parametrize("name", READS)
def test_reads(record: Record, name: str) -> None:
    read, patients = READS[name]
    read(record)
    assert _last(record) == patients


def test_a_write_names_who_was_in_it_before_and_who_is_now(record: Record) -> None:
    _put(record, "Appointment", "moved", **_shared("mother", "child"))
    assert _last(record) == BOTH
    _put(record, "Appointment", "moved", **_shared("other"))
    assert _last(record) == ["child", "mother", "other"]
    record.commit(LOCAL, [Delete("Appointment", "moved")], checks=_UNCHECKED)
    assert _last(record) == ["other"]


def test_a_load_names_all(record: Record) -> None:
    body = {"resourceType": "Appointment", "id": "loaded"} | _shared("mother", "child")
    record.load(LOCAL, [decode(json.dumps(body).encode())], checks=_UNCHECKED, source="f")
    assert _last(record) == BOTH
