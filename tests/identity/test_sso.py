"""Signing in with a provider elsewhere, against the certified npm package oidc-provider."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from osler.access import LOCAL
from osler.identity.events import Event
from osler.kit.settings import Settings
from osler.main.site.sso import django_sso

CLIENTS = Path(__file__).parents[2] / "npm" / "clients"
CALLBACK = "http://localhost/account/oidc/sso/login/callback/"
PEOPLE = {
    "nia": {
        "claims": {
            "email": "nia@elm.example",
            "email_verified": True,
            "name": "Nia Roe",
            "preferred_username": "Nia",
            "groups": ["Nursing staff", "Everybody"],
        },
        "amr": ["pwd"],
    },
    "key": {"claims": {"preferred_username": "key", "groups": ["Nursing staff"]}, "amr": ["hwk"]},
    "unverified": {
        "claims": {"email": "ana@example.org", "email_verified": False, "groups": []},
        "amr": ["pwd"],
    },
    "verified": {
        "claims": {"email": "Ana@example.org", "email_verified": True, "groups": ["Nursing staff"]},
        "amr": ["pwd"],
    },
    "boss": {
        "claims": {"preferred_username": "boss", "groups": ["Bosses"], "roles": ["system-admin"]},
        "amr": ["pwd"],
    },
}


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    if not (CLIENTS / "node_modules" / "oidc-provider").is_dir():
        pytest.skip("oidc-provider is not installed: run `npm ci` in npm/clients")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [node, "oidc-provider.mjs", str(port), CALLBACK, json.dumps(PEOPLE)]
    process = subprocess.Popen(
        command, cwd=CLIENTS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        while said and b"ready" not in said:
            said = process.stdout.readline()
        if not said:
            pytest.skip("oidc-provider does not run on this node")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def _way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "OSLER_OUTGOING_ALLOW", "http://127.0.0.1")


@contextmanager
def configured(provider: str, **more: Any) -> Iterator[None]:
    from django.test import override_settings

    given: dict[str, Any] = {
        "oidc_url": provider,
        "oidc_client_id": "osler",
        "oidc_client_secret": "a secret of the tests alone",
        "oidc_roles": frozenset({"Nursing staff=nurse", "Bosses=local", "Crew=proxy"}),
        "oidc_create": True,
    }
    ours = Settings(**(given | more))
    with override_settings(OSLER=ours, **django_sso(ours)):
        yield


def through(client: Any, person: str) -> Any:
    """Follow the browser's way: button, provider, its interaction, and back. The last answer of ours."""
    start = client.get("/account/oidc/sso/login/?process=login")
    assert start.status_code == 302, start.content
    back = _at_provider(start["Location"], person)
    assert back.startswith(CALLBACK), back
    parts = urlsplit(back)
    return client.get(f"{parts.path}?{parts.query}")


def _at_provider(address: str, person: str) -> str:
    """Go from redirect to redirect at the provider until it leads back to us."""
    host, cookies = urlsplit(address).netloc, dict[str, str]()
    for _ in range(10):
        parts = urlsplit(address)
        if parts.netloc and parts.netloc != host:
            return address
        connection = HTTPConnection(host, timeout=20)
        headers = {"X-Person": person, "Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}
        connection.request("GET", f"{parts.path}?{parts.query}", headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                pair = value.partition(";")[0].partition("=")
                cookies[pair[0]] = pair[2]
        assert answer.status in {302, 303}, body[:500]
        address = answer.getheader("Location") or ""
    raise AssertionError("the provider leads round in circles")


pytestmark = pytest.mark.usefixtures("pages", "_way_out")


def test_an_account_is_made_at_the_first_sign_in(provider: str, told: list[Event]) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser

    client = browser()
    with configured(provider):
        answer = through(client, "nia")
    assert answer.status_code == 302, answer.content
    nia = Account.objects.get()
    assert (nia.username, nia.name, nia.email) == ("nia", "Nia Roe", "nia@elm.example")
    assert (nia.roles, nia.kind, nia.has_usable_password()) == (["nurse"], "staff", False)
    assert {"account-create", "login"} <= {one.action for one in told}
    # The provider asked for a password alone: the role's second factor is asked for here.
    assert client.get("/account/sessions/").status_code == 302
    with configured(provider):
        through(browser(), "nia")
    assert Account.objects.count() == 1


def test_a_factor_asked_for_there_counts_where_it_is_trusted(provider: str) -> None:
    from tests.identity.people import browser, session_of

    for trusted, status in ((frozenset({"hwk", "mfa"}), 200), (frozenset({"mfa"}), 302)):
        client = browser()
        with configured(provider, oidc_mfa=trusted):
            through(client, "key")
        assert session_of(client).multi is (status == 200)
        assert client.get("/account/sessions/").status_code == status


def test_without_leave_nobody_is_made(provider: str) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser

    with configured(provider, oidc_create=False):
        assert through(browser(), "nia").status_code == 403
    with configured(provider):  # In no group that means a role here.
        assert through(browser(), "unverified").status_code == 403
        # Groups give no role that staff cannot have, and a claim "roles" means nothing.
        assert through(browser(), "boss").status_code == 403
    assert not Account.objects.exists()


def test_only_a_verified_address_is_an_account_of_here(provider: str) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser, nurse

    ana = nurse("ana")
    with configured(provider, oidc_create=False):
        assert through(browser(), "unverified").status_code == 403
        client = browser()
        assert through(client, "verified").status_code == 302
    assert Account.objects.get() == ana
    assert client.get("/account/").status_code in {200, 302}


def test_roles_follow_the_provider(provider: str) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser

    with configured(provider):
        through(browser(), "nia")
    Account.objects.update(roles=["biller", "nurse"])
    with configured(provider, oidc_roles=frozenset({"Doctors=nurse", "Everybody=lab"})):
        through(browser(), "nia")
    # What the mapping speaks of is as the provider says; what it does not, stays.
    assert Account.objects.get().roles == ["biller", "lab"]


def test_a_disabled_account_stays_out(provider: str) -> None:
    from osler.identity import people
    from osler.identity.models import Account
    from tests.identity.people import browser

    with configured(provider):
        through(browser(), "nia")
        people.disable(LOCAL, Account.objects.get())
        client = browser()
        assert through(client, "nia").status_code == 403
        assert client.get("/account/").status_code == 302


def test_an_answer_that_was_not_asked_for_is_nobodys(provider: str) -> None:
    from osler.identity.models import Account
    from tests.identity.people import browser

    with configured(provider):
        for query in ("", "?code=x&state=y", "?error=access_denied", "?code=x"):
            answer = browser().get(f"/account/oidc/sso/login/callback/{query}")
            assert answer.status_code == 403
        # Another browser's answer: the state is not in this session.
        first = browser().get("/account/oidc/sso/login/?process=login")
        back = urlsplit(_at_provider(first["Location"], "nia"))
        assert browser().get(f"{back.path}?{back.query}").status_code == 403
    assert not Account.objects.exists()


def test_a_password_can_be_turned_off_for_a_role(provider: str) -> None:
    from tests.identity.people import browser, enter, errors, nurse, patient

    nurse("ana")
    patient("pat")
    with configured(provider, sso_only=frozenset({"nurse"})):
        assert "wrong" in errors(enter(browser(), "ana"))
        assert enter(browser(), "pat").status_code == 302
    assert enter(browser(), "ana").status_code == 302


def test_the_provider_is_called_by_the_way_that_is_checked(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.identity.people import browser

    monkeypatch.delitem(os.environ, "OSLER_OUTGOING_ALLOW")
    with configured(provider):
        answer = browser().get("/account/oidc/sso/login/?process=login")
    assert answer.status_code == 503 and provider.encode() not in answer.content


def test_an_address_asks_nothing_of_the_provider(provider: str) -> None:
    from tests.identity.people import browser

    with configured(provider):
        wanted = browser().get("/account/oidc/sso/login/?auth_params=max_age%3D1&scope=all")
        after = browser().get("/account/oidc/sso/login/")
    for answer in (wanted, after):
        assert "max_age" not in answer["Location"] and "scope=all" not in answer["Location"]
        assert "code_challenge_method=S256" in answer["Location"]


def test_there_is_no_button_without_a_provider() -> None:
    from osler.identity import sso
    from tests.identity.people import browser

    assert sso.button() is None
    assert browser().get("/account/oidc/sso/login/").status_code == 404
