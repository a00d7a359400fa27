"""What happens later because of a write: a job row in the same transaction as its cause."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from psycopg import Connection

from osler.record.plan import Work
from osler.store import jobs, registry

# Jobs by the type of resource whose change causes them; `osler.worker` has a task of each name.
_CAUSES: dict[str, tuple[str, ...]] = {"SearchParameter": ("search_parameter_changed",)}


def causes(type: str) -> bool:
    """Whether writing this type causes jobs."""
    return type in _CAUSES


def enqueue(conn: Connection[Any], works: Sequence[Work]) -> None:
    """Write the job rows of these writes, and tell other processes what to reload."""
    changed = [work for work in works if work.new is not None and work.type in _CAUSES]
    if not changed:
        return
    registry.bump(conn)
    for work in changed:
        arguments = json.dumps({"type": work.type, "id": work.id})
        for name in _CAUSES[work.type]:
            jobs.defer(conn, name, arguments)
