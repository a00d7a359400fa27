"""Charts printed in the background: asked for by somebody, made with their rights, kept a day for them alone.

    id = record.ask_print(principal, patient, {"parts": […]})       a job row goes into the queue with it
    record.prints(principal, patient)                               how far they are
    record.print_file(principal, id)                                the PDF, once it is ready

The worker's side is `making`. The file is sealed with the patient's key, so that erasing the patient erases it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from osler.access import Principal
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Gone, NotFound, OslerError, TooCostly, TooLarge
from osler.kit.ids import uuid7
from osler.record.blobs import Vault
from osler.record.context import Context
from osler.store import jobs, lookup
from osler.store import prints as store
from osler.store.prints import Print

if TYPE_CHECKING:
    from osler.record import Record

__all__ = ["Making", "Print", "Prints", "expire", "making"]

TASK = "chart_print"
LIFE = timedelta(hours=24)
"""How long a print is kept."""
AT_MOST = 3
"""Prints of one account that may wait or be made at a time."""
SHOWN = 10
BYTES_AT_MOST = 200_000_000


class Prints:
    """The part of `Record` for prints."""

    database: Database
    vault: Vault

    def _for(self, principal: Principal) -> tuple[Context, Principal]:
        raise NotImplementedError

    def ask_print(self, principal: Principal, patient: str, wanted: dict[str, Any]) -> str:
        """Let a chart be printed by a worker; the print's id.

        Raises:
            NotFound: the patient is none that they may see. TooCostly: too many are under way already.
        """
        context, caller = self._for(principal)
        now = clock.now()
        one = Print(str(uuid7()), patient, now, wanted, "waiting", now)
        with context.database.connection() as conn, conn.transaction():
            _must_see(context, conn, caller, patient)
            if store.under_way(conn, principal.id) >= AT_MOST:
                raise TooCostly(
                    f"{AT_MOST} prints of yours are being made; wait for one of them, or drop it."
                )
            store.add(conn, one, principal.id, msgspec.to_builtins(principal))
            jobs.defer(conn, TASK, json.dumps({"id": one.id}))
        return one.id

    def prints(self, principal: Principal, patient: str) -> list[Print]:
        """The principal's own prints of a patient, newest first."""
        with self.database.connection() as conn:
            return store.of(conn, principal.id, patient, clock.now() - LIFE, SHOWN)

    def print_file(self, principal: Principal, patient: str, id: str) -> bytes:
        """The PDF of one that is ready. The door writes into the audit that it was taken.

        Raises:
            NotFound: there is none of this id that the principal asked for, of this patient.
        """
        context, caller = self._for(principal)
        with context.database.connection() as conn:
            _must_see(context, conn, caller, patient)
            one = store.get(conn, principal.id, id)
            found = store.file(conn, principal.id, id)
            if one is None or found is None or one.patient != patient:
                raise NotFound("This print is not there any more. Make it again.")
            return self.vault.opened_file(conn, *found, _name(id, patient))

    def drop_print(self, principal: Principal, id: str) -> bool:
        """Forget a print, or give it up while it is made; whether there was one."""
        with self.database.connection() as conn:
            return store.drop(conn, principal.id, id)


def _must_see(context: Context, conn: Any, caller: Principal, patient: str) -> None:
    visible = context.visible_one(conn, caller, "Patient", patient)
    if lookup.missing(conn, "Patient", [patient], visible):
        raise NotFound("There is no such patient that you may see.")


def _name(id: str, patient: str) -> str:
    return f"print {id} of Patient/{patient}"


@dataclass(frozen=True, slots=True)
class Making:
    """A print as its worker sees it: whose rights, which patient, what is wanted; `step` says how far it is.

    `step` raises Gone where nobody wants it any more.
    """

    principal: Principal
    patient: str
    wanted: dict[str, Any]
    step: Callable[[int, int], None]
    finish: Callable[[bytes, int], None]


@contextmanager
def making(record: Record, id: str) -> Iterator[Making | None]:
    """One that is to be made; None where there is none any more. What goes wrong inside is told to who asked."""
    database = record.database
    with database.connection() as conn:
        begun = store.begin(conn, id, clock.now())
    if begun is None:
        yield None
        return
    patient, caller, wanted = begun
    principal = msgspec.convert(caller, Principal)

    def step(done: int, total: int) -> None:
        with database.connection() as conn:
            if not store.step(conn, id, done, total, clock.now()):
                raise Gone("This print was dropped.")

    def finish(content: bytes, pages: int) -> None:
        if len(content) > BYTES_AT_MOST:
            raise TooLarge("The print is too large. Choose a span of time, or fewer parts.")
        with database.connection() as conn, conn.transaction():
            sealed = record.vault.sealed_file(conn, patient, content, _name(id, patient))
            store.finish(conn, id, sealed, (pages, len(content)), clock.now())

    try:
        yield Making(principal, patient, wanted, step, finish)
    except Gone:
        return
    except Exception as error:
        told = str(error) if isinstance(error, OslerError) else "Osler could not make it."
        with database.connection() as conn:
            store.fail(conn, id, told[:500], clock.now())
        raise


def expire(database: Database) -> int:
    """Forget prints that are too old; how many. A job asks for it."""
    with database.connection() as conn:
        return store.expire(conn, clock.now() - LIFE)
