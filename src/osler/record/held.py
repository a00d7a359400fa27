"""The database, and the connection that this thread holds of it already."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from psycopg.pq import TransactionStatus

from osler.kit.database import Connection, Database


class Held:
    """A Database that knows what it lent to the thread.

    Looking up codes for a condition while a statement is being made must not wait for a second
    connection: with every thread holding one and waiting for another, none would ever go on.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._mine = threading.local()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection of the pool."""
        with self._database.connection() as conn:
            before = getattr(self._mine, "held", None)
            self._mine.held = conn
            try:
                yield conn
            finally:
                self._mine.held = before

    @contextmanager
    def any(self) -> Iterator[Connection]:
        """The connection that the thread holds, or else one of the pool; for reading only."""
        held: Connection | None = getattr(self._mine, "held", None)
        if held is None or held.info.transaction_status == TransactionStatus.INERROR:
            with self.connection() as conn:
                yield conn
        else:
            yield held

    def connect(self) -> Connection:
        """A connection of its own, which the caller closes."""
        return self._database.connect()
