"""Finds the bad ones in a batch that fails as a whole."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

import psycopg

from osler.kit.errors import Conflict, NotAllowed, OslerError, Unavailable

T = TypeVar("T")
_ATTEMPTS = 3
# What PostgreSQL says of values it cannot store, an index row that is too long among them.
_OF_THE_DATA = (
    psycopg.DataError,
    psycopg.IntegrityError,
    psycopg.errors.ProgramLimitExceeded,
    psycopg.errors.StatementTooComplex,
)


def divide(
    items: Sequence[T],
    attempt: Callable[[Sequence[T]], None],
    refuse: Callable[[T, str], None],
) -> None:
    """Attempts all at once; where that fails, in halves, down to the ones at fault, which are refused.

    Raises:
        Unavailable, NotAllowed: no item is at fault, and trying the others would not help.
    """
    if not items:
        return
    try:
        _persist(items, attempt)
    except (Unavailable, NotAllowed):
        raise
    except (OslerError, *_OF_THE_DATA) as error:
        if len(items) == 1:
            refuse(items[0], reason(error))
            return
        middle = len(items) // 2
        divide(items[:middle], attempt, refuse)
        divide(items[middle:], attempt, refuse)


def _persist(items: Sequence[T], attempt: Callable[[Sequence[T]], None]) -> None:
    """Tries again where another writer was in the way."""
    for _ in range(_ATTEMPTS - 1):
        try:
            attempt(items)
        except Conflict:
            continue
        return
    attempt(items)


def reason(error: Exception) -> str:
    """Why something was refused, in one line."""
    if isinstance(error, OslerError):
        return "; ".join(
            f"{issue.expression}: {issue.diagnostics}" if issue.expression else issue.diagnostics
            for issue in error.issues[:5]
        )
    # Its message would quote the value, and reasons are printed.
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).lower()
    return f"The database refused it: {words}"
