"""Reads of known resources: current, superseded, histories, a patient's everything, the record as it stood."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from osler.access import Everywhere as Unrestricted
from osler.access import Principal
from osler.fhir import definitions, r4
from osler.kit.errors import Gone, Invalid, NotAllowed, NotFound
from osler.record import deciding, provenance
from osler.record.context import Context, who
from osler.record.reads import hides_date
from osler.record.whose import whose
from osler.store import audit
from osler.store import everything as store_everything
from osler.store import read as store_read
from osler.store.read import Visible
from osler.store.rows import Access, Version


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Versions newest first; `next` is the cursor of the page after, `total` known for one resource only."""

    entries: tuple[Version, ...]
    next: str | None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """Versions that arrive as they are fetched; `total` of the whole answer, `next` where a page after begins."""

    versions: Iterator[Version]
    total: int
    next: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Everything:
    """What `$everything` asks for: [start, end) is a clinical period, `cursor` where a page begins."""

    since: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    types: tuple[str, ...] = ()


def known_type(type: str) -> str:
    """The type itself, refused where R4 has no such resource."""
    if type not in r4.RESOURCES:
        raise NotFound(f"FHIR R4 has no resource type {type!r}.")
    return type


def read(context: Context, principal: Principal, type: str, id: str) -> Version:
    """The current version of one resource.

    Raises:
        NotFound: there is none that this principal may see.
        Gone: it has been deleted.
    """
    known_type(type)
    with context.database.connection() as conn:
        if type == provenance.TYPE and provenance.is_derived(id):
            found = provenance.read(context, conn, principal, id)
            _audit_one(context, conn, principal, "read", type, id, found)
        else:
            visible = context.visible_one(conn, principal, type, id)
            found = store_read.read(conn, who(principal), type, id, visible)
    if found is None:
        raise NotFound(f"There is no {type}/{id}.")
    if found.deleted:
        raise Gone(f"{type}/{id} has been deleted; its history remains.")
    return context.vault.opened(found)


def vread(context: Context, principal: Principal, type: str, id: str, version: int) -> Version:
    """One version of one resource; may be seen where it and the current one may."""
    known_type(type)
    with context.database.connection() as conn, conn.transaction():
        visible = context.visible_version_of(conn, principal, type, id, "vread")
        found = store_read.vread(conn, type, id, version, visible)
        _audit_one(context, conn, principal, "vread", type, id, found)
    if found is None:
        raise NotFound(f"There is no version {version} of {type}/{id}.")
    if found.deleted:
        raise Gone(f"Version {version} of {type}/{id} is its deletion.")
    return context.vault.opened(found)


def _audit_one(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    action: str,
    type: str,
    id: str,
    found: Version | None,
) -> None:
    outcome = "not-found" if found is None else "deleted" if found.deleted else "success"
    patients = whose(context, [] if found is None else [found])
    number = found.version if found is not None else None
    audit.write(conn, who(principal), [Access(action, type, id, number, patients, outcome=outcome)])


def history(
    context: Context,
    principal: Principal,
    type: str | None,
    id: str | None,
    *,
    since: datetime | None,
    at: tuple[datetime, datetime] | None,
    count: int,
    cursor: str | None,
) -> HistoryPage:
    """Versions of a resource, a type or everything, newest first.

    Raises:
        NotFound: the history of one resource that is not there, or not visible.
        Invalid: a cursor that this server did not make.
    """
    before = None if cursor is None else _from_cursor(cursor)
    if type is not None:
        known_type(type)
    with context.database.connection() as conn, conn.transaction():
        visible = _versions(context, conn, principal, type, id)
        where = store_read.history_where(type, id, since, at, visible)
        found = store_read.history(conn, where, before=before, limit=count + 1)
        total = store_read.history_count(conn, where) if id is not None else None
        _audit_many(context, conn, principal, "history", type, id, found[:count])
        absent = id is not None and not found
        absent = absent and not _exists(context, conn, principal, type or "", id or "")
    if absent:  # only now, for the audit row must stay
        raise NotFound(f"There is no {type}/{id}.")
    more = len(found) > count
    page = tuple(context.vault.opened_all(found[:count]))
    return HistoryPage(page, _to_cursor(page[-1]) if more and page else None, total)


def _versions(
    context: Context, conn: Connection[Any], principal: Principal, type: str | None, id: str | None
) -> list[tuple[str, Visible | None]]:
    """Which versions may be seen, by type."""
    if type is not None and id is not None:
        return [(type, context.visible_version_of(conn, principal, type, id, "history"))]
    types = [type] if type is not None else _types(context, conn, principal, None)
    return [(t, context.visible_version(principal, t, "history")) for t in types]


def _exists(
    context: Context, conn: Connection[Any], principal: Principal, type: str, id: str
) -> bool:
    visible = context.visible(principal, type, "history", "r")
    return store_read.current(conn, type, id, visible) is not None


def _audit_many(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    action: str,
    type: str | None,
    id: str | None,
    versions: Sequence[Version],
    query: str | None = None,
) -> None:
    patients = whose(context, versions)
    access = Access(action, type, id, patients=patients, hits=len(versions), query=query)
    audit.write(conn, who(principal), [access])


def _to_cursor(last: Version) -> str:
    place = json.dumps([last.updated.isoformat(), last.rid, last.version])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _from_cursor(cursor: str) -> tuple[datetime, int, int]:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        updated, rid, version = json.loads(text)
        instant = datetime.fromisoformat(updated)
        if instant.tzinfo is None:
            raise ValueError("no time zone")
        return instant, int(rid), int(version)
    except (ValueError, TypeError, OverflowError) as error:
        raise Invalid(
            "This page link is not one that this server made; start from page one."
        ) from error


def everything(
    context: Context,
    principal: Principal,
    patient: str,
    want: Everything,
    *,
    after: tuple[int, int] | None = None,
    limit: int | None = None,
) -> Stream:
    """The patient, all of their compartment, and what that refers to; streamed in a stable order.

    Audited at once, before the first row goes out. `after` is (part, rid) of the last version of the
    page before (a Stream's `next`), `limit` the size of a page.

    Raises:
        NotFound: no such patient that this principal may see.
        NotAllowed: by date, where the dates of a type are hidden from this principal.
    """
    _by_shown_dates(context, want)
    with context.database.connection() as conn:
        visible, own, beside = _readable_about(context, conn, principal, patient)
        first = visible if own is None else own
        one = store_read.current(conn, "Patient", patient, first.get("Patient", _NOTHING))
        if one is None or one.deleted:
            missing = Access("everything", "Patient", patient, outcome="not-found")
            audit.write(conn, who(principal), [missing])
            raise NotFound(f"There is no Patient/{patient}.")
        period = (want.start, want.end)
        whole = store_everything.rows(
            conn, patient, visible, own, beside, types=want.types, since=want.since, period=period
        )
        rows = store_everything.page(whole, after, limit)
        patients = audit.patients_of(conn, [row.rid for row in rows]) or (patient,)
        shown = Access("everything", "Patient", patient, patients=patients, hits=len(rows))
        audit.write(conn, who(principal), [shown])
    more = bool(rows) and rows[-1] != whole[-1]
    last = (rows[-1].part, rows[-1].rid) if more else None
    return Stream(_stream(context, rows), len(whole), last)


def _by_shown_dates(context: Context, want: Everything) -> None:
    if want.start is None and want.end is None:
        return
    for type in want.types or r4.RESOURCES:
        if context.hidden(type) and hides_date(type, context.hidden, context.registry):
            raise NotAllowed(
                f"You may not ask for a period: the date of a {type} is one thing that you may not see."
                " Name other types by _type."
            )


_NOTHING = sql.SQL("false")


def _types(
    context: Context, conn: Connection[Any], principal: Principal, patient: str | None
) -> Iterable[str]:
    """The types that a policy must be asked about, for one patient or all.

    Conditions for every type there is would make a very long statement.
    """
    if isinstance(context.policy_of(principal), Unrestricted):
        return r4.RESOURCES
    return store_read.types(conn) if patient is None else store_everything.types(conn, patient)


def _readable(
    context: Context, principal: Principal, types: Iterable[str]
) -> dict[str, sql.Composable | None]:
    """Those of the types that may be read, each with its condition on alias r (None: all of it)."""
    conditions = {type: context.visible(principal, type, "read", "r") for type in types}
    return {type: one for type, one in conditions.items() if one != _NOTHING}


_Visible = dict[str, sql.Composable | None]


def _readable_about(
    context: Context, conn: Connection[Any], principal: Principal, patient: str
) -> tuple[_Visible, _Visible | None, set[str]]:
    """What may be read: of all that comes along, of what is about the patient alone, and the types of what is not."""
    policy = context.policy_of(principal)
    if isinstance(policy, Unrestricted):
        return _readable(context, principal, r4.RESOURCES), None, set()
    mine, beside = store_everything.types_about(conn, patient)
    own = {}
    for type in sorted(mine | {"Patient"}):
        node = policy.where(type, "read")
        node = deciding.of_patient(context, conn, (type, "read", patient), node)
        own[type] = context.condition(type, node, "r")
    visible = _readable(context, principal, sorted(beside.union(store_everything.SUPPORTING)))
    return visible, {type: one for type, one in own.items() if one != _NOTHING}, beside


def _stream(context: Context, rows: Sequence[store_everything.Row]) -> Iterator[Version]:
    """The contents, in chunks: a connection is held only while a chunk is fetched."""
    for chunk in store_everything.chunks(rows):
        with context.database.connection() as conn:
            versions = store_everything.fetch(conn, chunk)
        yield from context.vault.streamed(versions)


def as_of_patient(
    context: Context, principal: Principal, instant: datetime, patient: str
) -> list[Version]:
    """A patient's whole record as it stood at an instant: the patient and their compartment."""
    with context.database.connection() as conn, conn.transaction():
        visible = [
            (type, context.visible_version(principal, type, "history"))
            for type in _types(context, conn, principal, patient)
        ]
        where = store_read.history_where(None, None, None, None, visible)
        where = where.within(store_everything.about(patient))
        found = list(store_read.as_of(conn, where, instant))
        _audit_many(
            context, conn, principal, "as-of", "Patient", patient, found, instant.isoformat()
        )
    return context.vault.opened_all(found)


def as_of(context: Context, principal: Principal, instant: datetime, type: str, id: str) -> Version:
    """One resource as it stood at an instant.

    Raises:
        NotFound: it was not there then, or may not be seen.
    """
    known_type(type)
    with context.database.connection() as conn, conn.transaction():
        visible = _versions(context, conn, principal, type, id)
        where = store_read.history_where(type, id, None, None, visible)
        found = list(store_read.as_of(conn, where, instant))
        _audit_many(context, conn, principal, "as-of", type, id, found, instant.isoformat())
    if not found:
        raise NotFound(f"There was no {type}/{id} at {instant.isoformat()}.")
    return context.vault.opened(found[0])


def export(
    context: Context,
    principal: Principal,
    type: str,
    *,
    since: datetime | None,
    history: bool,
) -> Iterator[Version]:
    """All versions of a type that may be seen, oldest resource first; audited before the first row goes out."""
    known_type(type)
    visible = [(type, context.visible_version(principal, type, "history" if history else "read"))]
    conn = context.database.connect()
    try:
        where = store_read.history_where(type, None, since, None, visible)
        query = f"_since={since.isoformat()}" if since else None
        patients = ("*",) if type in definitions.compartment("Patient") else ()
        access = Access("export", type, patients=patients, query=query)
        audit.write(conn, who(principal), [access])
        found = store_read.export(conn, where, history=history)
        yield from context.vault.streamed(found, strict=True)
    finally:
        conn.close()
