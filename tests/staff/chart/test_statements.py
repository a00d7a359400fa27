"""What opening a chart asks of the database: the same, and little, whatever the history."""

from __future__ import annotations

import pytest

from osler.record import Record
from tests.staff.chart.counting import asked, statements, steady
from tests.staff.chart.histories import load_history
from tests.staff.people import staff

AT_MOST = 25


def test_chart_opens_with_few_statements_whatever_its_length(
    record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    steady(monkeypatch)
    load_history(record, "short", 5)
    load_history(record, "long", 1000)
    client = staff("physician")
    counts: dict[str, int] = {}
    for id in ("short", "long") * 4:
        client.get("/patients/ana/")  # so that each is opened after another one
        with statements() as sent:
            page = client.get(f"/patients/{id}/")
        assert page.status_code == 200
        # At first more is asked, of which some is kept: the least of them counts.
        counts[id] = min(counts.get(id, 999), len(asked(sent)))
    assert counts["short"] == counts["long"] <= AT_MOST, counts
