"""Signing in and out: what it takes, what it answers, what it tells, and where it leads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from osler.identity.events import Event
from tests.identity.people import (
    browser,
    code,
    enter,
    errors,
    nurse,
    patient,
    session_of,
    signed_in,
    with_app,
)

pytestmark = pytest.mark.usefixtures("pages")


def test_a_patient_signs_in_by_password() -> None:
    account = patient()
    client = browser()
    answer = enter(client, "Pat ")
    assert (answer.status_code, answer["Location"]) == (302, "/")
    row = session_of(client)
    assert (row.account_id, row.method, row.multi) == (account.pk, "password", False)
    assert b"Hello, Pat" in client.get("/").content


def test_an_address_for_mail_is_a_name_where_one_account_has_it() -> None:
    patient()
    assert enter(browser(), "PAT@example.org").status_code == 302
    patient("twin")
    from osler.identity.models import Account

    Account.objects.filter(username="twin").update(email="pat@example.org")
    assert "wrong" in errors(enter(browser(), "pat@example.org"))


def test_wrong_and_unknown_are_answered_alike() -> None:
    patient()
    answers = [enter(browser(), "pat", "not this one"), enter(browser(), "nobody", "not this one")]
    said = {(answer.status_code, errors(answer)) for answer in answers}
    assert said == {(200, "The login name or the password is wrong.")}


def test_who_is_disabled_is_answered_as_unknown() -> None:
    patient(is_active=False)
    assert errors(enter(browser(), "pat")) == "The login name or the password is wrong."


def test_a_program_does_not_sign_in_by_password() -> None:
    from osler.identity.models import Account

    account = patient("robot")
    Account.objects.filter(pk=account.pk).update(kind="service")
    assert "wrong" in errors(enter(browser(), "robot"))


def test_staff_with_an_app_are_asked_for_its_code() -> None:
    account = with_app(nurse())
    client = browser()
    assert enter(client, "ana")["Location"] == "/account/login/second/"
    assert client.get("/")["Location"].startswith("/account/login/")
    answer = client.post("/account/login/second/", {"code": code()})
    assert answer["Location"] == "/"
    row = session_of(client)
    assert (row.account_id, row.method, row.multi) == (account.pk, "password+totp", True)


def test_a_code_is_good_once() -> None:
    with_app(nurse())
    used = code()
    signed = browser()
    enter(signed, "ana")
    assert signed.post("/account/login/second/", {"code": used}).status_code == 302
    again = browser()
    enter(again, "ana")
    assert "used before" in errors(again.post("/account/login/second/", {"code": used}))


@pytest.mark.parametrize("ahead", [-1, 0, 1])
def test_clocks_may_differ_by_half_a_minute(ahead: int) -> None:
    with_app(nurse())
    client = browser()
    enter(client, "ana")
    assert client.post("/account/login/second/", {"code": code(ahead)}).status_code == 302


@pytest.mark.parametrize("ahead", [-3, 3])
def test_codes_of_other_times_are_refused(ahead: int) -> None:
    with_app(nurse())
    client = browser()
    enter(client, "ana")
    assert "wrong" in errors(client.post("/account/login/second/", {"code": code(ahead)}))


def test_the_second_step_needs_the_first() -> None:
    with_app(nurse())
    answer = browser().post("/account/login/second/", {"code": code()})
    assert answer["Location"] == "/account/login/"


def test_a_recovery_code_stands_in_once() -> None:
    from osler.identity import recovery

    account = with_app(nurse())
    given = recovery.renew(account)[3]
    client = browser()
    enter(client, "ana")
    assert client.post("/account/login/second/", {"code": given.upper()}).status_code == 302
    assert session_of(client).method == "password+recovery code"
    again = browser()
    enter(again, "ana")
    assert "wrong" in errors(again.post("/account/login/second/", {"code": given}))
    assert recovery.left(account) == 9


def test_recovery_codes_are_not_in_the_database() -> None:
    from allauth.mfa.models import Authenticator

    from osler.identity import recovery

    account = with_app(nurse())
    codes = recovery.renew(account)
    stored = str([row.data for row in Authenticator.objects.all()])
    assert not [each for each in codes if each in stored or each.replace("-", "") in stored]


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/staff/", "/staff/"),
        ("/a?b=c#d", "/a?b=c#d"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("///evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("/account/logout/", "/"),
        ("http:evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("http://localhost/x", "/"),
    ],
)
def test_signing_in_leads_inside_only(wanted: str, leads: str) -> None:
    patient()
    answer = enter(browser(), "pat", next=wanted)
    assert answer["Location"] == leads


def test_next_outlives_the_second_factor() -> None:
    with_app(nurse())
    client = browser()
    enter(client, "ana", next="/staff/")
    answer = client.post("/account/login/second/", {"code": code()})
    assert answer["Location"] == "/staff/"


def test_signing_in_needs_the_token_of_the_form() -> None:
    patient()
    client = browser(enforce_csrf_checks=True)
    assert enter(client, "pat").status_code == 403


def test_signing_out_is_a_post_with_a_token() -> None:
    account = patient()
    client = signed_in(account, browser())
    assert client.get("/account/logout/").status_code == 405
    strict = browser(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/account/logout/").status_code == 403
    assert client.post("/account/logout/").status_code == 302
    assert client.get("/")["Location"].startswith("/account/login/")


def test_pages_are_not_kept_by_browsers() -> None:
    client = signed_in(patient())
    for path in ("/", "/account/", "/account/sessions/", "/account/login/"):
        assert client.get(path)["Cache-Control"] == "no-store", path


def test_no_page_has_script_or_style_in_it() -> None:
    client = signed_in(with_app(nurse()))
    for path in ("/account/", "/account/sessions/", "/account/factors/", "/account/password/"):
        text = client.get(path).content.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert " onclick" not in text
        assert "<script>" not in text


def test_what_happens_is_told(told: list[Event]) -> None:
    account = with_app(nurse())
    client = browser(REMOTE_ADDR="10.1.2.3")
    enter(client, "ana", "wrong wrong wrong")
    enter(client, "ana")
    client.post("/account/login/second/", {"code": "000000"})
    client.post("/account/login/second/", {"code": code()})
    client.post("/account/logout/")
    heard = [(event.action, event.outcome, event.detail) for event in told]
    assert heard == [
        ("login-failed", "failure", "password"),
        ("login-failed", "failure", "code"),
        ("login", "success", "password+totp"),
        ("logout", "success", None),
    ]
    assert {event.subject for event in told} == {str(account.pk)}
    assert told[2].principal.id == str(account.pk)
    assert told[2].principal.origin.address == "10.1.2.3"
    assert told[0].principal.id == "anonymous"


def test_neither_passwords_nor_unknown_names_are_told(told: list[Event]) -> None:
    enter(browser(), "my secret typed as a name", "hunter2hunter2")
    assert "hunter2" not in str(told)
    assert "secret" not in str(told)
    assert told[0].action == "login-failed"


def test_without_the_audit_nobody_signs_in(told: list[Event]) -> None:
    from osler.identity import events

    def broken(_: Event) -> None:
        raise OSError("the audit is away")

    patient()
    client = browser(raise_request_exception=False)
    events.subscribe(broken)
    try:
        assert enter(client, "pat").status_code == 500
    finally:
        events._listeners.remove(broken)
    assert client.get("/").status_code == 302


def test_unknown_names_take_as_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: every attempt hashes exactly once."""
    from osler.identity import passwords

    made: list[str] = []
    for name in ("encode", "verify"):
        plain: Callable[..., Any] = getattr(passwords.Hasher, name)

        def counted(self: Any, *args: Any, plain: Any = plain, name: str = name) -> Any:
            made.append(name)
            return plain(self, *args)

        monkeypatch.setattr(passwords.Hasher, name, counted)
    from osler.identity import signin
    from osler.identity.models import Account

    known = patient()
    counts = []
    unusable = patient("sso")
    unusable.set_unusable_password()
    unusable.save()
    for account in (known, None, unusable):
        made.clear()
        assert not signin._fits(account, "not this one")
        counts.append(len(made))
    assert counts == [1, 1, 1]
    assert Account.objects.count() == 2


def test_a_form_of_another_site_is_answered_with_a_page() -> None:
    answer = enter(browser(enforce_csrf_checks=True), patient().username)
    assert answer.status_code == 403
    assert "Nothing was done" in answer.content.decode()
    assert "<style" not in answer.content.decode()


def _credential(**response: str) -> str:
    about = {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "clientExtensionResults": {}}
    return json.dumps(about | {"response": {"signature": "", **response}})


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "null",
        "[]",
        "{}",
        "not json",
        '{"response": null}',
        '{"response": {"userHandle": 7}}',
        '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}',
        _credential(userHandle="AAAA", clientDataJSON="e30", authenticatorData="AAAA"),
        _credential(userHandle="A" * 43, clientDataJSON="e30", authenticatorData="A" * 200),
        "[" * 9000,
        "x" * 30_000,
    ],
)
def test_what_is_no_passkey_is_refused(credential: str) -> None:
    client = browser()
    client.get("/account/login/passkey/options/")
    answer = client.post("/account/login/passkey/", {"credential": credential})
    assert answer.status_code == 200
    assert "does not open this account" in errors(answer)
