"""The frame of a chart: whose it is, and that a form of another patient is refused."""

from __future__ import annotations

from tests.staff.people import staff


def test_summary_opens(record: object) -> None:
    page = staff("physician").get("/patients/ana/")
    assert page.status_code == 200, page.content.decode()[:3000]
