"""Whoever may give rights gives themselves none, and nobody more than they have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from osler.access import LOCAL, Grant, Principal, Role, shipped
from osler.kit.errors import NotAllowed
from osler.record import Record
from tests.matrix import cast

ADMIN = cast.callers()["practice-admin"]
_OWN = shipped()["practice-admin"]
_ALL = Grant(types=("@all",))


@pytest.mark.parametrize(
    "wider",
    [
        replace(
            _OWN, grants=(*_OWN.grants, Grant(types=("Observation",), patients="@organization"))
        ),
        replace(_OWN, grants=(_ALL,)),
        replace(_OWN, permissions=_OWN.permissions | {"audit.read"}),
        replace(_OWN, break_glass=True),
        replace(_OWN, mfa=False),
        replace(_OWN, idle_minutes=120),
        replace(_OWN, purposes=(*_OWN.purposes, "TREAT")),
    ],
    ids=["grant", "everything", "permission", "glass", "mfa", "idle", "purpose"],
)
def test_nobody_widens_a_role_of_their_own(record: Record, wider: Role) -> None:
    with pytest.raises(NotAllowed):
        record.save_role(ADMIN, wider)
    assert record.roles()["practice-admin"] == _OWN


def test_nobody_gives_a_role_a_permission_that_they_lack(record: Record) -> None:
    for role in (shipped()["nurse"], Role("spy", "Spy", purposes=("TREAT",))):
        with pytest.raises(NotAllowed, match=r"privacy\.manage"):
            record.save_role(ADMIN, replace(role, permissions=frozenset({"privacy.manage"})))
    assert "spy" not in record.roles()


def test_a_narrowed_role_is_not_widened_by_its_holder_through_a_reset(record: Record) -> None:
    narrow = replace(_OWN, grants=_OWN.grants[:2], permissions=frozenset({"roles.manage"}))
    record.save_role(LOCAL, narrow)
    with pytest.raises(NotAllowed):
        record.reset_role(ADMIN, "practice-admin")
    assert record.roles()["practice-admin"] == narrow
    record.reset_role(LOCAL, "practice-admin")


def test_other_roles_and_narrower_ones_are_still_the_administrators_work(record: Record) -> None:
    nurse = shipped()["nurse"]
    record.save_role(ADMIN, replace(nurse, grants=(*nurse.grants, _ALL)))
    record.reset_role(ADMIN, "nurse")
    record.save_role(ADMIN, replace(_OWN, grants=_OWN.grants[1:], idle_minutes=5))
    record.reset_role(LOCAL, "practice-admin")


@pytest.mark.parametrize("caller", sorted(set(shipped()) - {"practice-admin"}))
def test_who_does_not_manage_roles_changes_none(record: Record, caller: str) -> None:
    who = cast.callers()[caller]
    for change in (
        lambda: record.save_role(who, replace(shipped()[caller], grants=(_ALL,))),
        lambda: record.reset_role(who, caller),
        lambda: record.try_role(who, shipped()[caller], []),
    ):
        with pytest.raises(NotAllowed):
            change()


@pytest.mark.parametrize("code", ["local", "Local", "LOCAL "])
def test_no_role_is_the_operators(record: Record, code: str) -> None:
    from osler.kit.errors import OslerError

    with pytest.raises(OslerError):
        record.save_role(ADMIN, Role(code, "Operator", grants=(_ALL,), purposes=("TREAT",)))


def test_a_role_of_a_name_that_is_no_more_opens_nothing(
    record: Record, as_if: Callable[..., str], callers: dict[str, Principal]
) -> None:
    gone = callers[as_if("physician", roles=frozenset({"physician-of-old", "*", ""}))]
    from osler.kit.errors import NotFound

    with pytest.raises((NotFound, NotAllowed)):
        record.read(gone, "Patient", cast.OWN)
