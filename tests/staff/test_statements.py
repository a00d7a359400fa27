"""What the pages of every day ask of the database: the same, and little, however much there is."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Checks, Record
from tests.staff.chart.counting import asked, statements, steady
from tests.staff.chart.histories import load_history
from tests.staff.people import staff

AT_MOST = 30
FORM_AT_MOST = 40
"""A form that is posted asks for the reader's roles anew at each step."""
_ROUNDS = 3
_OF_A_CHART = {"results": AT_MOST, "vitals": AT_MOST, "vitals/new": AT_MOST, "notes": AT_MOST}
Page = Callable[[], Any]


def least(page: Page) -> int:
    """The statements of a page; the least of some rounds, for at first more is asked, of which some is kept."""
    found = []
    for _ in range(_ROUNDS):
        with statements() as sent:
            answer = page()
        assert answer.status_code == 200
        found.append(len(asked(sent)))
    return min(found)


def load_waiting(record: Record, first: int, last: int) -> None:
    """Results of Ana's that wait for their reviewer."""
    made = []
    for number in range(first, last):
        subject = {"reference": "Patient/ana"}
        report = {
            "resourceType": "DiagnosticReport",
            "id": f"w{number}",
            "status": "final",
            "code": {"text": "Potassium"},
            "subject": subject,
        }
        task = {
            "resourceType": "Task",
            "id": f"wt{number}",
            "status": "requested",
            "intent": "order",
            "code": {"coding": [{"system": "urn:osler:task", "code": "review-result"}]},
            "focus": {"reference": f"DiagnosticReport/w{number}"},
            "for": subject,
            "owner": {"reference": "Practitioner/p1"},
        }
        made += [decode(json.dumps(one).encode()) for one in (report, task)]
    checks = Checks(references=False, why_off="made for a test")
    record.load(LOCAL, made, checks=checks, source="test")


def test_pages_of_a_chart_whatever_its_length(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady(monkeypatch)
    load_history(record, "brief", 40)
    load_history(record, "lengthy", 500)
    client = staff("physician")
    for section, most in _OF_A_CHART.items():
        counts = {
            id: least(partial(client.get, f"/patients/{id}/{section}/"))
            for id in ("brief", "lengthy")
        }
        assert counts["brief"] == counts["lengthy"] <= most, (section, counts)


def test_pages_of_the_practice_however_much_waits(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady(monkeypatch)
    client = staff("physician", person="Practitioner/p1")
    pages: dict[str, tuple[int, Page]] = {
        "today": (FORM_AT_MOST, lambda: client.get("/today/")),
        "inbox": (AT_MOST, lambda: client.get("/results/")),
        "search": (FORM_AT_MOST, lambda: client.post("/patients/", {"q": "Okafor"})),
    }
    load_waiting(record, 0, 12)
    load_history(record, "first", 2)
    few = {name: least(page) for name, (_, page) in pages.items()}
    load_waiting(record, 12, 60)
    for number in range(6):
        load_history(record, f"other{number}", 2)
    many = {name: least(page) for name, (_, page) in pages.items()}
    assert few == many
    assert all(many[name] <= most for name, (most, _) in pages.items()), many
