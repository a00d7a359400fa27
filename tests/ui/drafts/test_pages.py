"""The addresses at which the script of forms keeps drafts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.record import Record
from tests.identity.conftest import pages
from tests.staff.conftest import record
from tests.staff.people import patient, staff, text

__all__ = ["pages", "record"]
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def doctor(record: Record) -> Any:
    return staff("physician", person="Practitioner/p1")


def save(client: Any, **more: str) -> Any:
    fields = json.dumps({"text": ["Wheeze"]})
    values = {"key": "note:new", "patient": "ana", "tab": "t1", "base": "2", "fields": fields}
    return client.post("/drafts/", values | more, **JSON)


def test_a_draft_comes_back_and_only_to_its_writer(record: Record, doctor: Any) -> None:
    saved = save(doctor).json()["saved"]
    asked = "/drafts/?key=note:new&patient=ana"
    found = doctor.get(asked, **JSON).json()
    assert (found["fields"], found["base"], found["saved"]) == ({"text": ["Wheeze"]}, 2, saved)
    other = staff("physician", name="other", person="Practitioner/p2")
    assert other.get(asked, **JSON).json() == {"saved": None}
    assert other.get("/drafts/?list", **JSON).json() == {"drafts": []}
    assert patient().get(asked, **JSON).status_code == 403
    assert "Ana Garcia" in text(doctor.get("/drafts/"))
    assert doctor.post("/drafts/discard/", {"key": "note:new", "patient": "ana"}).status_code == 200
    assert doctor.get(asked, **JSON).json() == {"saved": None}


def test_what_is_wrong_is_said_by_its_status(record: Record, doctor: Any) -> None:
    assert save(doctor, key="x:y", fields="no json").status_code == 400
    assert save(doctor, key="x:y", fields="[1]").status_code == 400
    assert save(doctor, key="x:y", patient="nobody").status_code == 404
    assert save(doctor, key="x:y", fields=json.dumps({"a": ["x" * 600_000]})).status_code == 413
    assert save(doctor, key="x:y").status_code == 200
    assert save(doctor, key="x:y", tab="t2").status_code == 409
    assert save(doctor, key="never:was", known="2026-01-01T00:00:00+00:00").status_code == 410
