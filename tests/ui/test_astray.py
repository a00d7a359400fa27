"""What no view answers has a page of its own: in the reader's language, with a way on, and without what was asked."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from osler.record import Record
from osler.ui import astray
from tests.ui.test_preferences import _doctor

pytestmark = pytest.mark.database


def test_an_address_that_leads_nowhere_is_a_page_of_the_shell(record: Record) -> None:
    answer = _doctor().get("/patients/of-my-garcia/nowhere/")
    said = answer.content.decode()
    assert answer.status_code == 404
    assert "<h1>There is nothing here</h1>" in said
    assert 'href="/today/"' in said
    assert "garcia" not in said[said.index("<main") :]


def test_who_is_not_signed_in_is_led_to_the_first_page(record: Record) -> None:
    answer = Client(HTTP_HOST="localhost").get("/nowhere/", HTTP_ACCEPT_LANGUAGE="es")
    assert answer.status_code == 404
    assert '<html lang="es"' in answer.content.decode()
    assert 'href="/"' in answer.content.decode()


def test_a_failure_says_so_without_asking_the_database() -> None:
    with translation.override("en"):
        answer = astray.broken(RequestFactory().get("/today/"))
    assert answer.status_code == 500
    assert "Something failed" in answer.content.decode()


def test_what_cannot_be_read_and_what_is_refused(record: Record) -> None:
    request = _doctor().get("/today/").wsgi_request
    assert astray.unreadable(request, ValueError("secret")).status_code == 400
    said = astray.refused(request, PermissionError("secret"))
    assert said.status_code == 403
    assert b"secret" not in said.content
