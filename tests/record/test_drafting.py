"""Drafts and presence: kept for their owner alone, within limits, under the policy of the patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from osler.access import LOCAL, Principal
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound, TooCostly, TooLarge
from osler.record import Draft, Record, Update, drafting
from tests.record.cast import STRANGER

DOCTOR = replace(LOCAL, session="1")
NURSE = Principal(id="ana", name="Nurse Bo", session="2")  # May read this patient, says the cast.
ANA = b'{"resourceType":"Patient","id":"ana"}'


@pytest.fixture
def ana(record: Record) -> Record:
    record.commit(LOCAL, [Update(decode(ANA))])
    return record


def draft(text: str = "wheeze", **more: Any) -> Draft:
    values = {"key": "note:new", "patient": "ana", "tab": "t1", "fields": {"text": [text]}}
    return Draft(**({"saved": datetime.min.replace(tzinfo=UTC)} | values | more))


def test_what_was_typed_is_given_back(ana: Record) -> None:
    first = ana.save_draft(DOCTOR, draft(base=3))
    found = ana.draft(DOCTOR, "note:new", "ana")
    assert found is not None
    assert (found.fields, found.base, found.saved) == ({"text": ["wheeze"]}, 3, first)
    later = ana.save_draft(DOCTOR, draft("no wheeze"), known=first)
    assert [(one.key, one.patient, one.saved) for one in ana.drafts(DOCTOR)] == [
        ("note:new", "ana", later)
    ]
    assert ana.drop_draft(DOCTOR, "note:new", "ana")
    assert ana.draft(DOCTOR, "note:new", "ana") is None
    assert not ana.drop_draft(DOCTOR, "note:new", "ana")


def test_nobody_else_reads_or_drops_it(ana: Record) -> None:
    ana.save_draft(DOCTOR, draft())
    for one in (NURSE, STRANGER):
        assert ana.draft(one, "note:new", "ana") is None
        assert ana.drafts(one) == []
        assert not ana.drop_draft(one, "note:new", "ana")
    assert ana.draft(DOCTOR, "note:new", "ana") is not None


def test_it_needs_a_patient_that_one_may_see(ana: Record) -> None:
    with pytest.raises(NotFound):
        ana.save_draft(STRANGER, draft())
    with pytest.raises(NotFound):
        ana.save_draft(DOCTOR, draft(patient="nobody"))
    assert ana.save_draft(STRANGER, draft(patient="")) <= clock.now()


def test_who_may_no_longer_see_the_patient_does_not_see_the_draft(ana: Record) -> None:
    ana.save_draft(DOCTOR, draft())
    with ana.database.connection() as conn:
        conn.execute("UPDATE draft SET account = 'stranger'")
    assert ana.draft(STRANGER, "note:new", "ana") is None
    assert ana.drafts(STRANGER) == []


def test_a_second_tab_overwrites_nothing_that_it_has_not_seen(ana: Record) -> None:
    first = ana.save_draft(DOCTOR, draft())
    with pytest.raises(Conflict):
        ana.save_draft(DOCTOR, draft("from the other", tab="t2"))
    second = ana.save_draft(DOCTOR, draft("from the other", tab="t2"), known=first)
    with pytest.raises(Conflict):
        ana.save_draft(DOCTOR, draft("from the first again"), known=first)
    found = ana.draft(DOCTOR, "note:new", "ana")
    assert found is not None and (found.saved, found.tab) == (second, "t2")


def test_what_was_under_way_while_the_form_was_saved_comes_too_late(ana: Record) -> None:
    first = ana.save_draft(DOCTOR, draft())
    ana.drop_draft(DOCTOR, "note:new", "ana")
    with pytest.raises(Gone):
        ana.save_draft(DOCTOR, draft(), known=first)
    assert ana.drafts(DOCTOR) == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        ({"key": ""}, Invalid),
        ({"key": "a b"}, Invalid),
        ({"key": "k" * 121}, Invalid),
        ({"tab": "<t>"}, Invalid),
        ({"fields": {"a": "text"}}, Invalid),
        ({"fields": {"a": [1]}}, Invalid),
        ({"fields": {"a": ["nul\0"]}}, Invalid),
        ({"fields": {str(n): [] for n in range(2001)}}, Invalid),
        ({"fields": {"a": ["x" * 600_000]}}, TooLarge),
    ],
)
def test_what_is_no_draft_is_refused(
    ana: Record, bad: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        ana.save_draft(DOCTOR, draft(**bad))
    assert ana.drafts(DOCTOR) == []


def test_there_is_an_end_to_their_number_and_their_age(ana: Record) -> None:
    for number in range(drafting.AT_MOST):
        ana.save_draft(DOCTOR, draft(key=f"note:{number}"))
    with pytest.raises(TooCostly):
        ana.save_draft(DOCTOR, draft(key="one:more"))
    ana.save_draft(DOCTOR, draft("changed", key="note:0"))
    with clock.frozen(clock.now() + drafting.LIFE + timedelta(days=1)):
        assert drafting.expire(ana.database) == drafting.AT_MOST
    assert ana.drafts(DOCTOR) == []


def test_they_go_with_a_patient_who_is_erased(ana: Record) -> None:
    ana.save_draft(DOCTOR, draft())
    ana.erase_patient(DOCTOR, "ana", "asked for by the patient")
    with ana.database.connection() as conn:
        assert conn.execute("SELECT count(*) FROM draft").fetchone() == (0,)


def test_drafts_leave_no_trace_in_the_audit(ana: Record) -> None:
    def rows() -> int:
        with ana.database.connection() as conn:
            found = conn.execute("SELECT count(*) FROM audit").fetchone()
        return int(found[0]) if found else -1

    before = rows()
    ana.save_draft(DOCTOR, draft())
    ana.draft(DOCTOR, "note:new", "ana")
    ana.here(DOCTOR, "t1", "ana")
    ana.sees(DOCTOR, [("Patient", "ana")])
    assert rows() == before


def test_people_in_a_chart_see_each_other(ana: Record) -> None:
    ana.here(DOCTOR, "t1", "ana", "note:new")
    ana.here(NURSE, "t1", "ana")
    assert [(one.name, one.doing) for one in ana.present(NURSE, ["ana"])] == [
        ("Local user", "note:new")
    ]
    assert [one.name for one in ana.present(DOCTOR, ["ana"])] == ["Nurse Bo"]
    assert ana.watched(NURSE) == {"ana"}
    ana.gone(NURSE, "t1")
    assert ana.present(DOCTOR, ["ana"]) == []


def test_silence_means_gone(ana: Record) -> None:
    ana.here(NURSE, "t1", "ana")
    with clock.frozen(clock.now() + drafting.PRESENT_FOR + timedelta(seconds=1)):
        assert ana.present(DOCTOR, ["ana"]) == []


def test_a_stranger_is_not_there_and_sees_nobody(ana: Record) -> None:
    stranger = replace(STRANGER, session="3")
    ana.here(DOCTOR, "t1", "ana")
    with pytest.raises(NotFound):
        ana.here(stranger, "t1", "ana")
    assert ana.present(stranger, ["ana"]) == []
    assert ana.sees(stranger, [("Patient", "ana")]) == frozenset()
    assert ana.sees(DOCTOR, [("Patient", "ana"), ("Patient", "no")]) == {("Patient", "ana")}


def test_presence_is_for_sessions_of_the_staff(ana: Record) -> None:
    for one in (replace(LOCAL, session=None), replace(DOCTOR, patient="ana")):
        with pytest.raises(NotAllowed):
            ana.here(one, "t1", "ana")


def test_a_session_has_only_so_many_tabs(ana: Record) -> None:
    for number in range(drafting.TABS_AT_MOST):
        ana.here(DOCTOR, f"t{number}", "ana")
    with pytest.raises(TooCostly):
        ana.here(DOCTOR, "one-more", "ana")
