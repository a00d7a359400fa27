"""Tokens of programs: shown once, kept as a digest, ended at once, no more than their maker could give."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from osler.access import LOCAL, Principal
from osler.identity.events import Event
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound

Later = Callable[..., AbstractContextManager[None]]
ADMINISTRATOR = Principal(
    id="01900000-0000-7000-8000-000000000001", roles=frozenset({"system-admin", "practice-admin"})
)


@pytest.fixture
def door(pages: None, database: Database) -> Iterator[Database]:
    from osler.identity import principals

    before = list(principals._given)
    principals.use(database)
    yield database
    principals._given[:] = before


def asked(token: str | None, **more: str) -> Principal:
    from osler.identity import principals

    headers = {"HTTP_AUTHORIZATION": f"Bearer {token}"} if token is not None else {}
    return principals.of_request({"REQUEST_METHOD": "GET", **headers, **more})


def test_a_token_says_who_calls(door: Database) -> None:
    from osler.identity import tokens

    token, text = tokens.create(LOCAL, "lab-feed", scopes=["system/Observation.rs"])
    assert text.startswith("osler_") and len(text) >= 49
    caller = asked(text)
    assert caller.id == str(token.account.pk)
    assert caller.name == "lab-feed" and caller.roles == {"integration"}
    assert caller.scopes == {"system/Observation.rs"}
    assert caller.session == str(token.pk)


def test_the_table_has_no_token(door: Database) -> None:
    from osler.identity import tokens

    _, text = tokens.create(LOCAL, "lab-feed")
    with door.connection() as connection:
        rows = connection.execute("SELECT row_to_json(t)::text FROM identity_token t").fetchall()
    assert text.removeprefix("osler_") not in json.dumps(rows)
    assert tokens.digest(text) in json.dumps(rows)


@pytest.mark.parametrize(
    "text", ["", "osler_", "osler_nonsense", "x" * 5000, "osler_' OR '1'='1", "é"]
)
def test_what_is_no_token_is_nobodys(door: Database, text: str) -> None:
    with pytest.raises(NotAuthenticated):
        asked(text)


def test_other_schemes_are_refused(door: Database) -> None:
    with pytest.raises(NotAuthenticated):
        asked(None, HTTP_AUTHORIZATION="Basic YTpi")
    with pytest.raises(NotAuthenticated):
        asked(None)


def test_a_token_ends_when_withdrawn_expired_or_its_account_disabled(
    door: Database, later: Later
) -> None:
    from osler.identity import people, tokens

    token, text = tokens.create(LOCAL, "lab-feed", days=1)
    with later(hours=23):
        asked(text)
    with later(hours=25), pytest.raises(NotAuthenticated):
        asked(text)
    tokens.revoke(LOCAL, str(token.pk))
    with pytest.raises(NotAuthenticated):
        asked(text)
    _, second = tokens.create(LOCAL, "lab-feed")
    asked(second)
    people.disable(LOCAL, people.found("lab-feed"))
    with pytest.raises(NotAuthenticated):
        asked(second)
    with pytest.raises(Conflict):  # The name stays taken.
        tokens.create(LOCAL, "lab-feed")


def test_last_use_is_noted_once_a_minute(door: Database, later: Later) -> None:
    from osler.identity import tokens

    token, text = tokens.create(LOCAL, "lab-feed")
    asked(text)
    token.refresh_from_db()
    first = token.last_used
    assert first is not None and clock.now() - first < timedelta(seconds=30)
    asked(text)
    token.refresh_from_db()
    assert token.last_used == first
    with later(minutes=2):
        asked(text)
    token.refresh_from_db()
    assert token.last_used > first


def test_the_operators_role_in_a_row_gives_nothing(door: Database) -> None:
    from osler.identity import tokens
    from osler.identity.models import Account

    token, text = tokens.create(LOCAL, "lab-feed")
    Account.objects.filter(pk=token.account.pk).update(roles=["local", "integration"])
    assert asked(text).roles == {"integration"}


def test_a_purpose_is_one_of_the_roles(door: Database) -> None:
    from osler.identity import rights, tokens

    _, text = tokens.create(LOCAL, "lab-feed")
    known = rights.roles()["integration"].purposes
    assert asked(text).purpose is None
    assert asked(text, HTTP_X_PURPOSE_OF_USE=known[0]).purpose == known[0]
    with pytest.raises(NotAllowed):
        asked(text, HTTP_X_PURPOSE_OF_USE="HMARKT")


@pytest.mark.parametrize("name", ["", "Ä", "a b", "-x", "x" * 80, "a\nb"])
def test_names_of_services(pages: None, name: str) -> None:
    from osler.identity import tokens

    with pytest.raises(Invalid):
        tokens.create(LOCAL, name)


def test_a_persons_name_is_no_services(pages: None) -> None:
    from osler.identity import tokens
    from tests.identity.people import nurse

    nurse("ana")
    with pytest.raises(Conflict):
        tokens.create(LOCAL, "ana")


@pytest.mark.parametrize("days", [0, -1, 367])
def test_no_token_is_for_ever(pages: None, days: int) -> None:
    from osler.identity import tokens

    with pytest.raises(Invalid):
        tokens.create(LOCAL, "lab-feed", days=days)


def test_nobody_gives_more_than_they_have(pages: None) -> None:
    from osler.identity import tokens

    with pytest.raises(NotAllowed):  # A nurse may make no tokens at all.
        tokens.create(Principal(id="x", roles=frozenset({"nurse"})), "lab-feed")
    system = dataclasses.replace(ADMINISTRATOR, roles=frozenset({"system-admin"}))
    with pytest.raises(NotAllowed):  # Whoever sees no patient makes no token that sees them all.
        tokens.create(system, "lab-feed")
    tokens.create(ADMINISTRATOR, "lab-feed")
    with pytest.raises(NotAllowed):  # Nor by a second token of a service that others made.
        tokens.create(system, "lab-feed")
    with pytest.raises(Invalid):
        tokens.create(LOCAL, "other", roles=["local"])


def test_making_and_ending_are_told_without_the_token(told: list[Event]) -> None:
    from osler.identity import tokens

    token, text = tokens.create(LOCAL, "lab-feed")
    tokens.revoke(LOCAL, str(token.pk))
    assert [one.action for one in told] == ["token-create", "token-revoke"]
    assert text not in str(told) and str(token.pk) in str(told)
    for wrong in ("nonsense", "01900000-0000-7000-8000-000000000009"):
        with pytest.raises(NotFound):
            tokens.revoke(LOCAL, wrong)


@pytest.mark.parametrize(
    "scope", ["nonsense", "system/Nothing.rs", "system/*", "system/Patient.xyz", "openid"]
)
def test_a_scope_that_would_open_nothing_is_refused(pages: None, scope: str) -> None:
    from osler.identity import tokens

    with pytest.raises(Invalid, match="is no scope"):
        tokens.create(LOCAL, "curl", scopes=[scope])
