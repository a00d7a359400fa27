"""The lock over an unused session: when it falls, what it answers, what it keeps, how it opens."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from osler.identity.events import Event
from tests.identity.people import (
    PASSWORD,
    browser,
    code,
    enter,
    errors,
    nurse,
    patient,
    session_of,
    signed_in,
    use_soon,
    with_app,
)

pytestmark = pytest.mark.usefixtures("pages")
Later = Callable[..., AbstractContextManager[None]]
JSON = {"HTTP_ACCEPT": "application/json"}
FETCH = {"HTTP_SEC_FETCH_MODE": "cors"}


def _state(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/account/session/", **JSON).json()
    return found


def _unlock(client: Any, **fields: str) -> Any:
    return client.post("/account/unlock/", fields or {"password": PASSWORD}, **JSON)


@pytest.fixture
def client() -> Any:
    return signed_in(with_app(nurse()))


def test_it_falls_after_a_quarter_of_an_hour(client: Any, later: Later) -> None:
    with later(minutes=14):
        assert _state(client)["state"] == "open"
    with later(minutes=15, seconds=1):
        assert _state(client)["state"] == "locked"
    assert client.get("/account/").status_code == 423  # It does not open by itself.


def test_pages_hold_it_open(client: Any, later: Later) -> None:
    for minutes in (10, 20, 30):
        with later(minutes=minutes):
            assert client.get("/account/").status_code == 200


def test_asking_how_it_stands_does_not(client: Any, later: Later) -> None:
    for minutes in (5, 10, 14):
        with later(minutes=minutes):
            assert _state(client)["state"] == "open"
            client.get("/account/", **FETCH)
    with later(minutes=16):
        assert _state(client)["state"] == "locked"


def test_somebody_at_the_keyboard_does(client: Any, later: Later) -> None:
    for minutes in (14, 28):
        with later(minutes=minutes):
            assert client.post("/account/session/", **JSON).json()["state"] == "open"
    with later(minutes=40):
        assert _state(client)["state"] == "open"


def test_the_keyboard_does_not_open_a_locked_one(client: Any, later: Later) -> None:
    with later(minutes=16):
        assert client.post("/account/session/", **JSON).json()["state"] == "locked"


def test_a_locked_session_shows_nothing(client: Any) -> None:
    client.post("/account/lock/")
    for path in ("/", "/account/", "/account/sessions/", "/account/factors/", "/staff/"):
        answer = client.get(path)
        assert answer.status_code in {404, 423}, path
    page = client.get("/account/").content.decode()
    assert "Unlock" in page
    assert "ana@example.org" not in page


def test_scripts_are_told_so(client: Any) -> None:
    client.post("/account/lock/")
    for hint in (JSON, FETCH, {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest"}):
        answer = client.get("/account/", **hint)
        assert (answer.status_code, answer.json()["code"]) == (423, "locked")


def test_the_password_opens_it_at_the_same_page(client: Any) -> None:
    cookie = client.cookies["osler-session"].value
    client.post("/account/lock/")
    page = client.get("/account/sessions/")
    assert 'name="next" value="/account/sessions/"' in page.content.decode()
    answer = client.post("/account/unlock/", {"password": PASSWORD, "next": "/account/sessions/"})
    assert answer["Location"] == "/account/sessions/"
    assert client.get("/account/sessions/").status_code == 200
    assert client.cookies["osler-session"].value == cookie


def test_the_code_of_the_app_opens_it(client: Any) -> None:
    from osler.identity.models import Account

    client.post("/account/lock/")
    use_soon(Account.objects.get())
    assert _unlock(client, code=code()).json()["state"] == "open"


def test_a_wrong_password_does_not(client: Any) -> None:
    client.post("/account/lock/")
    answer = _unlock(client, password="not this one")
    assert (answer.status_code, answer.json()["error"]) == (403, "The password is wrong.")
    assert "wrong" in errors(client.post("/account/unlock/", {"password": "x"}))
    assert _state(client)["state"] == "locked"


def test_guessing_at_it_costs_waits(client: Any) -> None:
    client.post("/account/lock/")
    tries = [_unlock(client, password="no").status_code for _ in range(6)]
    assert tries == [403] * 5 + [429]
    assert _unlock(client).status_code == 429


def test_the_password_of_another_does_not(client: Any) -> None:
    patient("max").set_password("another password of max")
    client.post("/account/lock/")
    assert _unlock(client, password="another password of max").status_code == 403


def test_a_form_sent_into_the_lock_is_kept(client: Any) -> None:
    client.post("/account/lock/")
    text = "<b>Ünïcode & “quotes”</b>\nsecond line"
    sent = {"note": text, "new_password": "never kept", "list": ["a", "b"]}
    answer = client.post("/account/password/?x=1", sent)
    page = answer.content.decode()
    assert answer.status_code == 423
    assert "is kept" in page
    assert "second line" not in page  # The lock shows nothing of it.
    opened = client.post("/account/unlock/", {"password": PASSWORD, "next": "/account/resume/"})
    offered = client.get(opened["Location"]).content.decode()
    assert 'action="/account/password/?x=1"' in offered
    assert "&lt;b&gt;Ünïcode &amp; “quotes”&lt;/b&gt;\nsecond line</textarea>" in offered
    assert offered.count('name="list"') == 2
    assert "never kept" not in offered
    assert client.get("/account/resume/").status_code == 302  # Once.


def test_a_kept_form_is_not_readable_in_the_database(client: Any) -> None:
    client.post("/account/lock/")
    client.post("/account/password/", {"note": "chest pain since Tuesday"})
    assert b"Tuesday" not in bytes(session_of(client).data)


def test_a_form_without_a_token_is_not_kept() -> None:
    account = with_app(nurse())
    done = signed_in(account)
    done.post("/account/lock/")
    strict = browser(enforce_csrf_checks=True)
    strict.cookies = done.cookies
    assert strict.post("/account/password/", {"note": "forged"}).status_code == 403
    assert strict.post("/account/unlock/", {"password": PASSWORD}).status_code == 403


def test_the_token_of_a_page_is_good_after_the_lock() -> None:
    account = with_app(nurse())
    strict = browser(enforce_csrf_checks=True)
    strict.cookies = signed_in(account).cookies
    page = strict.get("/account/password/").content.decode()
    found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page)
    assert found
    token = {"csrfmiddlewaretoken": found[1]}
    assert strict.post("/account/lock/", token).status_code == 302
    assert strict.post("/account/unlock/", token | {"password": PASSWORD}).status_code == 302
    assert strict.post("/account/password/", token | {"password": PASSWORD}).status_code == 200


def test_lock_and_unlock_are_told(told: list[Event], later: Later) -> None:
    client = signed_in(with_app(nurse()))
    client.post("/account/lock/")
    _unlock(client, password="no")
    _unlock(client)
    with later(minutes=16):
        client.get("/account/")
        client.get("/account/")
    heard = [(event.action, event.detail) for event in told[1:]]
    assert heard == [
        ("lock", "by hand"),
        ("unlock-failed", "password"),
        ("unlock", "password"),
        ("lock", "idle"),
    ]
    assert {event.principal.session for event in told if event.action == "lock"} == {
        str(session_of(client).pk)
    }


def test_a_locked_session_can_be_left(client: Any) -> None:
    client.post("/account/lock/")
    assert client.post("/account/logout/").status_code == 302
    assert _state(client)["state"] == "ended"


def test_a_locked_session_ends_all_the_same(client: Any, later: Later) -> None:
    client.post("/account/lock/")
    with later(hours=13):
        assert _state(client)["state"] == "ended"
        assert _unlock(client).status_code == 302  # To the sign-in.


def test_the_lock_leads_inside_only(client: Any) -> None:
    client.post("/account/lock/")
    away = {"password": PASSWORD, "next": "https://evil.example/"}
    assert client.post("/account/unlock/", away)["Location"] == "/"


def test_roles_say_after_how_long(later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from osler.identity import rights

    roles = dict(rights.roles())
    roles["patient"] = replace(roles["patient"], idle_minutes=2)
    monkeypatch.setattr(rights, "roles", lambda: roles)
    client = browser()
    enter(client, patient().username)
    with later(minutes=1):
        assert _state(client)["state"] == "open"
    with later(minutes=3):
        assert _state(client)["state"] == "locked"
