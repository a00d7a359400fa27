"""Invitations: a link that works once, for whoever was invited, with no more than was given."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from osler.access import LOCAL, Principal
from osler.identity.events import Event
from osler.kit.errors import Conflict, Gone, Invalid, NotAllowed, NotFound

Later = Callable[..., AbstractContextManager[None]]
PASSWORD = "seven heron under umber"


def link(secret: str) -> str:
    return f"http://localhost/account/invitation/{secret}/"


def invited(email: str = "nia@example.org", roles: tuple[str, ...] = ("nurse",)) -> str:
    """The secret of a new invitation."""
    from osler.identity import invitations

    _, address = invitations.invite(LOCAL, email, "Nia Roe", roles, link, practice="Elm Practice")
    return address.rstrip("/").rpartition("/")[2]


def test_the_whole_way_in_a_browser(told: list[Event]) -> None:
    from osler.identity.models import Account, Mail
    from tests.identity.people import browser

    invited()
    mail = Mail.objects.get()
    assert (mail.recipient, mail.subject) == ("nia@example.org", "Your account at Elm Practice")
    found = re.search(r"http://localhost(/\S+)", mail.body)
    assert found is not None
    client = browser()
    answer = client.get(found[1])
    assert answer["Location"] == "/account/join/"  # The secret leaves the address.
    page = client.get("/account/join/")
    assert b"Welcome, Nia Roe" in page.content and found[1].encode() not in page.content
    answer = client.post("/account/join/", {"username": "Nia", "new_password": PASSWORD})
    assert answer.status_code == 302, answer.content
    nia = Account.objects.get(username="nia")
    assert (nia.roles, nia.email, nia.kind) == (["nurse"], "nia@example.org", "staff")
    # A nurse needs a second factor before anything else.
    assert client.get("/").status_code == 302
    assert browser().get(found[1], follow=True).status_code == 410
    actions = [one.action for one in told]
    assert actions.index("invite") < actions.index("account-create") < actions.index("login")


def test_posting_more_gives_no_more(pages: None) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser

    client = browser()
    client.get(f"/account/invitation/{invited()}/")
    form = {"username": "nia", "new_password": PASSWORD, "kind": "service", "person": "Patient/1"}
    client.post("/account/join/", form | {"roles": ["system-admin"], "is_active": "0"})
    nia = Account.objects.get(username="nia")
    assert (nia.roles, nia.kind, nia.person, nia.is_active) == (["nurse"], "staff", "", True)


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("nia", "short"),
        ("nia", "password1234567"),
        ("nia roe", PASSWORD),
        ("", PASSWORD),
        ("ana", PASSWORD),
        ("ANA", PASSWORD),
        ("ni\x00a", PASSWORD),
    ],
)
def test_what_will_not_do(pages: None, name: str, password: str) -> None:
    from osler.identity.models import Account, Invitation
    from tests.identity.people import browser, nurse

    nurse("ana")
    client = browser()
    client.get(f"/account/invitation/{invited()}/")
    answer = client.post("/account/join/", {"username": name, "new_password": password})
    assert answer.status_code == 200 and b"errorlist" in answer.content
    assert Account.objects.count() == 1 and Invitation.objects.get().state == "open"


def test_a_link_ends(pages: None, later: Later) -> None:
    from osler.identity import invitations
    from osler.identity.models import Invitation

    secret = invited()
    assert invitations.opened(secret).name == "Nia Roe"
    with later(days=6, hours=23):
        invitations.opened(secret)
    with later(days=7, minutes=1), pytest.raises(Gone):
        invitations.opened(secret)
    anew = invitations.again(LOCAL, Invitation.objects.get(), link, "Elm")
    with pytest.raises(NotFound):  # The earlier link.
        invitations.opened(secret)
    fresh = anew.rstrip("/").rpartition("/")[2]
    invitations.withdraw(LOCAL, Invitation.objects.get())
    with pytest.raises(Gone):
        invitations.accept(fresh, "nia", PASSWORD)
    with pytest.raises(NotFound):
        invitations.opened("nonsense")


def test_once_is_once(pages: None) -> None:
    from osler.identity import invitations
    from osler.identity.models import Invitation

    secret = invited()
    invitations.accept(secret, "nia", PASSWORD)
    with pytest.raises(Gone):
        invitations.accept(secret, "mia", PASSWORD)
    with pytest.raises(Conflict):
        invitations.again(LOCAL, Invitation.objects.get(), link, "Elm")


def test_the_table_has_no_link(pages: None) -> None:
    from osler.identity.models import Invitation

    secret = invited()
    assert secret not in str(Invitation.objects.values().get())


def test_who_may_invite_whom(pages: None) -> None:
    from osler.identity import invitations
    from osler.identity.models import Invitation

    for roles in ("nurse", "system-admin", "physician", "patient"):
        actor = Principal(id="x", roles=frozenset({roles}))
        with pytest.raises(NotAllowed):
            invitations.invite(actor, "a@example.org", "A", ["nurse"], link)
    practice = Principal(id="x", roles=frozenset({"practice-admin"}))
    with pytest.raises(NotAllowed):
        invitations.invite(practice, "a@example.org", "A", ["privacy-officer"], link)
    for wrong in ([], ["patient"], ["local"], ["no-such"]):
        with pytest.raises(Invalid):
            invitations.invite(LOCAL, "a@example.org", "A", wrong, link)
    assert not Invitation.objects.exists()
    invitations.invite(practice, "a@example.org", "A", ["nurse"], link)


def test_line_breaks_begin_no_header(pages: None) -> None:
    from osler.identity import invitations
    from osler.identity.models import Mail

    invitations.invite(
        LOCAL, "a@example.org", "A\r\nBcc: x@y.z", ["nurse"], link, practice="Elm\nBcc: x@y.z"
    )
    mail = Mail.objects.get()
    assert "\n" not in mail.subject and mail.recipient == "a@example.org"


def test_an_open_session_is_not_taken_over(pages: None) -> None:
    from tests.identity.people import browser, patient, signed_in

    client = signed_in(patient("pat"), browser())
    client.get(f"/account/invitation/{invited()}/")
    assert client.get("/account/join/").status_code == 409
