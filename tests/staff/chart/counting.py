"""Counts what is sent to the database: statements, and what begins and ends transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from osler.record import facts, parameters


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that any connection of this process sends within the block, BEGIN and COMMIT included."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute
    command = psycopg.Connection._exec_command

    def counted(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        sent.append(query if isinstance(query, str) else getattr(query, "as_string", str)(None))
        return execute(self, query, *args, **more)

    def commanded(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        sent.append(str(query))
        return command(self, query, *args, **more)

    psycopg.Cursor.execute = counted  # type: ignore[method-assign]
    psycopg.Connection._exec_command = commanded  # type: ignore[method-assign,assignment]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = execute  # type: ignore[method-assign]
        psycopg.Connection._exec_command = command  # type: ignore[method-assign]


def steady(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is kept for a second be kept longer: on a busy machine it ends in the middle of a page."""
    monkeypatch.setattr(facts, "_KEPT", timedelta(hours=1))
    monkeypatch.setattr(parameters, "POLL_SECONDS", 3600)


def asked(sent: list[str]) -> list[str]:
    """Without what begins and ends transactions."""
    return [one for one in sent if not one.strip("b'").startswith(("BEGIN", "COMMIT"))]
