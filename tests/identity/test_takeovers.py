"""Ways to somebody else's account or patient: an address nobody proved, an old session, a link sent anew."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from osler.access import LOCAL
from osler.kit.errors import Conflict, Gone, NotAllowed

pytestmark = pytest.mark.usefixtures("pages")


def test_who_only_says_an_address_catches_nobody_elses_sign_in() -> None:
    from osler.identity import people, signin
    from tests.identity.people import nurse, patient

    ana = nurse("ana")
    with pytest.raises(Conflict):
        people.create(LOCAL, "ana@example.org", None, name="Eve", kind="patient", roles=["patient"])
    with pytest.raises(Conflict):
        people.create(
            LOCAL, "Ana@Example.org", None, name="Eve", kind="patient", roles=["patient"],
            email="ana@example.org",
        )  # fmt: skip
    eve = patient("eve")
    eve.email = ana.email
    eve.save()
    assert signin.named("ana@example.org") == ana
    # A family may sign in with the address that two of them share: then with neither.
    kid = patient("kid")
    people.create(
        LOCAL, "dad@example.org", None, name="Dad", email="dad@example.org", kind="patient",
        roles=["patient"],
    )  # fmt: skip
    kid.email = "dad@example.org"
    kid.save()
    assert getattr(signin.named("dad@example.org"), "name", None) == "Dad"


def invited(**more: Any) -> tuple[Any, Any, str]:
    """A grant that waits for an account, its invitation, and the secret of the mail."""
    from osler.identity import invitations, proxies

    about = proxies.Patient("kid", "Kid Roe", date(2016, 6, 15))
    grant = proxies.grant(
        more.pop("actor", LOCAL), about, account=None, name="Dee Roe", email="dee@example.org",
        person="RelatedPerson/r1", kind="parent", categories=["clinical"], basis="seen",
        ages=proxies.Ages(),
    )  # fmt: skip
    made, link = invitations.invite_proxy(LOCAL, grant, lambda secret: f"http://localhost/{secret}")
    return grant, made, link.rpartition("/")[2]


def test_an_authority_goes_to_who_opens_the_mail() -> None:
    from osler.identity import invitations, proxies
    from tests.identity.people import patient

    grant, _, secret = invited()
    dee = patient("dee")
    invitations.take_on(secret, dee)
    assert [one.pk for one in proxies.current(dee)] == [grant.pk]
    with pytest.raises(Gone):
        invitations.take_on(secret, patient("eve"))
    with pytest.raises(Gone):
        invitations.accept(secret, "third", None)  # type: ignore[arg-type]


def test_an_authority_that_was_withdrawn_is_not_taken_on() -> None:
    from osler.identity import invitations, proxies
    from tests.identity.people import patient

    grant, _, secret = invited()
    proxies.end(LOCAL, str(grant.pk))
    dee = patient("dee")
    with pytest.raises(Gone):
        invitations.take_on(secret, dee)
    assert proxies.current(dee) == []


def test_nobody_takes_on_what_they_gave() -> None:
    from osler.identity import invitations
    from osler.identity.principals import principal
    from tests.identity.people import nurse

    desk = nurse("desk")
    desk.roles = ["front-desk"]
    desk.save()
    _, _, secret = invited(actor=principal(desk))
    with pytest.raises(NotAllowed):
        invitations.take_on(secret, desk)


def test_an_invitation_of_staff_is_no_gift_to_another_account() -> None:
    from osler.identity import invitations
    from tests.identity.people import patient, signed_in

    made, link = invitations.invite(
        LOCAL, "nia@example.org", "Nia Roe", ["nurse"], lambda secret: f"http://localhost/{secret}"
    )
    secret = link.rpartition("/")[2]
    pat = patient("pat")
    with pytest.raises(Conflict):
        invitations.take_on(secret, pat)
    client = signed_in(pat)
    client.get(f"/account/invitation/{secret}/")
    assert client.post("/account/join/").status_code == 409
    made.refresh_from_db()
    assert made.accepted is None


def test_what_was_accepted_meanwhile_stays_accepted() -> None:
    from osler.identity import invitations
    from osler.identity.models import Account, Invitation

    made, link = invitations.invite(
        LOCAL, "nia@example.org", "Nia Roe", ["nurse"], lambda secret: f"http://localhost/{secret}"
    )
    stale = Invitation.objects.get(pk=made.pk)  # As another administrator's page has it.
    invitations.accept(link.rpartition("/")[2], "nia", "seven heron under umber")
    with pytest.raises(Conflict):
        invitations.again(LOCAL, stale, lambda secret: f"http://localhost/{secret}", "Elm")
    made.refresh_from_db()
    assert made.state == "accepted" and Account.objects.filter(kind="staff").count() == 1


def test_what_was_withdrawn_is_not_sent_again() -> None:
    from osler.identity import invitations
    from osler.identity.models import Mail

    made, _ = invitations.invite(LOCAL, "nia@example.org", "Nia Roe", ["nurse"], lambda s: f"/{s}")
    invitations.withdraw(LOCAL, made)
    sent = Mail.objects.count()
    with pytest.raises(Conflict):
        invitations.again(LOCAL, made, lambda secret: f"/{secret}", "Elm")
    assert Mail.objects.count() == sent


def test_a_password_and_an_old_session_add_no_factor_of_their_own() -> None:
    from allauth.mfa.models import Authenticator

    from osler.identity.models import Session
    from tests.identity.people import PASSWORD, browser, patient, session_of, signed_in, with_app

    account = patient("pat")
    thief = signed_in(account, browser())
    with_app(account)  # The owner adds an app; here without what that ends by itself.
    old = session_of(thief)
    assert thief.post("/account/confirm/", {"password": PASSWORD}).status_code == 302
    assert thief.post("/account/factors/codes/").status_code == 302
    assert thief.get("/account/factors/passkey/options/").status_code in {302, 401}
    assert Session.objects.get(pk=old.pk).ended is not None
    assert Authenticator.objects.filter(user=account).count() == 1


def test_adding_a_factor_ends_what_a_password_alone_had_opened() -> None:
    from osler.identity.models import Session
    from tests.identity.people import browser, code, patient, session_of, signed_in

    account = patient("pat")
    here, there = signed_in(account, browser()), signed_in(account, browser())
    old = session_of(there)
    page = here.get("/account/factors/app/").content.decode()
    found = re.search(r"(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}", page)
    assert found is not None
    here.post("/account/factors/app/", {"code": code(secret=found[0].replace(" ", ""))})
    assert here.get("/account/").status_code == 200
    assert Session.objects.get(pk=old.pk).ended is not None


def test_the_api_asks_for_the_factor_too() -> None:
    from osler.identity import sessions
    from osler.kit.errors import NotAuthenticated
    from tests.identity.people import browser, patient, signed_in, with_app

    account = patient("pat")
    client = signed_in(account, browser())
    environ = {"HTTP_COOKIE": f"osler-session={client.cookies['osler-session'].value}"}
    assert sessions.of_environ(environ).account == account
    with_app(account)
    with pytest.raises(NotAuthenticated):
        sessions.of_environ(environ)


def test_what_a_page_fetches_keeps_no_session_open() -> None:
    from datetime import timedelta

    from osler.identity.models import Session
    from osler.identity.principals import of_request
    from osler.kit import clock
    from tests.identity.people import browser, patient, session_of, signed_in

    client = signed_in(patient("pat"), browser())
    before = clock.now() - timedelta(minutes=5)
    cookie = {"HTTP_COOKIE": f"osler-session={client.cookies['osler-session'].value}"}
    for mode, used in (("cors", False), ("same-origin", False), ("navigate", True), (None, True)):
        Session.objects.update(last_seen=before)
        asked = {**cookie, "REQUEST_METHOD": "GET", "PATH_INFO": "/fhir/Patient"}
        of_request(asked if mode is None else {**asked, "HTTP_SEC_FETCH_MODE": mode})
        assert (session_of(client).last_seen > before) is used, mode


@pytest.mark.parametrize("path", ["/staff/people/?q=%00", "/staff/patients/?x=%00"])
def test_bytes_that_no_database_takes(path: str) -> None:
    from tests.identity.test_people_pages import staff

    assert staff("practice-admin").get(path).status_code in {200, 400}


def test_an_odd_link_changes_nothing() -> None:
    from osler.identity import people
    from tests.identity.people import nurse
    from tests.identity.test_people_pages import staff

    ana = nurse("ana")
    client = staff("practice-admin", "eve")
    answer = client.post(
        f"/staff/people/{ana.pk}/link/", {"person": "Practitioner/\0"}, follow=True
    )
    assert answer.status_code == 200 and b"no reference" in answer.content
    answer = client.post(f"/staff/people/{ana.pk}/disable/", {"why": "left\0\nus"}, follow=True)
    assert answer.status_code == 200 and not people.found("ana").is_active


def test_a_factor_that_a_provider_saw_is_not_for_the_next_who_signs_in() -> None:
    from osler.identity.hooks import MULTI
    from tests.identity.people import browser, enter, patient, session_of

    client = browser()
    client.get("/account/login/")
    session = client.session
    session[MULTI] = True  # Somebody came from the provider, and did not get in.
    session.save()
    client.cookies["osler-session"] = str(session.session_key)
    patient("pat")
    enter(client, "pat")
    assert session_of(client).account is not None
    assert session_of(client).multi is False
