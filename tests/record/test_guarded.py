"""What policies say of single versions, of consents as time passes, and of writes about others."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL, Grant, Role
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Gone, NotAllowed, NotFound, OslerError
from osler.record import Checks, Create, Delete, Record, Update
from osler.search.parse import parse
from tests.record.cast import made, observation, patient
from tests.record.staff import ANA, CLERK, DOCTOR, HIV, practice, put, works

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CLOSED = Role(
    "clerk",
    "Clerk who opens no sensitive category",
    grants=(Grant(types=("Patient", "Observation"), interactions=frozenset({"read", "vread", "search", "history"})),),
)  # fmt: skip


@pytest.fixture
def record(fresh_database: Database) -> Record:
    record = practice(Record(fresh_database, base_url="http://localhost/fhir"))
    record.save_role(LOCAL, CLOSED)
    return record


def weight(record: Record, *security: dict[str, str], **more: Any) -> None:
    """The next version of one weight of Ana's; labels exactly as given."""
    labels = list(security) or [{"system": "urn:x", "code": "none"}]
    put(record, observation("ana", "w", meta={"security": labels}, **more))


def versions(record: Record, principal: Any) -> list[int]:
    """The numbers of the versions that somebody finds, by every way there is."""
    try:
        found = [one.version for one in record.history(principal, "Observation", "w").entries]
    except NotFound:
        found = []
    by_type = [
        one.version for one in record.history(principal, "Observation").entries if one.id == "w"
    ]
    exported = [
        one.version
        for one in record.export(principal, "Observation", history=True)
        if one.id == "w" and not one.deleted
    ]
    for number in range(1, 5):
        try:
            record.vread(principal, "Observation", "w", number)
            assert number in found
        except Gone:
            assert number in found
        except NotFound:
            assert number not in found
    assert by_type == found
    assert set(exported) <= set(found)
    return found


def test_a_version_is_judged_by_its_own_labels(record: Record) -> None:
    weight(record)
    weight(record, HIV)
    weight(record, {"system": "urn:x", "code": "other"})
    assert versions(record, CLERK) == [3, 1]
    assert versions(record, DOCTOR) == [3, 2, 1]
    weight(record, HIV)
    assert versions(record, CLERK) == []


def test_as_it_stood_is_judged_likewise(record: Record) -> None:
    weight(record, HIV)
    labelled = clock.now()
    with clock.frozen(labelled + timedelta(seconds=1)):
        weight(record)
    with pytest.raises(NotFound):
        record.as_of(CLERK, labelled, "Observation", "w")
    assert record.as_of(DOCTOR, labelled, "Observation", "w").version == 1
    assert "w" not in [one.id for one in record.as_of_patient(CLERK, labelled, "ana")]
    assert "w" in [
        one.id for one in record.as_of_patient(CLERK, labelled + timedelta(seconds=2), "ana")
    ]


def test_a_restored_history_keeps_its_judgement(
    record: Record, another_database: Callable[[], Database]
) -> None:
    weight(record, HIV)
    weight(record)
    other = Record(another_database(), base_url="http://localhost/fhir")
    grouped: dict[tuple[str, str], list[Any]] = {}
    for type in ("Organization", "Practitioner", "Patient", "Observation"):
        for one in record.export(LOCAL, type, history=True):
            grouped.setdefault((one.type, one.id), []).append(one)
    other.restore(LOCAL, list(grouped.values()), source="test")
    other.save_role(LOCAL, CLOSED)
    assert versions(other, CLERK) == [2]


def test_versions_of_which_nothing_is_known_stay_closed(record: Record) -> None:
    weight(record)
    weight(record, {"system": "urn:x", "code": "other"})
    with record.database.connection() as conn:
        conn.execute("UPDATE history SET keys = NULL")
    assert versions(record, CLERK) == [2]
    assert versions(record, LOCAL) == [2, 1]


def test_what_was_deleted_is_closed_to_the_restricted(record: Record) -> None:
    weight(record)
    record.commit(LOCAL, [Delete("Observation", "w")])
    assert versions(record, CLERK) == []


def test_a_version_about_another_patient_stays_closed(record: Record) -> None:
    put(record, observation("bob", "w"))
    put(record, observation("ana", "w"))
    assert versions(record, ANA) == [2]


# ---- consents


def consent(effect: str = "deny", **more: Any) -> Any:
    provision = {"type": effect, "actor": [actor("Practitioner/house")], **more}
    return made(
        resourceType="Consent",
        id="consent",
        status="active",
        scope={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"}]},
        category=[{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        patient={"reference": "Patient/ana"},
        policyRule={"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTIN"}]},
        provision={"type": "permit", "provision": [provision]} if effect == "deny" else provision,
    )  # fmt: skip


def actor(reference: str) -> dict[str, Any]:
    role = {"system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", "code": "IRCP"}
    return {"role": {"coding": [role]}, "reference": {"reference": reference}}


def sees(record: Record, id: str = "ana-weight") -> bool:
    try:
        record.read(DOCTOR, "Observation", id)
    except NotFound:
        return False
    return True


def rules(record: Record) -> int:
    with record.database.connection() as conn:
        row = conn.execute("SELECT count(*) FROM consent_rule").fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("way", ["commit", "create", "load", "reindex"])
def test_a_denial_holds_however_it_came(record: Record, way: str) -> None:
    assert sees(record)
    match way:
        case "create":
            one = consent()
            one.id = None
            record.commit(LOCAL, [Create(one)])
        case "load":
            record.load(LOCAL, [consent()], checks=Checks(), source="test")
        case _:
            put(record, consent())
    if way == "reindex":
        with record.database.connection() as conn:
            conn.execute("DELETE FROM consent_rule")
        record.reindex(lambda *_: None, everything=True)
    assert rules(record)
    assert not sees(record)
    assert sees(record, "bob-weight")
    assert record.read(ANA, "Observation", "ana-weight").version == 1


def test_a_denial_is_restored_with_its_consent(
    record: Record, another_database: Callable[[], Database]
) -> None:
    put(record, consent())
    other = Record(another_database())
    types = ("Organization", "Practitioner", "Patient", "Consent")
    everything = [[one] for type in types for one in record.export(LOCAL, type)]
    other.restore(LOCAL, everything, source="test")
    assert rules(other) == rules(record) > 0


def test_a_denial_ends_with_its_consent(record: Record) -> None:
    put(record, consent())
    assert not sees(record)
    ended = consent()
    ended.status = "inactive"
    put(record, ended)
    assert sees(record)
    put(record, consent())
    assert not sees(record)
    record.commit(LOCAL, [Delete("Consent", "consent")])
    assert rules(record) == 0
    assert sees(record)


def test_a_denial_holds_for_its_period(record: Record) -> None:
    put(record, consent(period={"start": "2026-03-01T12:00:00Z", "end": "2026-03-02T11:59:59Z"}))
    for at, seen in ((NOW - DAY, True), (NOW, False), (NOW + DAY / 2, False), (NOW + DAY, True)):
        with clock.frozen(at):
            assert sees(record) is seen, at


def test_a_denial_holds_in_every_answer(record: Record) -> None:
    put(record, consent())
    query = parse("Observation", [("_lastUpdated", "gt2020")], record.registry)
    assert [one.id for one in record.search(DOCTOR, query).matches] == ["bob-weight"]
    assert record.count(DOCTOR, query) == 1
    assert [one.id for one in record.history(DOCTOR, "Observation").entries] == ["bob-weight"]
    included = parse("Patient", [("_revinclude", "Observation:patient")], record.registry)
    page = record.search(DOCTOR, included)
    assert [one.id for one in page.included] == ["bob-weight"]
    assert {one.type for one in about_ana(record)}.isdisjoint({"Observation"})
    assert [one.id for one in record.export(DOCTOR, "Observation")] == ["bob-weight"]


def about_ana(record: Record) -> list[Any]:
    """All of Ana's record that the doctor is given; nothing where they may not even know her."""
    try:
        return list(record.everything(DOCTOR, "ana").versions)
    except NotFound:
        return []


# ---- writes about others


def own(**more: Any) -> Any:
    return observation("ana", performer=[{"reference": "Patient/ana"}], **more)


def test_a_patient_writes_about_the_own_self(record: Record) -> None:
    (outcome,) = record.commit(ANA, [Create(own())])
    assert outcome.status == "created"


@pytest.mark.parametrize(
    "resource",
    [
        observation("bob", performer=[{"reference": "Patient/ana"}]),
        own(focus=[{"reference": "Patient/bob"}]),
        own(hasMember=[{"reference": "Observation/bob-weight"}]),
        observation("ana"),
        made(
            resourceType="Appointment",
            status="proposed",
            participant=[{"actor": {"reference": "Patient/bob"}, "status": "needs-action"}],
        ),
        patient(family="Another"),
        made(resourceType="Organization", name="Mine"),
    ],
    ids=["subject", "focus", "member", "performer", "appointment", "patient", "organization"],
)
def test_a_patient_writes_nothing_about_others(record: Record, resource: Any) -> None:
    with pytest.raises(OslerError) as refused:
        record.commit(ANA, [Create(resource)])
    assert "bob-weight" not in str(refused.value) or "There is no" in str(refused.value)
    assert record.count(LOCAL, parse("Observation", [("_lastUpdated", "gt2020")], record.registry)) == 2  # fmt: skip


def test_a_subject_inside_is_no_way_round(record: Record) -> None:
    inside = observation("ana", performer=[{"reference": "Patient/ana"}])
    inside.subject.reference = "#me"  # type: ignore[attr-defined]
    inside.contained = [patient("me")]  # type: ignore[attr-defined]
    with pytest.raises(NotAllowed):
        record.commit(ANA, [Create(inside)])


def test_nobody_moves_a_resource_into_or_out_of_the_own_record(record: Record) -> None:
    (outcome,) = record.commit(ANA, [Create(own())])
    assert outcome.version is not None
    moved = observation("bob", outcome.version.id, performer=[{"reference": "Patient/ana"}])
    with pytest.raises(OslerError):
        record.commit(ANA, [Update(moved)])
    taken = observation("ana", "bob-weight", performer=[{"reference": "Patient/ana"}])
    with pytest.raises(NotAllowed):
        record.commit(ANA, [Update(taken)])
    for attempt in (Delete("Observation", "bob-weight"), Delete("Observation", "ana-weight")):
        with pytest.raises(OslerError):
            record.commit(ANA, [attempt])


def test_a_transaction_with_one_forbidden_write_writes_nothing(record: Record) -> None:
    good = Create(own(), at="Bundle.entry[0]")
    with pytest.raises(OslerError):
        record.commit(ANA, [good, Create(observation("bob"), at="Bundle.entry[1]")])
    assert record.count(LOCAL, parse("Observation", [("_lastUpdated", "gt2020")], record.registry)) == 2  # fmt: skip


def test_a_second_patient_of_an_appointment_is_no_way_round(record: Record) -> None:
    put(record, works("house", "other"))
    both = made(
        resourceType="Appointment",
        status="proposed",
        participant=[
            {"actor": {"reference": f"Patient/{id}"}, "status": "needs-action"}
            for id in ("ana", "bob")
        ],
    )
    with pytest.raises(OslerError):
        record.commit(ANA, [Create(both)])
