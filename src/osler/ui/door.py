"""The record as pages reach it: one per process, given by `main`."""

from __future__ import annotations

from osler.record import Record

_given: list[Record] = []


def use(record: Record) -> None:
    """Let pages use this record."""
    _given[:] = [record]


def record() -> Record:
    """The record of this process."""
    return _given[0]
