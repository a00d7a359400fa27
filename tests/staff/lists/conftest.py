"""A patient of its own for each test, and counting what a page asks of the database."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from osler.access import LOCAL
from osler.fhir import r4
from osler.kit.ids import uuid7
from osler.record import Record, Update

PATIENT: list[str] = []


@pytest.fixture(autouse=True)
def patient(record: Record) -> None:
    """Somebody without a history."""
    PATIENT[:] = [str(uuid7())]
    made = r4.Patient(id=PATIENT[0], birthDate="1970-01-01", name=[r4.HumanName(family="New")])
    record.commit(LOCAL, [Update(made)])


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
