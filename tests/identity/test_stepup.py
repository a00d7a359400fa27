"""Fresh proof of who one is, before what must not happen from a screen left alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from osler.identity.events import Event
from tests.identity.people import (
    PASSWORD,
    code,
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
PROTECTED = "/account/factors/passkey/"
ASKED = "/account/confirm/?next=%2Faccount%2Ffactors%2Fpasskey%2F"


@pytest.fixture
def client() -> Any:
    return signed_in(with_app(nurse()))


def test_a_sign_in_is_fresh_for_five_minutes(client: Any, later: Later) -> None:
    with later(minutes=4):
        assert client.get(PROTECTED).status_code == 200
    with later(minutes=5, seconds=1):
        assert client.get(PROTECTED)["Location"] == ASKED


@pytest.mark.parametrize("by", ["password", "code"])
def test_proof_opens_it_again(client: Any, later: Later, by: str) -> None:
    from osler.identity.models import Account

    with later(minutes=10):
        use_soon(Account.objects.get())
        proof = {"password": PASSWORD} if by == "password" else {"code": code()}
        answer = client.post("/account/confirm/", {**proof, "next": PROTECTED})
        assert answer["Location"] == PROTECTED
        assert client.get(PROTECTED).status_code == 200
    with later(minutes=16):
        assert client.get(PROTECTED).status_code == 302


def test_a_wrong_password_is_no_proof(client: Any, later: Later) -> None:
    with later(minutes=10):
        answer = client.post("/account/confirm/", {"password": "no"})
        assert (answer.status_code, errors(answer)) == (403, "The password is wrong.")
        assert client.get(PROTECTED).status_code == 302


def test_scripts_get_a_code(client: Any, later: Later) -> None:
    with later(minutes=10):
        answer = client.get(PROTECTED, HTTP_ACCEPT="application/json")
        assert (answer.status_code, answer.json()["code"]) == (403, "step-up")
        proof = client.post(
            "/account/confirm/", {"password": PASSWORD}, HTTP_ACCEPT="application/json"
        )
        assert proof.json() == {"state": "fresh", "minutes": 5}


def test_a_form_waits_for_the_proof(client: Any, later: Later) -> None:
    with later(minutes=10):
        answer = client.post("/account/factors/codes/", {"reason": "lost the paper"})
        assert answer["Location"] == "/account/confirm/?next=%2Faccount%2Fresume%2F"
        client.post("/account/confirm/", {"password": PASSWORD})
        page = client.get("/account/resume/").content.decode()
        assert 'action="/account/factors/codes/"' in page
        assert "lost the paper" in page


def test_doors_beside_django_can_demand_it(client: Any, later: Later) -> None:
    from osler.identity import stepup

    row = session_of(client)
    stepup.demand(row)
    with later(minutes=10), pytest.raises(stepup.StepUpNeeded, match="step-up"):
        stepup.demand(row)


def test_a_locked_session_is_never_fresh(client: Any) -> None:
    from osler.identity import stepup

    client.post("/account/lock/")
    assert not stepup.is_fresh(session_of(client))


def test_the_decorator_takes_minutes(client: Any, later: Later) -> None:
    from django.http import HttpResponse
    from django.test import RequestFactory

    from osler.identity import sessions, stepup
    from osler.identity.models import Account

    @stepup.required(minutes=1)
    def export(request: Any) -> HttpResponse:
        return HttpResponse("rows")

    def ask() -> int:
        request = RequestFactory(SERVER_NAME="localhost").get("/export/")
        request.user = Account.objects.get()
        request.session = sessions.SessionStore(client.cookies["osler-session"].value)
        return int(export(request).status_code)

    assert ask() == 200
    with later(minutes=2):
        assert ask() == 302


def test_it_is_told(told: list[Event], later: Later) -> None:
    client = signed_in(patient())
    with later(minutes=10):
        client.post("/account/confirm/", {"password": "no"})
        client.post("/account/confirm/", {"password": PASSWORD})
    assert [(event.action, event.detail) for event in told[1:]] == [
        ("step-up-failed", "password"),
        ("step-up", "password"),
    ]


def test_nobody_else_may_prove_it(later: Later) -> None:
    from tests.identity.people import browser

    answer = browser().post("/account/confirm/", {"password": PASSWORD})
    assert answer["Location"].startswith("/account/login/")
