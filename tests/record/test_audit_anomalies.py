"""The watch over the audit: each kind of finding with data made for it, and no finding without."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.kit.database import Database
from osler.kit.errors import NotAllowed
from osler.record import Create, Record, Update, anomalies, commit
from osler.record.audit_life import WATCH
from osler.record.ops import Checks
from osler.search.parse import parse

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # A Wednesday.
END = NOON + timedelta(hours=16, minutes=17)  # When the nightly job runs.


@pytest.fixture
def record(fresh_database: Database) -> Record:
    made = Record(fresh_database)
    _put(
        made,
        "Practitioner",
        "ann",
        name=[{"family": "Able", "given": ["Ann"]}],
        birthDate="1980-02-03",
    )
    patients = [
        _made("Patient", f"p{number}", name=[{"family": f"Family{number}"}]) for number in range(70)
    ]
    made.commit(LOCAL, patients, checks=Checks(validate=False))
    return made


def _made(type: str, id: str, **content: Any) -> Update:
    body = {"resourceType": type, "id": id} | content
    return Update(decode(json.dumps(body).encode()))


def _put(record: Record, type: str, id: str, **content: Any) -> None:
    record.commit(LOCAL, [_made(type, id, **content)], checks=Checks(validate=False))


def _look(record: Record, patients: list[str], at: datetime = NOON, **more: Any) -> None:
    """A row as it would have been written then."""
    row = {
        "actor": "acc-ann",
        "actor_name": "Ann Able",
        "roles": ["nurse"],
        "person": "Practitioner/ann",
        "action": "read",
        "outcome": "success",
    } | more
    with record.database.connection() as conn:
        for patient in patients:
            conn.execute(
                "INSERT INTO audit (at, actor, actor_name, roles, person, action, outcome, patients)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                (at, *row.values(), [patient] if patient else []),
            )


def _kinds(record: Record) -> dict[str, anomalies.Finding]:
    with record.database.connection() as conn:
        found = list(anomalies.findings(conn, END - timedelta(days=1), END))
    return {one.kind: one for one in found}


def _visit(record: Record, patient: str) -> None:
    _put(
        record,
        "Encounter",
        f"visit-{patient}",
        status="finished",
        subject={"reference": f"Patient/{patient}"},
        period={"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z"},
        **{"class": {"code": "AMB"}},
    )


def test_an_ordinary_day_has_no_findings(record: Record) -> None:
    for patient in ("p1", "p2", "p3", "p4"):
        _visit(record, patient)
    _look(record, ["p1", "p2", "p3", "p4"])
    assert _kinds(record) == {}


def test_mass_access_absolute(record: Record) -> None:
    _look(record, [f"p{number}" for number in range(60)])
    assert _kinds(record)["mass-access"].seen.number == 60


def test_mass_access_against_ones_own_baseline(record: Record) -> None:
    for day in range(1, 20):
        _look(record, ["p1", "p2"], NOON - timedelta(days=day))
    _look(record, [f"p{number}" for number in range(16)])
    found = _kinds(record)["mass-access"]
    assert (found.seen.number, found.seen.usual) == (16, 2.0)
    assert "usually 2.0" in found.words


def test_who_always_sees_many_is_not_found(record: Record) -> None:
    for day in range(1, 5):
        _look(record, [f"p{number}" for number in range(15)], NOON - timedelta(days=day))
    _look(record, [f"p{number}" for number in range(20)])
    assert "mass-access" not in _kinds(record)


def test_same_surname(record: Record) -> None:
    _put(record, "Patient", "able", name=[{"family": "ABLE"}])
    _look(record, ["able", "p1"])
    assert _kinds(record)["same-surname"].seen.patients == ["able"]


def test_own_record_by_name_and_birthday_and_by_a_person(record: Record) -> None:
    _put(
        record, "Patient", "me", name=[{"family": "Able", "given": ["Ann"]}], birthDate="1980-02-03"
    )
    _look(record, ["me"])
    assert _kinds(record)["own-record"].seen.patients == ["me"]
    _put(
        record,
        "Person",
        "x",
        link=[
            {"target": {"reference": "Practitioner/ann"}},
            {"target": {"reference": "Patient/p7"}},
        ],
    )
    _look(record, ["p7"])
    assert _kinds(record)["own-record"].seen.patients == ["me", "p7"]


def test_vip(record: Record) -> None:
    _put(record, "Patient", "star", meta={"security": [{"system": "urn:x", "code": "vip"}]})
    _look(record, ["star"])
    assert _kinds(record)["vip"].seen.patients == ["star"]


def test_after_hours_unless_one_always_works_then(record: Record) -> None:
    night = NOON.replace(hour=23)
    some = [f"p{number}" for number in range(5)]
    _look(record, some, night)
    assert _kinds(record)["after-hours"].seen.number == 5
    for day in range(1, 6):
        _look(record, some, night - timedelta(days=day))
    assert "after-hours" not in _kinds(record)


def test_no_relation_unless_something_connects_them(record: Record) -> None:
    _look(record, ["p1", "p2", "p3"])
    assert _kinds(record)["no-relation"].seen.number == 3
    ann = {"reference": "Practitioner/ann"}
    _put(record, "Patient", "p1", generalPractitioner=[ann])
    assert "no-relation" not in _kinds(record)


def test_who_was_in_the_practice_that_day_is_related(record: Record) -> None:
    _look(record, ["p1", "p2", "p3"])
    _visit(record, "p2")
    assert "no-relation" not in _kinds(record)


def test_repeated_failures(record: Record) -> None:
    _look(record, [""] * 10, outcome="not-found")
    assert _kinds(record)["failures"].seen.number == 10


def test_jobs_patients_and_the_operator_are_not_watched(record: Record) -> None:
    many = [f"p{number}" for number in range(65)]
    _look(record, many, actor="local")
    _look(record, many, actor="system:ledger")
    _look(record, many, actor="acc-p", roles=["patient"], person="Patient/p1")
    assert _kinds(record) == {}


def test_each_finding_becomes_one_task(record: Record) -> None:
    _put(record, "Patient", "able", name=[{"family": "Able"}])
    _look(record, ["able"])
    assert [one.kind for one in record.audit_anomalies(until=END)] == ["same-surname"]
    record.audit_anomalies(until=END)  # A job may run twice.
    query = parse("Task", [("code", "urn:osler:task|audit-review")], record.registry)
    (task,) = [json.loads(version.content) for version in record.search(LOCAL, query).matches]
    assert task["for"] == {"reference": "Patient/able"}
    assert task["focus"] == {"reference": "Practitioner/ann"}
    assert task["description"] == (
        "Ann Able saw the record of 1 patients with their own surname (2026-03-04)."
    )
    assert task["reasonCode"]["coding"][0]["code"] == "same-surname"
    assert task["restriction"]["period"]["end"].startswith("2026-03-12")


def test_the_watch_may_do_nothing_else(record: Record) -> None:
    narrow = record._context.bound(anomalies.POLICY)
    patient = Create(decode(b'{"resourceType":"Patient","active":true}'))
    with pytest.raises(NotAllowed):
        commit.commit(narrow, WATCH, [patient], Checks())
