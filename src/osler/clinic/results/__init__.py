"""Results: reports with their values, what waits for review, how a test went over time, the review itself."""

from __future__ import annotations

from osler.clinic.results.grid import Grid, over_time
from osler.clinic.results.inbox import Item, inbox
from osler.clinic.results.reports import Report, Reports, Row, report, reports
from osler.clinic.results.reviewing import Chosen, FollowUp, review
from osler.clinic.results.trends import Trend, trend

__all__ = [
    "Chosen",
    "FollowUp",
    "Grid",
    "Item",
    "Report",
    "Reports",
    "Row",
    "Trend",
    "inbox",
    "over_time",
    "report",
    "reports",
    "review",
    "trend",
]
