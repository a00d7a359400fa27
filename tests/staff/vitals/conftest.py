"""Counting what a page asks of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], int]:
    """`counted(call)` is how many SQL statements the call sends."""
    sent: list[Any] = []
    execute = psycopg.Cursor.execute

    def counting(self: Any, query: Any, *args: Any, **kwargs: Any) -> Any:
        sent.append(query)
        return execute(self, query, *args, **kwargs)

    monkeypatch.setattr(psycopg.Cursor, "execute", counting)

    def count(call: Callable[[], Any]) -> int:
        sent.clear()
        assert call().status_code == 200
        return len(sent)

    return count
