"""The day of somebody who works here: visits and rooms, and what waits for them."""

from __future__ import annotations

from osler.clinic.today.visits import Day, Visit, day
from osler.clinic.today.waiting import Counts, Duty, Letter, Waiting, counts, waiting

__all__ = ["Counts", "Day", "Duty", "Letter", "Visit", "Waiting", "counts", "day", "waiting"]
