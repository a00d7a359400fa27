"""The audit as others see it: notes of what is no FHIR interaction, pages of rows, who looked at a patient.

    record.note(principal, Access("login", detail="password and passkey"))
    page = record.audit(principal, AuditQuery(since=…, patients=("123",), sort="-at", count=50))
    page.rows       AuditRow: at seq actor actor_name roles person on_behalf session action type id version
                    patients query hits outcome purpose emergency address client request detail source author
    page.next       what AuditQuery.cursor takes for the page after; None at the end
    page.total      where it was asked for (total=True)
    record.audit_report(principal, query, directory) -> all rows, with those that were archived there
    record.who_looked(principal, "123", since) -> tuple[Look, …]: one per day, person, role and reason, newest first

Filters are the fields of AuditQuery, orders `SORTS` ("-at", "actor_name", "patients" …). Who may: who has the
permission audit.read, or whose policy allows to search every AuditEvent, sees all rows; a patient (and their
proxy) only those that name that patient, without the other patients of such a row; all others NotAllowed.
Reading the audit is audited itself. All names are exported by `osler.record`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from psycopg import Connection

from osler.access import Principal
from osler.kit.errors import Invalid, NotAllowed
from osler.record import archiving, permissions
from osler.record.audit_words import in_words
from osler.record.context import Context, who
from osler.search.tree import Everything, Nothing
from osler.store import audit
from osler.store.audit import looks
from osler.store.audit import query as store
from osler.store.audit.query import SORTS, AuditQuery, AuditRow
from osler.store.rows import Access

MOST = 1000
"""Rows on one page."""


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Rows in the order asked for; `next` is the cursor of the page after, `total` where it was asked."""

    rows: tuple[AuditRow, ...]
    next: tuple[str, int] | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """What one person did with a patient's record on one day for one reason, in plain words."""

    day: date
    actor: str
    name: str
    roles: tuple[str, ...]
    purpose: str | None
    emergency: bool
    words: str
    times: int
    first: datetime
    last: datetime
    what: tuple[tuple[str, str | None, str], ...] = ()


def note(context: Context, principal: Principal, *accesses: Access) -> None:
    """Record what is no FHIR interaction: a login, a change of roles, a print."""
    with context.database.connection() as conn:
        audit.write(conn, who(principal), accesses)


def page(
    context: Context, principal: Principal, query: AuditQuery, *, total: bool = False
) -> AuditPage:
    """One page of the audit, within what the principal may see.

    Raises:
        NotAllowed: no policy lets this principal see any of it.
        Invalid: a sort field that does not exist.
    """
    if query.sort.lstrip("-") not in SORTS:
        raise Invalid(
            f"The audit cannot be sorted by {query.sort!r}; use one of {', '.join(SORTS)}"
        )
    size = max(0, min(query.count, MOST))
    patient = _scope(context, principal, query)
    with context.database.connection() as conn, conn.transaction():
        only = None if patient is None else store.naming(patient)
        found = store.rows(conn, dataclasses.replace(query, count=size + 1), only)
        count = store.number(conn, query, only) if total else None
        shown = tuple(_for(row, patient) for row, _ in found[:size])
        _note_page(conn, principal, query, shown)
    more = len(found) > size > 0
    place = (found[size - 1][1], found[size - 1][0].seq) if more else None
    return AuditPage(shown, place, count)


def report(
    context: Context, principal: Principal, query: AuditQuery, directory: Path | None = None
) -> Iterator[AuditRow]:
    """All rows of a query in its order, also those of the archive in `directory`.

    Raises:
        NotAllowed, Invalid: as `page`.
    """
    patient = _scope(context, principal, query)
    found = _all_pages(context, principal, query)
    if directory is None or not directory.is_dir():
        return found
    archived = [
        _for(row, patient)
        for row in archiving.rows(directory, query.since, query.until)
        if store.matches(row, query) and (patient is None or store.shown_to(row, patient))
    ]
    if not archived:
        return found
    down = query.sort.startswith("-")
    everything = [*archived, *found]
    return iter(sorted(everything, key=lambda row: store.order(row, query.sort), reverse=down))


def _all_pages(context: Context, principal: Principal, query: AuditQuery) -> Iterator[AuditRow]:
    query = dataclasses.replace(query, count=MOST)
    while True:
        found = page(context, principal, query)
        yield from found.rows
        if found.next is None:
            return
        query = dataclasses.replace(query, cursor=found.next)


def _scope(context: Context, principal: Principal, query: AuditQuery) -> str | None:
    """The one patient whose rows the principal may see; None: all rows. A refusal leaves a row too."""
    if permissions.has(context, principal, "audit.read"):
        return None
    match context.policy_of(principal).where("AuditEvent", "search"):
        case Everything():
            return None
        case Nothing():
            pass
        case _ if principal.patient is not None:
            return principal.patient
    note(
        context,
        principal,
        Access("audit-read", "AuditEvent", query=asked(query), outcome=NotAllowed.code),
    )
    raise NotAllowed("You may not read the audit.")


def _for(row: AuditRow, patient: str | None) -> AuditRow:
    """A row as the patient may see it: nothing of others, nor from where in the practice it was done."""
    if patient is None:
        return row
    alone = set(row.patients) <= {patient}
    return dataclasses.replace(
        row,
        session=None,
        address=None,
        client=None,
        request=None,
        patients=list(store.shown_to(row, patient)),
        query=row.query if alone else None,
        detail=row.detail if alone else None,
        hits=row.hits if alone else None,
    )


def _note_page(
    conn: Connection[Any], principal: Principal, query: AuditQuery, shown: Sequence[AuditRow]
) -> None:
    words = asked(query)
    access = Access(
        "audit-read", "AuditEvent", query=words, patients=query.patients, hits=len(shown)
    )
    audit.write(conn, who(principal), [access])


def who_looked(
    context: Context, principal: Principal, patient: str, since: datetime | None = None
) -> tuple[Look, ...]:
    """Who did what with a patient's record, by day, newest first, as a patient reads it.

    Raises:
        NotAllowed: the principal may not see the audit of this patient.
    """
    query = AuditQuery(since=since, patients=(patient,))
    mine = _scope(context, principal, query)
    if mine is not None and mine != patient:
        raise NotAllowed("You may see only who looked at the record that you are here for.")
    with context.database.connection() as conn, conn.transaction():
        found = looks.by_day(conn, patient, since)
        access = Access("audit-read", "AuditEvent", query=asked(query), patients=(patient,))
        audit.write(conn, who(principal), [dataclasses.replace(access, hits=len(found))])
    return tuple(_look(row) for row in found)


def _look(row: looks.DayRow) -> Look:
    return Look(
        row.day,
        row.actor,
        row.actor_name or row.actor,
        tuple(row.roles),
        row.purpose,
        row.emergency,
        ", ".join(dict.fromkeys(in_words(*what) for what in row.what)),
        row.times,
        row.first,
        row.last,
        tuple((action, type, outcome) for action, type, outcome in row.what),
    )


def asked(query: AuditQuery) -> str:
    """The query in words, for the audit of having read the audit."""
    default = AuditQuery()
    parts = []
    for field in dataclasses.fields(query):
        value = getattr(query, field.name)
        if value != getattr(default, field.name) and field.name != "cursor":
            text = ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
            parts.append(f"{field.name}={text}")
    return "&".join(parts)
