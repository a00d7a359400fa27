"""Pages of a chart, opened."""

from __future__ import annotations

import pytest

from osler.record import Record
from tests.staff.chart.histories import load_history
from tests.staff.people import staff

PAGES = ("", "timeline/", "timeline/?kind=visits&before=2010-01-20", "find/", "as-of/", "as-of/?on=2026-11-20")


@pytest.mark.parametrize("page", PAGES)
def test_page_opens(record: Record, page: str) -> None:
    load_history(record, "p5", 5)
    answer = staff("physician").get(f"/patients/p5/{page}")
    assert answer.status_code == 200, answer.content.decode()[-3000:]


def test_history_opens(record: Record) -> None:
    answer = staff("physician").get("/patients/ana/history/Condition/c1/")
    print(answer.content.decode()[-3500:])
    assert answer.status_code == 200
    answer = staff("privacy-officer").get("/patients/ana/access-log/")
    print(answer.content.decode()[-1500:])
    assert answer.status_code == 200


def test_find(record: Record) -> None:
    answer = staff("physician").post("/patients/ana/find/", {"patient": "ana", "q": "asth"})
    assert answer.status_code == 200
    print(answer.content.decode()[-2500:])
