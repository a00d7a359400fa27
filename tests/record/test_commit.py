"""Writes: versions, preconditions, conditions, all or nothing, references, policy and audit."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.kit.errors import (
    Conflict,
    Gone,
    Invalid,
    MultipleMatches,
    NotAllowed,
    NotFound,
    PreconditionFailed,
    Unprocessable,
)
from osler.record import Create, Delete, Patch, Record, Update
from tests.record.cast import AUTHOR, STRANGER, made, observation, patient


def create(record: Record, resource: Any) -> Any:
    outcome = record.commit(LOCAL, [Create(resource)])[0]
    assert outcome.status == "created" and outcome.version is not None
    return outcome.version


def test_a_created_resource_reads_back_exactly_as_answered(record: Record) -> None:
    version = create(record, patient())
    found = record.read(LOCAL, "Patient", version.id)
    assert found.content == version.content
    body = json.loads(found.content)
    assert body["id"] == version.id
    assert body["meta"]["versionId"] == "1"
    assert body["meta"]["lastUpdated"].endswith("Z")


def test_updates_make_versions_and_none_is_lost(record: Record) -> None:
    first = create(record, patient())
    for number in range(2, 6):
        outcome = record.commit(LOCAL, [Update(patient(first.id, family=f"Name{number}"))])[0]
        assert outcome.status == "updated" and outcome.version is not None
        assert outcome.version.version == number
    families = [
        json.loads(record.vread(LOCAL, "Patient", first.id, n).content)["name"][0]["family"]
        for n in range(1, 6)
    ]
    assert families == ["Núñez", "Name2", "Name3", "Name4", "Name5"]
    page = record.history(LOCAL, "Patient", first.id)
    assert [v.version for v in page.entries] == [5, 4, 3, 2, 1]
    assert page.total == 5


def test_an_update_that_changes_nothing_makes_no_version(record: Record) -> None:
    first = create(record, patient())
    outcome = record.commit(LOCAL, [Update(patient(first.id))])[0]
    assert outcome.status == "unchanged" and outcome.version is not None
    assert outcome.version.version == 1
    assert outcome.version.content == first.content


def test_a_list_of_nothing_is_refused_where_it_would_never_be_read_again(record: Record) -> None:
    first = create(record, patient())
    for name in ("tag", "security", "profile"):
        changed = patient(first.id, family="Changed")
        changed.meta = r4.Meta()
        setattr(changed.meta, name, [])
        with pytest.raises(Invalid, match=rf"meta\.{name}.*empty list"):
            record.commit(LOCAL, [Update(changed)])
    assert record.read(LOCAL, "Patient", first.id).version == 1
    said = patient(first.id, family="An array is written :[] and {}")
    assert record.commit(LOCAL, [Update(said)])[0].status == "updated"


def test_put_creates_under_the_given_id(record: Record) -> None:
    outcome = record.commit(LOCAL, [Update(patient("chosen"))])[0]
    assert outcome.status == "created"
    assert record.read(LOCAL, "Patient", "chosen").version == 1


def test_delete_is_a_version_and_can_be_undone(record: Record) -> None:
    first = create(record, patient())
    deleted = record.commit(LOCAL, [Delete("Patient", first.id)])[0]
    assert deleted.version is not None and deleted.version.version == 2
    with pytest.raises(Gone):
        record.read(LOCAL, "Patient", first.id)
    assert record.vread(LOCAL, "Patient", first.id, 1).content == first.content
    with pytest.raises(Gone):
        record.vread(LOCAL, "Patient", first.id, 2)
    again = record.commit(LOCAL, [Update(patient(first.id))])[0]
    assert again.status == "created" and again.version is not None
    assert again.version.version == 3
    kinds = [v.interaction for v in record.history(LOCAL, "Patient", first.id).entries]
    assert kinds == ["update", "delete", "create"]


def test_deleting_what_is_not_there_is_no_error(record: Record) -> None:
    assert record.commit(LOCAL, [Delete("Patient", "nobody")])[0].version is None


def test_if_match_names_the_version_to_replace(record: Record) -> None:
    first = create(record, patient())
    record.commit(LOCAL, [Update(patient(first.id, family="Second"), if_match=1)])
    with pytest.raises(PreconditionFailed, match="version 2, not version 1"):
        record.commit(LOCAL, [Update(patient(first.id, family="Third"), if_match=1)])
    with pytest.raises(PreconditionFailed):
        record.commit(LOCAL, [Update(patient(first.id), if_none_match_any=True)])
    with pytest.raises(PreconditionFailed):
        record.commit(LOCAL, [Delete("Patient", first.id, if_match=1)])
    assert record.read(LOCAL, "Patient", first.id).version == 2


def identified(value: str, **more: Any) -> Any:
    return patient(identifier=[{"system": "urn:mrn", "value": value}], **more)


def test_conditional_create(record: Record) -> None:
    op = Create(identified("1"), if_none_exist="identifier=urn:mrn|1")
    made_it = record.commit(LOCAL, [op])[0]
    again = record.commit(LOCAL, [Create(identified("1"), if_none_exist="identifier=urn:mrn|1")])[0]
    assert (made_it.status, again.status) == ("created", "matched")
    assert made_it.version is not None and again.version is not None
    assert made_it.version.id == again.version.id


def test_a_condition_that_names_two_is_refused(record: Record) -> None:
    for _ in range(2):
        create(record, identified("2"))
    condition = "identifier=urn:mrn|2"
    with pytest.raises(MultipleMatches):
        record.commit(LOCAL, [Create(identified("2"), if_none_exist=condition)])
    with pytest.raises(MultipleMatches):
        record.commit(LOCAL, [Update(identified("2"), where=condition)])
    with pytest.raises(MultipleMatches):
        record.commit(LOCAL, [Delete("Patient", where=condition)])


def test_conditional_update_and_delete(record: Record) -> None:
    condition = "identifier=urn:mrn|3"
    first = record.commit(LOCAL, [Update(identified("3"), where=condition)])[0]
    assert first.status == "created" and first.version is not None
    second = record.commit(LOCAL, [Update(identified("3", family="B"), where=condition)])[0]
    assert second.status == "updated" and second.version is not None
    assert second.version.id == first.version.id
    record.commit(LOCAL, [Delete("Patient", where=condition)])
    with pytest.raises(Gone):
        record.read(LOCAL, "Patient", first.version.id)
    with pytest.raises(Invalid, match="no search parameter"):
        record.commit(LOCAL, [Delete("Patient", where="")])


def test_a_conditional_update_never_overwrites_what_only_the_id_names(record: Record) -> None:
    first = create(record, patient())
    with pytest.raises(Conflict, match="left alone"):
        record.commit(
            LOCAL, [Update(patient(first.id, family="X"), where="identifier=urn:mrn|none")]
        )
    assert record.read(LOCAL, "Patient", first.id).version == 1


def test_patch(record: Record) -> None:
    first = create(record, patient())
    change = b'[{"op":"replace","path":"/name/0/family","value":"Patched"}]'
    outcome = record.commit(LOCAL, [Patch("Patient", change, first.id, if_match=1)])[0]
    assert outcome.version is not None and outcome.version.version == 2
    assert b"Patched" in outcome.version.content
    with pytest.raises(NotFound):
        record.commit(LOCAL, [Patch("Patient", change, "nobody")])
    bad = b'[{"op":"replace","path":"/id","value":"other"}]'
    with pytest.raises(Unprocessable):
        record.commit(LOCAL, [Patch("Patient", bad, first.id)])


def test_labels_stay_when_an_update_does_not_speak_of_them(record: Record) -> None:
    label = {"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "R"}
    first = create(record, patient(meta={"security": [label]}))
    second = record.commit(LOCAL, [Update(patient(first.id, family="B"))])[0]
    assert second.version is not None
    assert json.loads(second.version.content)["meta"]["security"] == [label]
    emptied = patient(first.id, family="C", meta={"tag": [{"code": "x"}]})
    third = record.commit(LOCAL, [Update(emptied)])[0]
    assert third.version is not None
    assert json.loads(third.version.content)["meta"]["security"] == [label]


def test_a_transaction_is_all_or_nothing(record: Record) -> None:
    good = patient("good")
    bad = observation("nobody")
    with pytest.raises(Unprocessable, match="no Patient/nobody") as caught:
        record.commit(
            LOCAL, [Update(good, at="Bundle.entry[0]"), Create(bad, at="Bundle.entry[1]")]
        )
    assert caught.value.issues[0].expression == "Bundle.entry[1].resource.subject"
    with pytest.raises(NotFound):
        record.read(LOCAL, "Patient", "good")


def test_references_by_full_url_and_by_search_are_resolved(record: Record) -> None:
    record.commit(LOCAL, [Create(identified("7"))])
    urn = "urn:uuid:0f7a3f2e-3c2d-4e58-9d6b-7a6c3f3c9a01"
    weight = observation("x")
    weight.subject.reference = urn  # type: ignore[attr-defined]
    other = observation("x")
    other.subject.reference = "Patient?identifier=urn:mrn|7"  # type: ignore[attr-defined]
    outcomes = record.commit(
        LOCAL, [Create(weight), Create(patient(), full_url=urn), Create(other)]
    )
    versions = [outcome.version for outcome in outcomes]
    assert versions[0] is not None and versions[1] is not None and versions[2] is not None
    assert json.loads(versions[0].content)["subject"]["reference"] == f"Patient/{versions[1].id}"
    found = json.loads(versions[2].content)["subject"]["reference"]
    assert record.read(LOCAL, *found.split("/")).version == 1


def test_unresolvable_references_are_named(record: Record) -> None:
    weight = observation("x")
    weight.subject.reference = "urn:uuid:0f7a3f2e-3c2d-4e58-9d6b-7a6c3f3c9a02"  # type: ignore[attr-defined]
    with pytest.raises(Unprocessable, match="fullUrl of no entry"):
        record.commit(LOCAL, [Create(weight)])
    weight.subject.reference = "Patient?identifier=urn:mrn|nobody"  # type: ignore[attr-defined]
    with pytest.raises(Unprocessable, match="No Patient matches"):
        record.commit(LOCAL, [Create(weight)])


def test_one_resource_twice_in_a_transaction_is_refused(record: Record) -> None:
    with pytest.raises(Invalid, match="twice"):
        record.commit(LOCAL, [Update(patient("same")), Update(patient("same", family="B"))])


def test_what_others_refer_to_is_not_deleted(record: Record) -> None:
    subject = create(record, patient())
    weight = create(record, observation(subject.id))
    with pytest.raises(Conflict, match=f"Observation/{weight.id}"):
        record.commit(LOCAL, [Delete("Patient", subject.id)])
    both = [Delete("Patient", subject.id), Delete("Observation", weight.id)]
    assert [o.status for o in record.commit(LOCAL, both)] == ["deleted", "deleted"]


def test_invariants_are_errors_with_their_place(record: Record) -> None:
    broken = made(resourceType="Patient", contact=[{"gender": "female"}])
    with pytest.raises(Unprocessable) as caught:
        record.commit(LOCAL, [Create(broken)])
    assert any("Patient.contact" in (i.expression or "") for i in caught.value.issues)


def test_a_stranger_may_not(record: Record) -> None:
    first = create(record, patient())
    for op in (
        Create(patient()),
        Update(patient(first.id, family="Evil")),
        Delete("Patient", first.id),
        Patch("Patient", b"[]", first.id),
    ):
        with pytest.raises(NotAllowed):
            record.commit(STRANGER, [op])
    assert record.read(LOCAL, "Patient", first.id).version == 1


def test_what_is_written_must_be_within_the_policy(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana")), Update(patient("bob"))])
    mine = record.commit(AUTHOR, [Create(observation("ana"))])[0].version
    assert mine is not None
    with pytest.raises(NotAllowed):
        record.commit(AUTHOR, [Create(observation("bob"))])
    with pytest.raises(NotAllowed):
        record.commit(AUTHOR, [Update(observation("ana", id=mine.id, status="amended"))])
    foreign = create(record, observation("bob"))
    with pytest.raises(NotAllowed):
        record.commit(AUTHOR, [Update(observation("ana", id=foreign.id))])
    assert record.commit(AUTHOR, [Delete("Observation", foreign.id)])[0].version is None
    assert record.read(LOCAL, "Observation", mine.id).version == 1
    assert record.read(LOCAL, "Observation", foreign.id).version == 1
