"""Waits after failed attempts: they grow, end, are shared, and tell nothing about who has an account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest

from tests.identity.people import (
    PASSWORD,
    browser,
    code,
    enter,
    errors,
    nurse,
    patient,
    signed_in,
    with_app,
)

pytestmark = pytest.mark.usefixtures("pages")
Later = Callable[..., AbstractContextManager[None]]


def _fail(times: int, name: str = "pat", **more: Any) -> list[int]:
    return [enter(browser(**more), name, "not this one").status_code for _ in range(times)]


def test_waits_double_up_to_a_quarter_of_an_hour() -> None:
    from osler.identity.lockout import PERSON

    waits = [PERSON.wait(failures).total_seconds() for failures in range(1, 15)]
    assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900]
    assert PERSON.wait(10_000) == timedelta(minutes=15)


def test_the_sixth_attempt_waits_even_with_the_password() -> None:
    patient()
    assert _fail(6) == [200, 200, 200, 200, 200, 429]
    answer = enter(browser(), "pat")
    assert answer.status_code == 429
    assert 1 <= int(answer["Retry-After"]) <= 6
    assert "Too many attempts. Try again in" in errors(answer)


def test_after_the_wait_the_owner_gets_in(later: Later) -> None:
    patient()
    _fail(6)
    with later(seconds=6):
        assert enter(browser(), "pat").status_code == 302


def test_success_forgets_the_failures() -> None:
    patient()
    _fail(4)
    signed = browser()
    assert enter(signed, "pat").status_code == 302
    assert _fail(5) == [200] * 5


def test_an_unknown_name_is_answered_just_so() -> None:
    patient()
    assert _fail(7) == _fail(7, "nobody")


def test_one_account_does_not_lock_another() -> None:
    patient()
    patient("max")
    _fail(6)
    assert enter(browser(), "max").status_code == 302


def test_name_and_address_for_mail_are_one_account() -> None:
    patient()
    _fail(3, "pat")
    assert _fail(3, "pat@example.org")[-1] == 429


def test_a_flood_does_not_lock_the_owner_out_of_a_known_browser() -> None:
    account = patient()
    home = signed_in(account)
    home.post("/account/logout/")
    _fail(10, REMOTE_ADDR="10.9.9.9")
    assert enter(browser(), "pat").status_code == 429
    assert enter(home, "pat").status_code == 302


def test_a_known_browser_has_its_own_count() -> None:
    account = patient()
    home = signed_in(account)
    home.post("/account/logout/")
    tries = [enter(home, "pat", "not this one").status_code for _ in range(6)]
    assert tries == [200] * 5 + [429]


def test_a_cookie_of_another_account_opens_no_other_count() -> None:
    patient()
    mine = signed_in(patient("max"))
    mine.post("/account/logout/")
    _fail(6)
    assert enter(mine, "pat").status_code == 429


def test_one_address_may_not_try_many_names(later: Later) -> None:
    patient()
    tried = [
        enter(browser(REMOTE_ADDR="10.7.7.7"), f"name{number}", "x").status_code
        for number in range(33)
    ]
    assert tried.index(429) == 31
    assert enter(browser(REMOTE_ADDR="10.7.7.7"), "pat").status_code == 429
    assert enter(browser(REMOTE_ADDR="10.7.7.8"), "pat").status_code == 302
    with later(minutes=16):
        assert enter(browser(REMOTE_ADDR="10.7.7.7"), "pat").status_code == 302


def test_an_ipv6_subscriber_is_one_address() -> None:
    from django.http import HttpRequest

    from osler.identity.lockout import _network

    def network(address: str) -> str:
        request = HttpRequest()
        request.META["REMOTE_ADDR"] = address
        return _network(request)

    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2:ffff::1")
    assert network("2001:db8:1:2::4") != network("2001:db8:1:3::4")
    assert network("::ffff:10.0.0.1") == "10.0.0.1"


def test_a_practice_behind_one_address_signs_in_without_a_wait() -> None:
    for number in range(3):
        patient(f"p{number}")
    codes = [enter(browser(), f"p{number % 3}").status_code for number in range(33)]
    assert codes == [302] * 33


def test_codes_have_a_count_of_their_own() -> None:
    with_app(nurse())
    client = browser()
    enter(client, "ana")
    tries = [
        client.post("/account/login/second/", {"code": "000000"}).status_code for _ in range(6)
    ]
    assert tries == [200] * 5 + [429]
    assert client.post("/account/login/second/", {"code": code()}).status_code == 429
    again = browser()
    assert enter(again, "ana").status_code == 302  # The password opens no new count of codes.
    assert again.post("/account/login/second/", {"code": code()}).status_code == 429


def test_many_at_once_do_not_outrun_the_count() -> None:
    patient()
    answers: list[int] = []

    def run() -> None:
        from django.db import connection

        try:
            answers.append(enter(browser(), "pat", "not this one").status_code)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] * 5 + [429] * 3


def test_the_count_is_forgotten_in_the_end(later: Later) -> None:
    from osler.identity import lockout
    from osler.identity.models import Throttle

    patient()
    _fail(5)
    with later(days=1, minutes=1):
        assert _fail(5) == [200] * 5
    with later(days=4):
        lockout.clear_old()
    assert Throttle.objects.count() == 0


def test_an_administrator_may_forget_it() -> None:
    from osler.identity import lockout

    account = patient()
    _fail(6)
    lockout.clear(account)
    assert enter(browser(), "pat", PASSWORD).status_code == 302


def test_no_name_stands_in_the_table() -> None:
    from osler.identity.models import Throttle

    enter(browser(), "my password by mistake", "x")
    assert "mistake" not in str(list(Throttle.objects.values_list("key", flat=True)))
