"""Reads: policy, history, as-of, everything, and the audit each leaves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL
from osler.kit import clock
from osler.kit.errors import Gone, Invalid, NotFound
from osler.record import Create, Delete, Everything, Record, Update
from tests.record.cast import PATIENT, STRANGER, made, observation, patient


def audit_rows(record: Record, columns: str = "*") -> list[tuple[Any, ...]]:
    with record.database.connection() as conn:
        return conn.execute(f"SELECT {columns} FROM audit ORDER BY at".encode()).fetchall()


def test_a_patient_reads_only_her_own(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob"))])
    record.commit(LOCAL, [Update(observation("ana", "a1")), Update(observation("bob", "b1"))])
    assert record.read(PATIENT, "Patient", "ana").id == "ana"
    assert record.read(PATIENT, "Observation", "a1").id == "a1"
    for type, id in (("Patient", "bob"), ("Observation", "b1")):
        with pytest.raises(NotFound):
            record.read(PATIENT, type, id)
        with pytest.raises(NotFound):
            record.vread(PATIENT, type, id, 1)
        with pytest.raises(NotFound):
            record.history(PATIENT, type, id)
    ids = {v.id for v in record.history(PATIENT).entries}
    assert ids == {"ana", "a1"}


def test_a_stranger_sees_nothing(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])
    with pytest.raises(NotFound):
        record.read(STRANGER, "Patient", "ana")
    assert record.history(STRANGER, "Patient").entries == ()
    with pytest.raises(NotFound):
        record.everything(STRANGER, "ana")
    assert record.as_of_patient(STRANGER, clock.now(), "ana") == []
    assert list(record.export(STRANGER, "Patient")) == []


def test_every_access_leaves_a_row(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])
    record.read(LOCAL, "Patient", "ana")
    with pytest.raises(NotFound):
        record.read(STRANGER, "Patient", "ana")
    record.commit(LOCAL, [Delete("Patient", "ana")])
    with pytest.raises(Gone):
        record.read(LOCAL, "Patient", "ana")
    record.history(LOCAL, "Patient", "ana")
    rows = audit_rows(record, "actor, action, id, version, patients, outcome")
    assert rows == [
        ("local", "update", "ana", 1, ["ana"], "success"),
        ("local", "read", "ana", 1, ["ana"], "success"),
        ("stranger", "read", "ana", None, [], "not-found"),
        ("local", "delete", "ana", 2, ["ana"], "success"),
        ("local", "read", "ana", 2, ["ana"], "deleted"),
        ("local", "history", "ana", None, ["ana"], "success"),
    ]


def test_a_refused_write_leaves_a_row(record: Record) -> None:
    with pytest.raises(Exception, match="may not"):
        record.commit(STRANGER, [Update(patient("ana"))])
    rows = audit_rows(record, "actor, action, type, id, outcome")
    assert rows == [("stranger", "update", "Patient", "ana", "forbidden")]


def test_history_pages_do_not_shift_while_others_write(record: Record) -> None:
    for n in range(7):
        record.commit(LOCAL, [Update(patient(f"p{n}"))])
    page = record.history(LOCAL, "Patient", count=3)
    seen = [v.id for v in page.entries]
    record.commit(LOCAL, [Update(patient("late"))])
    while page.next:
        page = record.history(LOCAL, "Patient", count=3, cursor=page.next)
        seen += [v.id for v in page.entries]
    assert seen == [f"p{n}" for n in reversed(range(7))]
    with pytest.raises(Invalid, match="page link"):
        record.history(LOCAL, "Patient", cursor="rubbish")


def test_history_since_and_at(record: Record) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for day in range(3):
        with clock.frozen(start + timedelta(days=day)):
            record.commit(LOCAL, [Update(patient("ana", family=f"Day{day}"))])
    since = record.history(LOCAL, "Patient", "ana", since=start + timedelta(days=1))
    assert [v.version for v in since.entries] == [3, 2]
    noon = start + timedelta(hours=36)
    at = record.history(LOCAL, "Patient", "ana", at=(noon, noon + timedelta(seconds=1)))
    assert [v.version for v in at.entries] == [2]
    then = record.as_of(LOCAL, noon, "Patient", "ana")
    assert json.loads(then.content)["name"][0]["family"] == "Day1"
    with pytest.raises(NotFound):
        record.as_of(LOCAL, start - timedelta(days=1), "Patient", "ana")


def test_a_record_as_it_stood(record: Record) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.frozen(start):
        record.commit(LOCAL, [Update(patient("ana")), Update(observation("ana", "w1"))])
    with clock.frozen(start + timedelta(days=1)):
        record.commit(LOCAL, [Update(observation("ana", "w1", status="amended"))])
        record.commit(LOCAL, [Update(observation("ana", "w2"))])
    with clock.frozen(start + timedelta(days=2)):
        record.commit(LOCAL, [Delete("Observation", "w1")])

    def stood(days: float) -> list[tuple[str, int]]:
        found = record.as_of_patient(LOCAL, start + timedelta(days=days), "ana")
        return sorted((v.id, v.version) for v in found)

    assert stood(-1) == []
    assert stood(0.5) == [("ana", 1), ("w1", 1)]
    assert stood(1.5) == [("ana", 1), ("w1", 2), ("w2", 1)]
    assert stood(2.5) == [("ana", 1), ("w2", 1)]


def test_everything_is_the_compartment_and_what_it_needs(record: Record) -> None:
    doctor = made(resourceType="Practitioner", id="dr", name=[{"family": "Who"}])
    record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob")), Update(doctor)])
    performer = [{"reference": "Practitioner/dr"}]
    for n in range(5):
        weight = observation("ana", f"w{n}", performer=performer)
        record.commit(LOCAL, [Update(weight)])
    record.commit(LOCAL, [Update(observation("bob", "other"))])
    whole = record.everything(LOCAL, "ana")
    assert [v.id for v in whole.versions] == ["ana", "w0", "w1", "w2", "w3", "w4", "dr"]
    assert whole.total == 7
    seen, after = [], None
    while True:
        page = record.everything(LOCAL, "ana", after=after, limit=2)
        seen += [v.id for v in page.versions]
        if page.next is None:
            break
        after = page.next
    assert seen == ["ana", "w0", "w1", "w2", "w3", "w4", "dr"]
    only = record.everything(LOCAL, "ana", Everything(types=("Observation",)))
    assert [v.id for v in only.versions] == ["w0", "w1", "w2", "w3", "w4"]
    before = Everything(end=datetime(2026, 1, 1, tzinfo=UTC))
    assert [v.id for v in record.everything(LOCAL, "ana", before).versions] == ["ana"]
    mine = [v.id for v in record.everything(PATIENT, "ana").versions]
    assert mine == ["ana", "w0", "w1", "w2", "w3", "w4", "dr"]


def test_create_gets_ids_in_the_order_of_time(record: Record) -> None:
    ids = []
    for _ in range(5):
        version = record.commit(LOCAL, [Create(patient())])[0].version
        assert version is not None
        ids.append(version.id)
    assert ids == sorted(ids)
