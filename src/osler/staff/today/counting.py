"""How much waits for somebody, for the numbers beside the links of every page."""

from __future__ import annotations

from osler.access import Principal
from osler.clinic import today
from osler.ui.door import record


def waiting(principal: Principal) -> dict[str, int]:
    """Numbers by the names of links."""
    found = today.counts(record(), principal)
    return {
        "results-inbox": found.results,
        "notes": found.notes,
        "tasks": found.tasks,
        "messages": found.messages,
    }
