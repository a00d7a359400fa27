"""`osler access`: the answers on the command line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from osler.access import LOCAL
from osler.kit.database import Database
from osler.main.cli import run
from osler.record import Record
from tests.record.staff import clerk_role, practice

Printed = Callable[..., str]


@pytest.fixture(scope="module")
def url(database: Database, database_url: str) -> str:
    record = practice(Record(database))
    record.save_role(LOCAL, clerk_role(hidden=("Patient.telecom",)))
    return database_url


@pytest.fixture
def printed(url: str, capsys: pytest.CaptureFixture[str]) -> Printed:
    def call(*arguments: str, code: int = 0) -> str:
        assert run(["access", arguments[0], "--database", url, *arguments[1:]]) == code
        captured = capsys.readouterr()
        return captured.out + captured.err

    return call


@pytest.fixture
def account(printed: Printed, url: str) -> str:
    printed("roles")  # Django is set up by the first command
    from osler.identity.models import Account

    Account.objects.get_or_create(
        username="house",
        defaults={"name": "Dr. House", "roles": ["physician"], "person": "Practitioner/house"},
    )
    return "house"


def test_roles_are_listed_and_one_is_shown_in_words(printed: Printed) -> None:
    listed = printed("roles")
    assert "physician" in listed
    assert "clerk" in listed
    shown = printed("roles", "clerk")
    assert "version 1: saved by local" in shown
    assert "telecom" in shown
    assert "no role 'nonsense'" in printed("roles", "nonsense", code=1)


def test_why_and_who(printed: Printed, account: str) -> None:
    why = printed("why", account, "Observation/ana-weight")
    assert "read: allowed" in why
    assert "delete: denied" in why
    assert "Physician" in why
    who = printed("who", "Patient/ana")
    assert "Dr. House" in who
    assert "1 of 1" in who
    assert "There is no Patient/nobody" in printed("who", "Patient/nobody", code=1)
    assert "There is no account" in printed("why", "nobody", "Patient/ana", code=1)


@pytest.mark.parametrize("wrong", ["ana", "Patient/", "Patient/a/b"])
def test_a_wrong_reference_is_wrong_usage(printed: Printed, wrong: str) -> None:
    assert "expected" in printed("who", wrong, code=2)


def test_a_program_is_asked_of_with_the_scopes_of_its_token(printed: Printed, account: str) -> None:
    from osler.identity import tokens

    token, _ = tokens.create(LOCAL, "reader", scopes=["system/Patient.rs"])
    named = f"reader (token {token.pk})"
    assert f"{named}  Patient" in printed("who", "Patient/ana")
    assert "read: allowed" in printed("why", "reader", "Patient/ana")
    assert "read: allowed" not in printed("why", "reader", "Observation/ana-weight")
    tokens.revoke(LOCAL, str(token.pk))
    assert named not in printed("who", "Patient/ana")
    assert "no token that is good" in printed("why", "reader", "Patient/ana")
