"""Sessions: secret at rest, new at sign-in, of bounded life, ended by whoever may and whatever must."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from osler.identity.events import Event
from osler.kit.errors import NotAuthenticated
from tests.identity.people import (
    PASSWORD,
    browser,
    code,
    enter,
    nurse,
    patient,
    session_of,
    signed_in,
    with_app,
)

pytestmark = pytest.mark.usefixtures("pages")
Later = Callable[..., AbstractContextManager[None]]


def _is_in(client: Any) -> bool:
    return bool(client.get("/account/").status_code == 200)


def _environ(client: Any) -> dict[str, Any]:
    value = client.cookies["osler-session"].value
    return {"HTTP_COOKIE": f"osler-session={value}"}


def test_the_cookie_is_not_in_the_database() -> None:
    from django.db import connection

    client = signed_in(patient())
    value = client.cookies["osler-session"].value
    with connection.cursor() as cursor:
        cursor.execute("SELECT s::text FROM identity_session s")
        rows = str(cursor.fetchall())
    assert value not in rows
    assert value.encode().hex() not in rows


def test_what_a_session_holds_is_encrypted() -> None:
    client = signed_in(patient())
    row = session_of(client)
    assert bytes(row.data)
    assert b"_auth_user" not in bytes(row.data)


def test_a_session_altered_in_the_database_is_nobodys() -> None:
    client = signed_in(patient())
    other = signed_in(patient("max"))
    row, theirs = session_of(client), session_of(other)
    row.data = theirs.data  # Somebody else's data under my cookie.
    row.save()
    assert not _is_in(client)


def test_signing_in_changes_the_cookie() -> None:
    patient()
    client = browser()
    client.get("/account/login/passkey/options/")
    planted = client.cookies["osler-session"].value
    enter(client, "pat")
    assert client.cookies["osler-session"].value != planted
    thief = browser()
    thief.cookies["osler-session"] = planted
    assert not _is_in(thief)


def test_a_planted_session_gains_nothing_from_the_second_factor() -> None:
    with_app(nurse())
    client = browser()
    enter(client, "ana")
    half = client.cookies["osler-session"].value
    client.post("/account/login/second/", {"code": code()})
    assert client.cookies["osler-session"].value != half
    thief = browser()
    thief.cookies["osler-session"] = half
    assert not _is_in(thief)


def test_cookies_are_for_this_host_and_no_script() -> None:
    client = browser()
    answer = enter(client, patient().username)
    for name in ("osler-session", "osler-device"):
        cookie = answer.cookies[name]
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["path"] == "/", name
        assert not cookie["domain"], name


def test_over_https_cookies_are_bound_to_the_host() -> None:
    import subprocess
    import sys
    from pathlib import Path

    program = """
from osler.kit.settings import Settings
from osler.main.site import STATE
STATE.settings = Settings(base_url="https://ehr.example.org/fhir", secret_key="k" * 40)
from osler.main.site import settings as s
print(s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_NAME, s.CSRF_COOKIE_SECURE)
"""
    root = Path(__file__).parents[2]
    said = subprocess.run(
        [sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True
    ).stdout
    assert said.split() == ["__Host-osler-session", "True", "__Host-osler-csrf", "True"]


def test_nobody_stays_longer_than_twelve_hours(later: Later) -> None:
    client = signed_in(patient())
    for hours in range(1, 12):
        with later(hours=hours):
            from osler.identity.models import Session
            from osler.kit import clock

            Session.objects.update(last_seen=clock.now())
            assert _is_in(client), hours
    with later(hours=12, seconds=1):
        assert not _is_in(client)


def test_signing_out_everywhere_ends_all() -> None:
    account = patient()
    here, there = signed_in(account), signed_in(account)
    answer = here.post("/account/sessions/end/")
    assert answer["Location"] == "/account/login/?out=1"
    assert (_is_in(here), _is_in(there)) == (False, False)


def test_signing_out_everywhere_else_keeps_this_one() -> None:
    account = patient()
    here, there, other = signed_in(account), signed_in(account), signed_in(patient("max"))
    here.post("/account/sessions/end/", {"keep": "1"})
    assert (_is_in(here), _is_in(there), _is_in(other)) == (True, False, True)


def test_one_session_is_ended_from_the_list() -> None:
    account = patient()
    here, there = signed_in(account), signed_in(account)
    page = here.get("/account/sessions/").content.decode()
    assert page.count("/end/") == 4  # Two sessions, everywhere, everywhere else.
    assert "Firefox on Linux" in page
    assert "127.0.0.1" in page
    here.post(f"/account/sessions/{session_of(there).pk}/end/")
    assert (_is_in(here), _is_in(there)) == (True, False)
    assert "signed out from elsewhere" in here.get("/account/sessions/").content.decode()


def test_nobody_ends_the_session_of_another() -> None:
    mine, theirs = signed_in(patient()), signed_in(patient("max"))
    assert mine.post(f"/account/sessions/{session_of(theirs).pk}/end/").status_code == 404
    assert _is_in(theirs)


@pytest.mark.parametrize(
    "change",
    [
        {"is_active": False},
        {"roles": ["patient", "privacy-officer"]},
        {"patient": "p1"},
        {"person": "Patient/p1"},
    ],
    ids=str,
)
def test_a_change_of_the_account_ends_its_sessions(change: dict[str, Any]) -> None:
    from osler.identity.models import Account

    account = patient()
    client, other = signed_in(account), signed_in(patient("max"))
    same = Account.objects.get(pk=account.pk)
    for name, value in change.items():
        setattr(same, name, value)
    same.save()
    assert (_is_in(client), _is_in(other)) == (False, True)
    with pytest.raises(NotAuthenticated):
        _of_environ(client)


def test_a_change_of_the_name_ends_nothing() -> None:
    account = patient()
    client = signed_in(account)
    account.name = "Pat the Second"
    account.save()
    assert _is_in(client)


def test_changing_the_password_ends_the_other_sessions(told: list[Event]) -> None:
    account = patient()
    here, there = signed_in(account), signed_in(account)
    before = here.cookies["osler-session"].value
    fresh = "quite another set of words"
    answer = here.post("/account/password/", {"password": PASSWORD, "new_password": fresh})
    assert answer.status_code == 302
    assert (_is_in(here), _is_in(there)) == (True, False)
    assert here.cookies["osler-session"].value != before
    assert "password-change" in [event.action for event in told]
    assert enter(browser(), "pat").status_code == 200
    assert enter(browser(), "pat", fresh).status_code == 302


def _of_environ(client: Any) -> Any:
    from osler.identity import sessions

    return sessions.of_environ(_environ(client))


def test_the_api_knows_the_session() -> None:
    account = with_app(nurse())
    client = signed_in(account)
    row = _of_environ(client)
    assert row.pk == session_of(client).pk
    assert row.account == account


def test_the_api_asks_for_the_second_factor_too() -> None:
    client = browser()
    enter(client, nurse().username)
    with pytest.raises(NotAuthenticated, match="second factor"):
        _of_environ(client)


def test_the_api_refuses_a_locked_session(later: Later) -> None:
    client = signed_in(with_app(nurse()))
    with later(minutes=16), pytest.raises(NotAuthenticated, match="locked"):
        _of_environ(client)
    with pytest.raises(NotAuthenticated, match="locked"):
        _of_environ(client)


@pytest.mark.parametrize("cookie", ["", "osler-session=", "osler-session=" + "x" * 32, "a;b=;;="])
def test_the_api_refuses_what_is_no_session(cookie: str) -> None:
    from osler.identity import sessions

    with pytest.raises(NotAuthenticated):
        sessions.of_environ({"HTTP_COOKIE": cookie})


def test_a_new_browser_is_told_of_and_a_known_one_is_not(told: list[Event]) -> None:
    from osler.identity.models import Mail

    account = patient()
    home = signed_in(account)
    assert Mail.objects.count() == 0  # The first ever is how the account began.
    home.post("/account/logout/")
    signed_in(account, home)
    assert Mail.objects.count() == 0
    new = signed_in(account)
    mail = Mail.objects.get()
    assert (mail.recipient, mail.subject) == ("pat@example.org", "A sign-in from a new browser")
    assert "Firefox on Linux" in mail.body
    assert [event.action for event in told].count("device-new") == 1
    assert "Were they yours?" in new.get("/account/").content.decode()
    assert ">new</span>" in new.get("/account/sessions/").content.decode()


def test_a_browser_cookie_that_we_did_not_sign_is_new() -> None:
    from osler.identity.models import Device

    account = patient()
    signed_in(account)
    forged = browser()
    forged.cookies["osler-device"] = "made-up:signature"
    signed_in(account, forged)
    assert Device.objects.filter(account=account).count() == 2


def test_forgetting_a_browser_ends_its_sessions() -> None:
    from osler.identity.models import Device, Mail

    account = patient()
    here, there = signed_in(account), signed_in(account)
    device = session_of(there).device
    assert device is not None
    here.post(f"/account/browsers/{device.pk}/forget/")
    assert (_is_in(here), _is_in(there)) == (True, False)
    Mail.objects.all().delete()
    signed_in(account, there)
    assert Mail.objects.count() == 1
    assert Device.objects.filter(account=account, forgotten=None).count() == 2


def test_a_second_account_in_the_same_browser_leaves_the_first_signed_out() -> None:
    client = signed_in(patient())
    first = session_of(client)
    client.post("/account/logout/")
    signed_in(patient("max"), client)
    first.refresh_from_db()
    assert first.ended_why == "signed out"
    assert session_of(client).account_id != first.account_id


def test_rows_nobody_will_ask_for_are_cleared(later: Later) -> None:
    from osler.identity.models import Session
    from osler.identity.sessions import SessionStore

    browser().get("/account/login/passkey/options/")
    signed_in(patient())
    with later(days=100):
        SessionStore.clear_expired()
    assert Session.objects.count() == 0
