"""Second factors: who must have one, how they are added, lost and taken away."""

from __future__ import annotations

import re
from typing import Any

import pytest

from osler.access import Principal
from osler.identity.events import Event
from tests.identity.people import browser, enter, errors, nurse, patient, signed_in, with_app

pytestmark = pytest.mark.usefixtures("pages")


@pytest.fixture
def new() -> Any:
    """Staff who has signed in with a password alone."""
    client = browser()
    enter(client, nurse().username)
    return client


def _add_app(client: Any) -> Any:
    from osler.identity import totp

    page = client.get("/account/factors/app/").content.decode()
    found = re.search(r'<code class="code">([A-Z2-7 ]+)</code>', page)
    assert found
    assert 'src="data:image/svg+xml;base64,' in page
    secret = found[1].replace(" ", "")
    sent = {"code": totp.code_at(secret, totp.period()), "next": "/staff/"}
    return client.post("/account/factors/app/", sent)


def test_without_one_staff_can_do_nothing_but_add_one(new: Any) -> None:
    for path in ("/", "/account/", "/account/sessions/", "/account/password/"):
        answer = new.get(path)
        assert answer.status_code == 302, path
        assert answer["Location"].startswith("/account/factors/?next="), path
    assert new.get("/account/", HTTP_ACCEPT="application/json").json()["code"] == "second-factor"
    assert "Your role needs more" in new.get("/account/factors/").content.decode()


def test_an_app_is_added_and_codes_are_shown_once(new: Any) -> None:
    answer = _add_app(new)
    page = answer.content.decode()
    codes = re.findall(r"<li><code>([a-z0-9-]{14})</code></li>", page)
    assert len(set(codes)) == 10
    assert 'href="/staff/"' in page
    assert new.get("/account/").status_code == 200
    assert codes[0] not in new.get("/account/factors/").content.decode()
    assert "10 unused codes" in new.get("/account/factors/").content.decode()


def test_the_cookie_changes_with_the_factor(new: Any) -> None:
    before = new.cookies["osler-session"].value
    _add_app(new)
    assert new.cookies["osler-session"].value != before


def test_a_wrong_code_adds_nothing(new: Any) -> None:
    new.get("/account/factors/app/")
    answer = new.post("/account/factors/app/", {"code": "000000"})
    assert "not the code of now" in errors(answer)
    assert new.get("/account/").status_code == 302


def test_the_secret_is_not_readable_in_the_database(new: Any) -> None:
    from allauth.mfa.models import Authenticator

    from osler.identity.sealing import unseal_text

    _add_app(new)
    row = Authenticator.objects.get(type="totp")
    secret = unseal_text(row.data["secret"])
    assert len(secret) == 32
    assert secret not in str(row.data)


def test_patients_may_but_need_not() -> None:
    client = signed_in(patient())
    assert client.get("/account/").status_code == 200
    assert _add_app(client).status_code == 200
    again = browser()
    assert enter(again, "pat")["Location"] == "/account/login/second/"


def test_who_has_one_elsewhere_must_use_it_here() -> None:
    """A session of before, signed in by password alone, is asked too."""
    account = patient()
    here, there = signed_in(account), signed_in(account)
    _add_app(here)
    assert there.get("/account/")["Location"].startswith("/account/login/")


def test_the_last_one_stays_where_a_role_needs_it() -> None:
    from allauth.mfa.models import Authenticator

    client = signed_in(with_app(nurse()))
    number = Authenticator.objects.get(type="totp").pk
    answer = client.post(f"/account/factors/{number}/remove/")
    assert "your role needs one" in answer.content.decode()
    assert Authenticator.objects.filter(pk=number).exists()


def test_a_patient_may_take_theirs_away() -> None:
    from allauth.mfa.models import Authenticator

    client = signed_in(with_app(patient()))
    number = Authenticator.objects.get(type="totp").pk
    assert client.post(f"/account/factors/{number}/remove/").status_code == 302
    assert Authenticator.objects.count() == 0


def test_nobody_takes_away_that_of_another() -> None:
    from allauth.mfa.models import Authenticator

    account = with_app(patient())
    number = Authenticator.objects.get(user=account).pk
    client = signed_in(patient("max"))
    assert client.post(f"/account/factors/{number}/remove/").status_code == 404


def test_fresh_codes_void_the_old_ones() -> None:
    from osler.identity import recovery

    account = with_app(nurse())
    old = recovery.renew(account)
    client = signed_in(account)
    assert client.get("/account/factors/codes/").status_code == 405
    page = client.post("/account/factors/codes/").content.decode()
    assert len(re.findall(r"<li><code>", page)) == 10
    assert recovery.use(account, old[0]) is None


def test_an_administrator_resets_what_is_lost(told: list[Event]) -> None:
    from osler.identity import mfa

    account = with_app(nurse())
    client = signed_in(account)
    boss = Principal(id="boss", name="Boss")
    assert mfa.reset(account, boss) == 1
    assert (told[-1].action, told[-1].principal, told[-1].subject) == (
        "mfa-reset",
        boss,
        str(account.pk),
    )
    assert client.get("/account/").status_code == 302  # Signed out.
    again = browser()
    enter(again, "ana")
    assert again.get("/account/")["Location"].startswith("/account/factors/")


def test_changes_are_told(told: list[Event], new: Any) -> None:
    from osler.identity.models import Mail

    _add_app(new)
    assert ("mfa-added", "totp") in [(event.action, event.detail) for event in told]
    assert "authenticator app was added" in Mail.objects.latest("id").body


def test_codes_of_the_standard() -> None:
    """The vectors of RFC 6238, appendix B, of six digits."""
    import base64

    from osler.identity import totp

    secret = base64.b32encode(b"12345678901234567890").decode()
    vectors = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: totp.code_at(secret, at // 30) for at in vectors} == vectors
