"""Who may do what to whose account: no more than one has, never one's own, never the last administrator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from osler.access import LOCAL, Principal
from osler.identity.events import Event
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotFound


def admin(*roles: str, id: str = "01900000-0000-7000-8000-000000000001") -> Principal:
    return Principal(id=id, roles=frozenset(roles or ("practice-admin",)))


def test_roles_change_and_sessions_end(told: list[Event]) -> None:
    from osler.identity import people
    from tests.identity import people as cast

    ana = cast.with_app(cast.nurse("ana"))
    client = cast.signed_in(ana)
    people.set_roles(admin(), ana, ["medical-assistant"])
    ana.refresh_from_db()
    assert ana.roles == ["medical-assistant"]
    assert client.get("/account/").status_code == 302
    (change,) = [one for one in told if one.action == "role-change"]
    assert change.detail == "from nurse to medical-assistant" and change.subject == str(ana.pk)


def test_nobody_gives_or_takes_what_they_lack(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    for code in ("privacy-officer", "system-admin"):  # A practice administrator has neither.
        with pytest.raises(NotAllowed):
            people.set_roles(admin(), ana, ["nurse", code])
    people.set_roles(LOCAL, ana, ["privacy-officer"])
    with pytest.raises(NotAllowed):
        people.set_roles(admin(), ana, ["nurse"])
    with pytest.raises(NotAllowed):
        people.reset_mfa(admin(), ana)
    ana.refresh_from_db()
    assert ana.roles == ["privacy-officer"]


@pytest.mark.parametrize("code", ["local", "patient", "proxy", "integration", "no-such-role", ""])
def test_roles_that_staff_cannot_have(pages: None, code: str) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    with pytest.raises(Invalid):
        people.set_roles(LOCAL, nurse("ana"), ["nurse", code])


def test_a_patient_never_gets_a_role_of_staff(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import patient

    with pytest.raises(Invalid):
        people.set_roles(LOCAL, patient("pat"), ["patient", "physician"])


def test_nobody_changes_themselves(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    me = admin("practice-admin", "system-admin", id=str(ana.pk))
    attempts: list[Callable[[], None]] = [
        lambda: people.set_roles(me, ana, ["physician"]),
        lambda: people.disable(me, ana),
        lambda: people.reset_mfa(me, ana),
    ]
    for do in attempts:
        with pytest.raises(NotAllowed):
            do()


def test_who_has_no_permission_does_nothing(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    for actor in (admin("nurse"), admin("physician"), admin("patient"), Principal(id="x")):
        attempts: list[Callable[[], None]] = [
            partial(people.set_roles, actor, ana, []),
            partial(people.disable, actor, ana),
            partial(people.enable, actor, ana),
            partial(people.link, actor, ana, "Practitioner/1"),
            partial(people.reset_mfa, actor, ana),
        ]
        for do in attempts:
            with pytest.raises(NotAllowed):
                do()
    with pytest.raises(NotAllowed):  # A system administrator closes accounts, and gives no roles.
        people.set_roles(admin("system-admin"), ana, ["biller"])


def test_the_last_administrator_stays(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    eve, bob = nurse("eve", kind="staff"), nurse("bob")
    people.set_roles(LOCAL, eve, ["practice-admin"])
    with pytest.raises(NotAllowed):
        people.disable(LOCAL, eve)
    with pytest.raises(NotAllowed):
        people.set_roles(LOCAL, eve, ["nurse"])
    people.set_roles(LOCAL, bob, ["system-admin"])  # May manage accounts too.
    people.disable(LOCAL, eve)
    with pytest.raises(NotAllowed):
        people.disable(LOCAL, bob)


def test_a_name_is_never_reused(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    people.disable(LOCAL, ana)
    for name in ("ana", "ANA", " Ana "):
        with pytest.raises(Conflict):
            people.create(LOCAL, name, "x", name="Another")
    people.enable(LOCAL, ana)
    assert people.found("Ana").is_active


def test_links_are_to_people(pages: None) -> None:
    from osler.identity import people
    from tests.identity.people import nurse

    ana = nurse("ana")
    people.link(LOCAL, ana, "Practitioner/1", "Patient/2")
    assert (people.found("ana").person, people.found("ana").own_patient) == ("Practitioner/1", "2")
    for wrong in ("Patient/2", "Group/1", "Practitioner/", "Practitioner/1/_history/2", "x"):
        with pytest.raises(Invalid):
            people.link(LOCAL, ana, wrong)
    with pytest.raises(NotFound):
        people.found("nobody")
