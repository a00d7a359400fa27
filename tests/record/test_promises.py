"""Promises that are easy to break: labels, addresses, rights and references under pressure."""

from __future__ import annotations

import json
import threading
from typing import Any

import psycopg
import pytest

from osler.access import LOCAL, Everywhere, Principal, Rule, RulePolicy
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound, OslerError, Unprocessable
from osler.record import Checks, Create, Delete, Record, Update, Version
from osler.search.parse import parse_where
from osler.search.registry import Registry
from osler.search.tree import Everything, Policy
from tests.record.cast import made, observation, patient

R = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
CLERK = Principal(id="clerk", name="May not see what is restricted")
EDITOR = Principal(id="editor", name="May change what is there, and create nothing")
URN = "urn:uuid:3d1f4b2a-3c2d-4e58-9d6b-7a6c3f3c9a01"


def policy_of(principal: Principal) -> Policy:
    if principal.id == "clerk":
        open_only = parse_where("Patient", "_security:not=R", Registry.builtin())
        return RulePolicy([Rule("Patient", open_only)])
    if principal.id == "editor":
        changes = frozenset({"read", "vread", "search", "history", "update"})
        return RulePolicy([Rule("Patient", Everything(), changes)])
    return Everywhere()


@pytest.fixture
def record(fresh_database: Database) -> Record:
    return Record(fresh_database, base_url="http://127.0.0.1:8000/fhir", policy_of=policy_of)


def write(record: Record, *ops: Any) -> list[Version]:
    versions = [outcome.version for outcome in record.commit(LOCAL, ops)]
    return [version for version in versions if version is not None]


def test_a_label_taken_away_does_not_open_what_it_hid(record: Record) -> None:
    write(record, Update(patient("ana", family="Open")))
    write(record, Update(patient("ana", family="Hidden", meta={"security": [R]})))
    with pytest.raises(NotFound):
        record.read(CLERK, "Patient", "ana")
    public = {"system": R["system"], "code": "N"}
    write(record, Update(patient("ana", family="Again", meta={"security": [public]})))
    assert record.read(CLERK, "Patient", "ana").version == 3
    with pytest.raises(NotFound):
        record.vread(CLERK, "Patient", "ana", 2)
    assert 2 not in [v.version for v in record.history(CLERK, "Patient", "ana").entries]


def test_what_comes_back_after_a_deletion_keeps_its_labels(record: Record) -> None:
    write(record, Update(patient("ana", meta={"security": [R]})))
    write(record, Delete("Patient", "ana"))
    (back,) = write(record, Update(patient("ana", family="Back")))
    assert json.loads(back.content)["meta"]["security"] == [R]
    with pytest.raises(NotFound):
        record.read(CLERK, "Patient", "ana")


def test_our_own_address_is_stored_as_type_and_id(record: Record) -> None:
    write(record, Update(patient("ana")))
    weight = observation("x")
    for text, stored in (
        ("http://127.0.0.1:8000/fhir/Patient/ana", "Patient/ana"),
        ("http://127.0.0.1:8000/fhir/Patient/ana/_history/1", "Patient/ana/_history/1"),
        ("http://elsewhere.example/fhir/Patient/ana", "http://elsewhere.example/fhir/Patient/ana"),
    ):
        weight.subject.reference = text  # type: ignore[attr-defined]
        (made_it,) = write(record, Create(weight))
        assert json.loads(made_it.content)["subject"]["reference"] == stored


def test_a_full_url_is_replaced_wherever_an_address_stands(record: Record) -> None:
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{URN}">scan</a></div>'
    document = made(
        resourceType="DocumentReference",
        status="current",
        text={"status": "generated", "div": div},
        content=[{"attachment": {"url": URN}}],
    )
    binary = made(resourceType="Binary", contentType="text/plain", data="aGk=")
    stored, target = write(record, Create(document), Create(binary, full_url=URN))
    body = json.loads(stored.content)
    assert body["content"][0]["attachment"]["url"] == f"Binary/{target.id}"
    assert f'href="Binary/{target.id}"' in body["text"]["div"]


def test_put_of_a_new_id_takes_the_right_to_create(record: Record) -> None:
    with pytest.raises(NotAllowed):
        record.commit(EDITOR, [Update(patient("new"))])
    write(record, Update(patient("old")))
    outcome = record.commit(EDITOR, [Update(patient("old", family="Changed"))])[0]
    assert outcome.status == "updated"


def test_one_condition_in_two_spellings_is_one(record: Record) -> None:
    twice = [
        Create(patient(), if_none_exist="identifier=urn:mrn|1"),
        Create(patient(), if_none_exist="identifier=urn%3Amrn%7C1"),
    ]
    with pytest.raises(Invalid, match="same condition"):
        record.commit(LOCAL, twice)


def test_a_record_as_it_stood_has_what_names_the_patient_second(record: Record) -> None:
    write(record, Update(patient("ana")), Update(patient("bob")))
    both = [
        {"actor": {"reference": f"Patient/{id}"}, "status": "accepted"} for id in ("ana", "bob")
    ]
    visit = made(resourceType="Appointment", id="visit", status="booked", participant=both)
    visit.start, visit.end = "2026-03-01T09:00:00Z", "2026-03-01T09:20:00Z"  # type: ignore[attr-defined]
    write(record, Update(visit))
    for id in ("ana", "bob"):
        assert {v.id for v in record.as_of_patient(LOCAL, clock.now(), id)} == {id, "visit"}


def test_nobody_deletes_what_is_just_being_referred_to(record: Record) -> None:
    for n in range(12):
        write(record, Update(patient(f"p{n}")))
        barrier = threading.Barrier(2)
        failed: list[OslerError] = []

        def both(op: Any, barrier: threading.Barrier = barrier, failed: list[Any] = failed) -> None:
            barrier.wait()
            try:
                record.commit(LOCAL, [op])
            except OslerError as error:
                failed.append(error)

        ops = (Delete("Patient", f"p{n}"), Create(observation(f"p{n}")))
        threads = [threading.Thread(target=both, args=(op,)) for op in ops]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failed) == 1
        assert isinstance(failed[0], Conflict | Unprocessable)
    with record.database.connection() as conn:
        orphans = conn.execute(
            "SELECT count(*) FROM resource o JOIN resource p ON p.type = 'Patient' AND p.id = o.patient"
            " WHERE o.type = 'Observation' AND NOT o.deleted AND p.deleted"
        ).fetchone()
    assert orphans == (0,)


def test_a_value_that_the_database_cannot_hold_is_a_refusal(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise psycopg.errors.ProgramLimitExceeded("index row size 9000 exceeds maximum 2704")

    monkeypatch.setattr("osler.store.write.write", refuse)
    checks = Checks(validate=False, references=False, why_off="test")
    with pytest.raises(Unprocessable, match="cannot hold"):
        record.load(LOCAL, [patient("long")], checks=checks, source="test")
    with pytest.raises(Unprocessable, match="cannot hold"):
        record.commit(LOCAL, [Update(patient("long"))])
