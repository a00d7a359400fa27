"""Preferences: kept for an account, and in force in the very first byte of the next page."""

from __future__ import annotations

import re

import pytest

from osler.record import Record

pytestmark = pytest.mark.database
CHOICE = {
    "theme": "dark",
    "density": "compact",
    "units": "metric",
    "language": "es",
    "home": "patients",
}


def _doctor(name: str = "paul"):  # type: ignore[no-untyped-def]  # Django must be set up first
    from tests.identity import people

    one = people.nurse(name, person="Practitioner/p1")
    one.roles = ["physician"]
    one.save()
    return people.signed_in(people.with_app(one))


def _html(text: str) -> str:
    found = re.search(r"<html[^>]*>", text)
    assert found
    return found[0]


def test_what_is_chosen_holds_on_the_next_page_and_for_nobody_else(record: Record) -> None:
    paul, nia = _doctor(), _doctor("nia")
    assert paul.post("/preferences/", CHOICE)["Location"] == "/preferences/"
    mine, hers = (_html(one.get("/gallery/").content.decode()) for one in (paul, nia))
    assert 'lang="es"' in mine
    assert 'data-theme="dark"' in mine
    assert 'data-density="compact"' in mine
    assert 'data-keys="off"' in mine
    assert 'lang="en"' in hers
    assert 'data-theme="system"' in hers
    assert 'data-keys="on"' in hers


def test_what_nobody_offers_is_refused_and_nothing_is_kept(record: Record) -> None:
    from osler.identity.models import Preferences

    paul = _doctor()
    answer = paul.post("/preferences/", {**CHOICE, "theme": "plaid"})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.content.decode()
    assert paul.post("/preferences/theme/", {"theme": "plaid"}).status_code == 400
    assert not Preferences.objects.filter(theme="plaid").exists()
    assert paul.post("/preferences/theme/", {"theme": "dark"}).status_code == 204
    assert Preferences.objects.get(account__username="paul").theme == "dark"


def test_without_a_choice_the_browser_says_the_language(record: Record) -> None:
    paul = _doctor()
    for header, language in (("es-MX,es;q=0.9", "es"), ("fr", "en"), ("", "en")):
        answer = paul.get("/gallery/", HTTP_ACCEPT_LANGUAGE=header)
        assert answer["Content-Language"] == language
        assert f'lang="{language}"' in _html(answer.content.decode())


def test_a_language_that_is_taken_back_leaves_nothing_at_the_browser(record: Record) -> None:
    paul = _doctor()
    paul.post("/preferences/", CHOICE)
    assert paul.get("/gallery/")["Content-Language"] == "es"
    paul.post("/preferences/", {**CHOICE, "language": ""})
    assert paul.get("/gallery/", HTTP_ACCEPT_LANGUAGE="en")["Content-Language"] == "en"


def test_charts_that_were_opened_are_remembered_by_id_alone_the_newest_first(
    record: Record,
) -> None:
    from osler.identity.models import Preferences

    paul = _doctor()
    for id in ("ana", "b.o-1", "ana"):
        assert paul.get(f"/patients/{id}/").status_code == 200
    paul.get("/patients/nobody/")
    paul.get("/patients/b.o-1/", HTTP_HX_REQUEST="true")
    assert Preferences.objects.get(account__username="paul").recent == ["ana", "b.o-1"]
    paul.post("/preferences/forget/")
    assert Preferences.objects.get(account__username="paul").recent == []
