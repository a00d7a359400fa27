"""Every page asked by nobody: it leads to the sign-in, refuses, or stands on the written list of public ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

# Name of the page: why somebody who has not signed in may see it.
PUBLIC = {
    "account_login": "to sign in",
    "mfa_authenticate": "the second step of signing in",
    "account_second_options": "the second step of signing in",
    "mfa_login_webauthn": "to sign in by passkey",
    "account_passkey_options": "to sign in by passkey",
    "account_logout": "signing out twice is harmless",
    "account_inactive": "says that an account is closed, without naming it",
    "account_reset_password": "a forgotten password",
    "account_reset_link": "a forgotten password, by the secret in the mail",
    "account_reset_set": "a forgotten password, after the secret",
    "account_session": "says only whether the session goes on, for the lock over the work",
    "invitation": "an account of one's own, by the secret in the mail",
    "join": "an account of one's own, after the secret",
    "enrol": "a patient's account, with the code from the front desk",
    "setup": "the first run, with the code that the server printed; afterwards it leads to the sign-in",
    "demo": "whom one can be in the demo; elsewhere there is no such page",
    "openid_connect_login": "to sign in through the practice's provider",
    "openid_connect_callback": "what the provider answers",
}
_VALUES: dict[str, Any] = {
    "UUIDConverter": UUID(int=7),
    "IntConverter": 7,
    "SlugConverter": "seven",
    "StringConverter": "seven",
    "FhirId": "seven",
    "PathConverter": "seven/eight",
}


def _pages() -> Iterator[tuple[str, str]]:
    """Name and address of every page."""
    from django.urls import URLPattern, get_resolver

    def walk(patterns: Any, route: str) -> Iterator[tuple[str, str]]:
        for one in patterns:
            text = route + re.sub(r"\(\?P<\w+>[^)]*\)", "seven", str(one.pattern)).strip("^$")
            for name, converter in one.pattern.converters.items():
                value = _VALUES[type(converter).__name__]
                for kind in ("uuid", "int", "slug", "str", "path", "fhir"):
                    text = text.replace(f"<{kind}:{name}>", str(value))
                text = text.replace(f"<{name}>", str(value))
            if isinstance(one, URLPattern):
                yield one.name or text, f"/{text}"
            else:
                yield from walk(one.url_patterns, text)

    return walk(get_resolver().url_patterns, "")


@pytest.fixture(scope="module")
def pages(database_url: str) -> list[tuple[str, str]]:
    from tests.pages import use

    use(database_url)
    from osler.kit.database import Database
    from osler.main.site.wiring import wire
    from osler.record import Record

    wire(Record(Database(database_url)))
    from osler.identity.models import Account

    Account.objects.create_user("first", name="So that this is no first run", roles=["physician"])
    return list(_pages())


@pytest.mark.database
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_nobody_sees_a_page_that_is_not_public(pages: list[tuple[str, str]], method: str) -> None:
    from django.test import Client

    open_ = {}
    for name, address in pages:
        response = getattr(Client(raise_request_exception=False, SERVER_NAME="127.0.0.1"), method)(
            address
        )
        leads = response.headers.get("Location", "")
        turned_away = response.status_code in {401, 403, 404, 405} or (
            response.status_code == 302 and leads.startswith("/account/login/")
        )
        if not turned_away and name not in PUBLIC:
            open_[name] = (address, response.status_code)
    assert open_ == {}
    assert len(pages) > 20


@pytest.mark.database
def test_the_list_names_pages_that_exist(pages: list[tuple[str, str]]) -> None:
    assert set(PUBLIC) <= {name for name, _ in pages}


@pytest.mark.database
def test_posts_without_a_csrf_token_are_refused(pages: list[tuple[str, str]]) -> None:
    from django.test import Client

    for name, address in pages:
        client = Client(
            enforce_csrf_checks=True, raise_request_exception=False, SERVER_NAME="127.0.0.1"
        )
        response = client.post(address, {"a": "b"})
        assert response.status_code in {302, 403, 404, 405}, name
        if response.status_code == 302:
            assert response.headers["Location"].startswith("/account/login/"), name
