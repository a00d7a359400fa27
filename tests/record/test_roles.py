"""Roles of the practice: saved, tried, explained; and who may do any of that."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from osler.access import LOCAL, Grant, Role, shipped
from osler.kit.database import Database
from osler.kit.errors import Invalid, NotAllowed, NotFound, OslerError, Unprocessable
from osler.record import Record, Why
from tests.record.cast import observation
from tests.record.staff import (
    ADMIN,
    ANA,
    CLERK,
    DESK,
    DOCTOR,
    HIV,
    OFFICER,
    OWN,
    STRANGER,
    clerk_role,
    person,
    practice,
    put,
)


@pytest.fixture
def record(fresh_database: Database) -> Record:
    return practice(Record(fresh_database, base_url="http://localhost/fhir"))


# ---- saving


def test_a_saved_role_is_in_force_at_once_and_everywhere(record: Record) -> None:
    other = Record(record.database)
    assert "clerk" not in other.roles()
    assert record.save_role(ADMIN, clerk_role()) == 1
    assert other.roles()["clerk"] == clerk_role()
    assert other.read(CLERK, "Patient", "ana").id == "ana"
    record.save_role(ADMIN, replace(clerk_role(), grants=()))
    with pytest.raises(NotFound):
        other.read(CLERK, "Patient", "ana")


def test_every_version_is_kept_with_who_and_when(record: Record) -> None:
    record.save_role(ADMIN, clerk_role())
    record.save_role(LOCAL, clerk_role(hidden=("Patient.telecom",)))
    record.reset_role(ADMIN, "clerk")
    found = record.role_history(ADMIN, "clerk")
    assert [(one.version, one.by) for one in found] == [(3, "admin"), (2, "local"), (1, "admin")]
    assert found[0].role is None
    assert found[2].role == clerk_role()
    assert "clerk" not in record.roles()


def test_a_shipped_role_can_be_changed_and_come_back(record: Record) -> None:
    changed = replace(shipped()["nurse"], idle_minutes=5)
    record.save_role(ADMIN, changed)
    assert record.roles()["nurse"].idle_minutes == 5
    record.reset_role(ADMIN, "nurse")
    assert record.roles()["nurse"] == shipped()["nurse"]
    with pytest.raises(NotFound):
        record.reset_role(ADMIN, "nonsense")


@pytest.mark.parametrize("principal", [DOCTOR, DESK, ANA, OFFICER, STRANGER], ids=lambda p: p.id)
def test_only_who_manages_roles_may(record: Record, principal: object) -> None:
    for attempt in (
        lambda: record.save_role(principal, clerk_role()),  # type: ignore[arg-type]
        lambda: record.reset_role(principal, "nurse"),  # type: ignore[arg-type]
        lambda: record.role_history(principal, "nurse"),  # type: ignore[arg-type]
        lambda: record.try_role(principal, clerk_role(), []),  # type: ignore[arg-type]
    ):
        with pytest.raises(NotAllowed, match=r"roles\.manage"):
            attempt()
    assert "clerk" not in record.roles()


@pytest.mark.parametrize(
    "role",
    [
        replace(clerk_role(), permissions=frozenset({"everything"})),
        replace(clerk_role(), grants=(Grant(types=("Nonsense",)),)),
        replace(clerk_role(), grants=(Grant(types=("Patient",), where="nonsense=1"),)),
        replace(clerk_role(), purposes=("FUN",)),
        clerk_role(hidden=("Patient.nonsense",)),
    ],
)
def test_a_role_without_sense_is_refused(record: Record, role: Role) -> None:
    with pytest.raises(Unprocessable):
        record.save_role(ADMIN, role)


def test_local_is_no_role_to_save(record: Record) -> None:
    with pytest.raises(Invalid):
        record.save_role(ADMIN, replace(clerk_role(), code="local"))


def test_somebody_must_be_able_to_manage_roles(record: Record) -> None:
    holders = [r for r in record.roles().values() if "roles.manage" in r.permissions]
    assert holders
    *others, last = holders
    for role in others:
        record.save_role(LOCAL, replace(role, permissions=role.permissions - {"roles.manage"}))
    with pytest.raises(Unprocessable, match="no role could change roles"):
        record.save_role(LOCAL, replace(last, permissions=last.permissions - {"roles.manage"}))
    assert "roles.manage" in record.roles()[last.code].permissions


def test_two_who_save_at_once_make_two_versions(record: Record) -> None:
    errors: list[OslerError] = []

    def save(n: int) -> None:
        try:
            record.save_role(ADMIN, replace(clerk_role(), idle_minutes=n + 1))
        except OslerError as error:
            errors.append(error)

    threads = [threading.Thread(target=save, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert [one.version for one in record.role_history(LOCAL, "clerk")] == [6, 5, 4, 3, 2, 1]


def test_the_audit_says_what_changed(record: Record) -> None:
    record.save_role(ADMIN, clerk_role())
    record.save_role(ADMIN, replace(clerk_role(), permissions=frozenset({"exports"}), mfa=False))
    with record.database.connection() as conn:
        rows = conn.execute(
            "SELECT actor, query, detail FROM audit WHERE action = 'save-role' ORDER BY seq"
        ).fetchall()
    assert rows[1] == ("admin", "clerk", "version 2: +exports, mfa True to False")


def test_permissions(record: Record) -> None:
    record.may(ADMIN, "roles.manage")
    record.may(LOCAL, "ledger.verify")
    assert not record.has(DOCTOR, "roles.manage")
    with pytest.raises(NotAllowed, match="Change roles"):
        record.may(DOCTOR, "roles.manage")
    with pytest.raises(ValueError, match="nonsense"):
        record.may(LOCAL, "nonsense")
    with pytest.raises(NotAllowed):
        record.may(STRANGER, "exports")


# ---- trying


def test_a_trial_counts_and_changes_nothing(record: Record) -> None:
    record.save_role(ADMIN, clerk_role())
    less = replace(clerk_role(hidden=("Patient.telecom",)))
    narrow = replace(less, grants=(replace(less.grants[0], where="", types=("Patient",)),))
    (trial,) = record.try_role(ADMIN, narrow, [CLERK])
    changes = {one.type: one for one in trial.types}
    assert (changes["Observation"].before, changes["Observation"].after) == (2, 0)
    assert "read" in changes["Observation"].lost
    assert (changes["Patient"].before, changes["Patient"].after) == (2, 2)
    assert changes["Patient"].lost == ("see telecom",)
    assert record.roles()["clerk"] == clerk_role()
    assert record.read(CLERK, "Observation", "ana-weight").id == "ana-weight"


def test_a_trial_of_more_says_what_is_gained(record: Record) -> None:
    record.save_role(ADMIN, replace(clerk_role(), grants=()))
    (trial,) = record.try_role(ADMIN, clerk_role(), [CLERK])
    patients = next(one for one in trial.types if one.type == "Patient")
    assert (patients.before, patients.after) == (0, 2)
    assert "delete" in patients.gained
    (nothing,) = record.try_role(ADMIN, clerk_role(), [DESK])
    assert nothing.types == ()


# ---- explaining


def rules_that_hold(why: Why, interaction: str) -> list[str]:
    return [rule.text for rule in why.rules if rule.interaction == interaction and rule.holds]


def test_why_answers_with_the_rule(record: Record) -> None:
    why = record.why(OFFICER, "Observation", "ana-weight", of=DOCTOR)
    assert {"read", "search", "update"} <= set(why.allowed)
    assert "delete" not in why.allowed
    assert rules_that_hold(why, "read")
    assert all(text.startswith("Physician") for text in rules_that_hold(why, "read"))
    assert any("read: allowed" in line for line in why.lines)
    desk = record.why(OFFICER, "Observation", "ana-weight", of=DESK)
    assert desk.allowed == ()
    assert "No rule" in desk.lines[0]


def test_why_not_says_which_rule_did_not_hold(record: Record) -> None:
    put(record, observation("bob", "secret", meta={"security": [HIV]}))
    why = record.why(OFFICER, "Observation", "bob-weight", of=OWN)
    assert "read" not in why.allowed
    assert why.rules
    assert rules_that_hold(why, "read") == []
    assert any("does not hold here" in line for line in why.lines)


def test_why_says_what_is_hidden(record: Record) -> None:
    record.save_role(
        ADMIN, clerk_role(hidden=("Patient.telecom",), readonly=("Patient.birthDate",))
    )
    why = record.why(OFFICER, "Patient", "ana", of=CLERK)
    assert (why.hidden, why.readonly) == (("telecom",), ("birthDate",))


def test_why_about_others_takes_a_permission(record: Record) -> None:
    for principal in (DOCTOR, ANA, DESK):
        with pytest.raises(NotAllowed, match=r"access\.explain"):
            record.why(principal, "Patient", "ana", of=OWN)
        with pytest.raises(NotAllowed, match=r"access\.explain"):
            record.who_can_see(principal, "ana", [OWN])


def test_about_oneself_it_tells_nothing_of_what_is_hidden(record: Record) -> None:
    mine = record.why(ANA, "Observation", "ana-weight")
    assert "read" in mine.allowed
    there, absent = (record.why(ANA, "Observation", id) for id in ("bob-weight", "nothing"))
    assert replace(there, id="") == replace(absent, id="")
    with pytest.raises(NotFound):
        record.why(OFFICER, "Observation", "nothing", of=DOCTOR)


def test_who_can_see_a_patient(record: Record) -> None:
    put(record, person("eve"), observation("ana", "secret", meta={"security": [HIV]}))
    sees = {
        one.principal: one
        for one in record.who_can_see(OFFICER, "ana", [DOCTOR, DESK, ANA, STRANGER])
    }
    assert sees["stranger"].types == ()
    doctor = {one.type: one for one in sees["house"].types}
    assert (doctor["Observation"].seen, doctor["Observation"].of) == (2, 2)
    assert "update" in doctor["Observation"].interactions
    assert doctor["Observation"].rules
    desk = {one.type: one for one in sees["desk"].types}
    assert desk["Patient"].seen == 1
    assert "Observation" not in desk
    with pytest.raises(NotFound):
        record.who_can_see(OFFICER, "nobody", [DOCTOR])


def test_what_several_interactions_share_is_counted_once(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A physician's role reads in four ways and writes in three by the same rule: that is two questions or so."""
    from osler.store import access

    asked: list[int] = []
    counting = access.counting

    def noted(kind: str, about: Any, tests: Sequence[Any]) -> Any:
        asked.append(len(tests))
        return counting(kind, about, tests)

    monkeypatch.setattr(access, "counting", noted)
    (doctor,) = record.who_can_see(OFFICER, "ana", [DOCTOR])
    assert doctor.types and asked
    assert max(asked) <= 4


def test_explanations_leave_a_trace(record: Record) -> None:
    record.why(OFFICER, "Observation", "ana-weight", of=DOCTOR)
    record.who_can_see(OFFICER, "ana", [DOCTOR])
    with record.database.connection() as conn:
        rows = conn.execute(
            "SELECT type, patients FROM audit WHERE action = 'explain' ORDER BY seq"
        ).fetchall()
    assert rows == [("Observation", ["ana"]), ("Patient", ["ana"])]
