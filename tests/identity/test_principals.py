"""From a session to a principal, for the API: cookie, CSRF, lock, and the patient whom one acts for."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from osler.access import Principal
from osler.kit.errors import NotAllowed, NotAuthenticated

Later = Callable[..., AbstractContextManager[None]]


def environ(client: Any, method: str = "GET", **more: str) -> dict[str, str]:
    cookies = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    return {"REQUEST_METHOD": method, "HTTP_COOKIE": cookies, **more}


def asked(client: Any, method: str = "GET", **more: str) -> Principal:
    from osler.identity import principals

    return principals.of_request(environ(client, method, **more))


@pytest.fixture
def nurse_browser(pages: None) -> Any:
    from tests.identity import people

    return people.signed_in(people.with_app(people.nurse("ana", person="Practitioner/7")))


def test_a_session_says_who_calls(nurse_browser: Any) -> None:
    from tests.identity.people import session_of

    caller = asked(nurse_browser)
    assert caller.name == "Ana" and caller.roles == {"nurse"}
    assert caller.person == "Practitioner/7"
    assert caller.session == str(session_of(nurse_browser).pk)


def test_a_write_needs_the_token_of_the_session(nurse_browser: Any) -> None:
    from django.middleware.csrf import _mask_cipher_secret  # type: ignore[attr-defined]

    nurse_browser.get("/account/password/")
    secret = nurse_browser.cookies["osler-csrf"].value
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for wrong in ({}, {"HTTP_X_CSRFTOKEN": ""}, {"HTTP_X_CSRFTOKEN": "x" * len(secret)}):
            with pytest.raises(NotAllowed):
                asked(nurse_browser, method, **wrong)
        asked(nurse_browser, method, HTTP_X_CSRFTOKEN=secret)
        asked(nurse_browser, method, HTTP_X_CSRFTOKEN=_mask_cipher_secret(secret))


def test_a_locked_or_ended_session_is_nobodys(nurse_browser: Any, later: Later) -> None:
    with later(minutes=16), pytest.raises(NotAuthenticated):
        asked(nurse_browser)
    with pytest.raises(NotAuthenticated):  # It stays locked.
        asked(nurse_browser)


def test_a_disabled_account_is_nobodys(nurse_browser: Any) -> None:
    from osler.access import LOCAL
    from osler.identity import people

    people.disable(LOCAL, people.found("ana"))
    with pytest.raises(NotAuthenticated):
        asked(nurse_browser)


def test_a_bearer_beats_a_cookie(nurse_browser: Any, database: Any) -> None:
    from osler.identity import principals

    principals.use(database)
    with pytest.raises(NotAuthenticated):
        asked(nurse_browser, HTTP_AUTHORIZATION="Bearer osler_wrong")


def test_nobody_acts_for_a_patient_without_authority(nurse_browser: Any) -> None:
    with pytest.raises(NotAllowed):
        asked(nurse_browser, HTTP_X_ACTING_FOR="Patient/p1")


def test_cookies_that_are_none(pages: None) -> None:
    from osler.identity import principals

    for cookie in ("osler-session=", "osler-session=nonsense", "osler-session=\x00", "other=1"):
        with pytest.raises(NotAuthenticated):
            principals.of_request({"REQUEST_METHOD": "GET", "HTTP_COOKIE": cookie})
