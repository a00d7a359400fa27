"""Merging: everything follows, nothing is lost, and what was not touched since comes back exactly."""

from __future__ import annotations

from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.patients import flags, merging
from osler.clinic.patients.person import is_vip
from osler.clinic.patients.searching import find
from osler.fhir.codec import decode
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound
from osler.record import Record, Update
from osler.search.parse import parse
from tests.clinic.patients.conftest import mrn, patient, staff
from tests.record.cast import made, observation

WHY = "The same person, registered twice"


@pytest.fixture
def pair(record: Record) -> tuple[str, str]:
    """Two records of one person, with something in each."""
    record.commit(
        LOCAL,
        [
            Update(patient("stay", "Rosa", "Diaz", "1970-01-01", active=True, identifier=mrn("S1"))),
            Update(patient("leave", "Rosita", "Dias", "1970-01-01", active=True, identifier=mrn("L1"))),
            Update(observation("stay", id="kept-one")),
            *(Update(observation("leave", id=f"moved-{n}")) for n in range(5)),
            Update(
                made(
                    resourceType="Appointment", id="both", status="proposed",
                    participant=[
                        {"actor": {"reference": "Patient/stay"}, "status": "accepted"},
                        {"actor": {"reference": "Patient/leave"}, "status": "accepted"},
                    ],
                )
            ),
            Update(
                made(
                    resourceType="DocumentReference", id="doc", status="current",
                    subject={"reference": "Patient/leave"},
                    content=[{"attachment": {"contentType": "text/plain", "data": "aGVsbG8="}}],
                )
            ),
        ],
    )  # fmt: skip
    return "stay", "leave"


def _admin(record: Record) -> Principal:
    from tests.clinic.patients.conftest import organization

    record.commit(LOCAL, [Update(organization("here"))])
    return staff(record, "practice-admin", "here", "admin")


def _about(record: Record, id: str, type: str = "Observation") -> set[str]:
    query = parse(type, [("patient", f"Patient/{id}")], record.registry)
    return {one.id for one in record.search(LOCAL, query).matches}


def _get(record: Record, type: str, id: str) -> Any:
    return decode(record.read(LOCAL, type, id).content)


def _all(record: Record, who: Principal, id: str) -> merging.Step:
    step = merging.go_on(record, who, id, 3)
    while not step.done:
        step = merging.go_on(record, who, id, 3)
    return step


def _undone(record: Record, who: Principal, id: str) -> merging.Step:
    step = merging.undo(record, who, id, "They are two people", 3)
    while not step.done:
        step = merging.undo(record, who, id, "They are two people", 3)
    return step


def test_everything_follows_and_comes_back(record: Record, pair: tuple[str, str]) -> None:
    stay, leave = pair
    before = {id: _get(record, "Patient", id) for id in pair}
    famous = _get(record, "Patient", leave)
    flags.set_vip(famous)
    record.commit(LOCAL, [Update(famous)])
    before[leave] = _get(record, "Patient", leave)
    merge = merging.begin(record, LOCAL, stay, leave, WHY, frozenset({"name"}))
    step = _all(record, LOCAL, merge.id)
    assert (step.moved, step.merge.state) == (7, "merged")
    assert is_vip(_get(record, "Patient", stay))
    assert _about(record, stay) == {"kept-one", *(f"moved-{n}" for n in range(5))}
    assert _about(record, leave) == set()
    document = _get(record, "DocumentReference", "doc")
    assert document.content[0].attachment.data == "aGVsbG8="
    survivor, other = _get(record, "Patient", stay), _get(record, "Patient", leave)
    assert [n.family for n in survivor.name] == ["Dias", "Diaz"]
    assert {(n.use, n.value) for n in survivor.identifier} == {("usual", "S1"), ("old", "L1")}
    assert (survivor.link[0].type, other.link[0].type) == ("replaces", "replaced-by")
    assert other.active is False
    assert find(record, LOCAL, "L1")[0].id == stay

    step = _undone(record, LOCAL, merge.id)
    assert (step.merge.state, step.moved, step.kept) == ("undone", 7, ())
    assert (is_vip(_get(record, "Patient", stay)), is_vip(_get(record, "Patient", leave))) == (
        False,
        True,
    )
    opened = _get(record, "Patient", leave)
    op = flags.without_vip(opened, None)
    assert op is not None
    record.commit(LOCAL, [op])
    assert not is_vip(_get(record, "Patient", leave))
    assert _about(record, stay) == {"kept-one"}
    assert _about(record, leave) == {f"moved-{n}" for n in range(5)}
    both = _get(record, "Appointment", "both")
    assert [p.actor.reference for p in both.participant] == ["Patient/stay", "Patient/leave"]
    for id, was in before.items():
        now = _get(record, "Patient", id)
        assert (now.name, now.identifier, now.active, now.link) == (
            was.name, was.identifier, was.active, was.link,
        )  # fmt: skip


def test_what_was_changed_since_stays_and_is_told(record: Record, pair: tuple[str, str]) -> None:
    who = _admin(record)
    merge = merging.begin(record, who, *pair, WHY)
    _all(record, who, merge.id)
    changed = _get(record, "Observation", "moved-2")
    changed.status = "amended"
    record.commit(LOCAL, [Update(changed)])
    step = _undone(record, who, merge.id)
    assert step.kept == ("Observation/moved-2",)
    assert "moved-2" in _about(record, "stay")
    assert "moved-1" in _about(record, "leave")


def test_a_crash_between_note_and_move_is_gone_on_with(
    record: Record, pair: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    who = _admin(record)
    merge = merging.begin(record, who, *pair, WHY)
    with monkeypatch.context() as broken:
        broken.setattr(record, "commit", lambda *_a, **_k: (_ for _ in ()).throw(RuntimeError))
        with pytest.raises(RuntimeError):
            merging.go_on(record, who, merge.id, 3)
    with pytest.raises(Conflict, match="under way"):
        merging.begin(record, who, *pair, WHY)
    step = _undone(record, who, merge.id)
    assert step.kept == ()
    assert len(_about(record, "leave")) == 5


def test_who_may_and_what_is_in_the_way(record: Record, pair: tuple[str, str]) -> None:
    stay, leave = pair
    who = _admin(record)
    desk = staff(record, "front-desk", "here", "desk-m")
    me = Principal(id="x", roles=frozenset({"patient"}), patient=stay, person=f"Patient/{stay}")
    for somebody in (desk, me):
        with pytest.raises(NotAllowed):
            merging.begin(record, somebody, stay, leave, WHY)
        with pytest.raises(NotAllowed):
            merging.link(record, somebody, stay, leave)
    with pytest.raises(Invalid):
        merging.begin(record, who, stay, leave, " ")
    with pytest.raises(Conflict, match="one record already"):
        merging.begin(record, who, stay, stay, WHY)
    record.hold(LOCAL, leave, "a court asked for it")
    with pytest.raises(Conflict, match="legal hold"):
        merging.begin(record, who, stay, leave, WHY)
    record.release(LOCAL, leave, "the court is done")
    with pytest.raises(NotFound):
        merging.go_on(record, who, "no-such-merge")


def test_somebody_of_another_practice_cannot_merge_what_they_do_not_see(record: Record) -> None:
    from tests.clinic.patients.conftest import organization

    there = {"reference": "Organization/there"}
    record.commit(
        LOCAL,
        [
            Update(organization("there")),
            Update(patient("f1", "A", "Far", "1970-01-01", managingOrganization=there)),
            Update(patient("f2", "A", "Far", "1970-01-01", managingOrganization=there)),
        ],
    )
    with pytest.raises(NotFound):
        merging.begin(record, _admin(record), "f1", "f2", WHY)


def test_two_records_can_be_linked_without_merging(record: Record, pair: tuple[str, str]) -> None:
    who = _admin(record)
    merging.link(record, who, *pair)
    merging.link(record, who, *pair)
    for id, there in (pair, pair[::-1]):
        links = [(one.type, one.other.reference) for one in _get(record, "Patient", id).link]
        assert links == [("seealso", f"Patient/{there}")]


def test_signed_notes_and_a_death_come_along(record: Record, pair: tuple[str, str]) -> None:
    stay, leave = pair
    note = made(
        resourceType="Composition", id="signed-note", status="final", date="2026-01-01", title="Note",
        type={"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        author=[{"display": "Dr. Osei"}], subject={"reference": f"Patient/{leave}"},
        section=[{"title": "Plan", "text": {"status": "additional", "div": "<div xmlns='http://www.w3.org/1999/xhtml'>Rest</div>"}}],
    )  # fmt: skip
    dead = _get(record, "Patient", leave)
    dead.deceasedDateTime = "2026-02-03"
    record.commit(LOCAL, [Update(note), Update(dead)])
    merge = merging.begin(record, LOCAL, stay, leave, WHY)
    assert _all(record, LOCAL, merge.id).merge.state == "merged"
    assert _get(record, "Composition", "signed-note").subject.reference == f"Patient/{stay}"
    assert _get(record, "Patient", stay).deceasedDateTime == "2026-02-03"
    assert _undone(record, LOCAL, merge.id).kept == ()
    assert _get(record, "Composition", "signed-note").subject.reference == f"Patient/{leave}"
    assert _get(record, "Patient", stay).deceasedDateTime is None
