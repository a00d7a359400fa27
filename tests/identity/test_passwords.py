"""What a password must be; how it is kept; how a forgotten one is replaced."""

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
    enter,
    errors,
    nurse,
    patient,
    signed_in,
    with_app,
)

pytestmark = pytest.mark.usefixtures("pages")
Later = Callable[..., AbstractContextManager[None]]
FRESH = "lantern marsh eleven cobalt"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("elevenchars", "at least 12"),
        ("passwordpassword", "guessed|name of this software"),
        ("Password1234!", "first|guessed|software"),
        ("aaaaaaaaaaaaaaaa", "guessed"),
        ("1234567890123456", "guessed|first"),
        ("qwertyuiopasdfgh", "guessed|first"),
        ("Ana Lindqvist 1", "mostly"),
        ("osler-osler-ana-99", "mostly"),
        ("lindqvist.ana.2024", "mostly"),
        ("x" * 1001, "at most 1000"),
    ],
)
def test_refused(password: str, why: str) -> None:
    from osler.identity import passwords

    account = nurse(shown="Ana Lindqvist")
    found = passwords.problems(password, account)
    assert len(found) == 1
    assert re.search(why, found[0]), found


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "correct mule battery clip",
        "пальто над рекой шумит",
        "薬局の前で猫が三匹寝ている",
        "🦉🍐🚲🌵🎻🪁🧭🪵🦔🫐🥨🪞",
        "wqzvkjxhbnmpt",
        "only lower case letters here and nothing else",
    ],
)
def test_taken(password: str) -> None:
    from osler.identity import passwords

    assert passwords.problems(password, nurse(shown="Ana Lindqvist")) == []


def test_without_a_second_factor_it_must_be_longer() -> None:
    from osler.identity import passwords

    account = patient()
    assert passwords.shortest(account) == 15
    assert passwords.problems("wqzvkjxhbnmpt", account)
    with_app(account)
    assert passwords.shortest(account) == 12


def test_djangos_own_check_is_ours() -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        validate_password("passwordpassword", nurse())


def test_it_is_kept_as_argon2id() -> None:
    account = patient()
    assert account.password.startswith("argon2$argon2id$")


def test_the_shipped_costs_are_those_of_the_standard() -> None:
    import importlib.util

    from osler.identity import passwords

    spec = importlib.util.find_spec("osler.identity.passwords")
    assert spec and spec.loader
    source = spec.loader.get_source("osler.identity.passwords")  # type: ignore[attr-defined]
    assert "memory_cost = 65_536" in source
    assert issubclass(passwords.Hasher, object)


def test_however_a_keyboard_composes_letters() -> None:
    account = patient()
    account.set_password("cafe\u0301 im Grünen am Wasser")
    account.save()
    assert enter(browser(), "pat", "caf\u00e9 im Grünen am Wasser").status_code == 302


def test_spaces_at_the_ends_count() -> None:
    account = patient()
    account.set_password(" spaces at both ends of it ")
    account.save()
    assert enter(browser(), "pat", "spaces at both ends of it").status_code == 200
    assert enter(browser(), "pat", " spaces at both ends of it ").status_code == 302


def test_fields_take_what_is_pasted_and_tell_managers_what_they_are() -> None:
    page = browser().get("/account/login/").content.decode()
    assert 'autocomplete="current-password"' in page
    assert 'autocomplete="username"' in page
    assert "onpaste" not in page


def test_a_change_needs_the_present_password() -> None:
    client = signed_in(patient())
    wrong = client.post("/account/password/", {"password": "no", "new_password": FRESH})
    assert errors(wrong) == "The password is wrong."
    weak = client.post("/account/password/", {"password": PASSWORD, "new_password": "short"})
    assert "at least 15" in errors(weak)
    assert enter(browser(), "pat").status_code == 302


def _ask(name: str = "pat") -> str | None:
    """The link of the mail, where one was sent."""
    from osler.identity.models import Mail

    Mail.objects.all().delete()
    answer = browser().post("/account/password/forgotten/", {"login": name})
    assert answer.status_code == 200
    assert "If there is such an account" in answer.content.decode()
    mail = Mail.objects.first()
    found = re.search(r"http://localhost(/\S+)", mail.body) if mail else None
    return found[1] if found else None


def _open(link: str) -> Any:
    client = browser()
    answer = client.get(link)
    assert answer["Location"] == "/account/password/set/"  # The secret leaves the address.
    return client


def _choose(client: Any, password: str = FRESH) -> Any:
    return client.post("/account/password/set/", {"new_password": password})


def test_a_link_lets_choose_a_new_one_once(told: list[Event]) -> None:
    account = patient()
    there = signed_in(account)
    link = _ask()
    assert link
    first, second = _open(link), _open(link)
    assert "pat" in first.get("/account/password/set/").content.decode()
    assert _choose(first)["Location"] == "/account/login/"
    assert _choose(second, "and yet another one here").status_code == 410
    assert _open(link).get("/account/password/set/").status_code == 410
    assert there.get("/account/").status_code == 302  # Its sessions have ended.
    assert enter(browser(), "pat").status_code == 200
    assert enter(browser(), "pat", FRESH).status_code == 302
    assert "password-reset" in [event.action for event in told]


def test_a_link_is_good_for_a_quarter_of_an_hour(later: Later) -> None:
    patient()
    link = _ask()
    assert link
    with later(minutes=14):
        assert _open(link).get("/account/password/set/").status_code == 200
    with later(minutes=16):
        assert _open(link).get("/account/password/set/").status_code == 410


def test_a_link_is_no_second_factor() -> None:
    with_app(nurse())
    link = _ask("ana")
    assert link
    _choose(_open(link))
    client = browser()
    assert enter(client, "ana", FRESH)["Location"] == "/account/login/second/"


def test_a_link_is_for_its_account() -> None:
    patient()
    other = patient("max")
    link = _ask()
    assert link
    token = link.rstrip("/").rpartition("/")[2]
    client = _open(f"/account/password/{other.pk}/{token}/")
    assert client.get("/account/password/set/").status_code == 410


def test_who_has_no_account_gets_the_same_answer_and_no_mail() -> None:
    assert _ask("nobody") is None
    patient(is_active=False)
    assert _ask("pat") is None


def test_nobodys_mailbox_is_flooded() -> None:
    from osler.identity.models import Mail

    patient()
    Mail.objects.all().delete()
    answers = [
        browser().post("/account/password/forgotten/", {"login": "pat"}).status_code
        for _ in range(7)
    ]
    assert answers == [200] * 5 + [429] * 2
    assert Mail.objects.count() == 5


def test_a_weak_one_is_refused_by_the_link_too() -> None:
    patient()
    link = _ask()
    assert link
    assert "at least 15" in errors(_choose(_open(link), "short"))
