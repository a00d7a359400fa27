"""Searches: one page of matches with what they include, audited with every patient that was shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from psycopg import Connection, sql

from osler.access import Everywhere, Principal
from osler.kit.errors import Issue
from osler.record import conditional, deciding, provenance
from osler.record.context import Context, who
from osler.record.reads import refuse_hidden
from osler.search import compile as sql_of
from osler.search import include
from osler.search.tree import Query
from osler.store import audit, select
from osler.store.rows import Access, Version

DEFAULT_COUNT = 50
MOST = 1000
"""Matches on one page."""
MOST_INCLUDED = 1000
"""Resources that one page may bring along."""


CAPPED = Issue(
    "too-costly",
    f"More resources are included by this page than the {MOST_INCLUDED} that are shown with it;"
    " ask for fewer matches with _count.",
    severity="warning",
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a search; `next` is the cursor of the page after, `total` where it was asked or is known.

    A contained resource answered alone (`_containedType=contained`) has the type, version and patient
    of its container, and as `id` the container's with `#` and its own.
    """

    matches: tuple[Version, ...]
    included: tuple[Version, ...] = ()
    total: int | None = None
    next: str | None = None
    warnings: tuple[Issue, ...] = ()


def search(context: Context, principal: Principal, query: Query) -> Page:
    """One page of what matches, within what the principal may see."""
    query = refuse_hidden(query, context.hidden, context.registry)
    size = min(DEFAULT_COUNT if query.count is None else query.count, MOST)
    if size == 0 or query.summary == "count":
        return Page((), total=count(context, principal, query), warnings=query.warnings)
    with context.database.connection() as conn:
        demanded = deciding.of_query(context, conn, principal, query)
        statement = sql_of.select(
            query,
            deciding.of_search(context, conn, principal, query),
            limit=size + 1,
            demanded=demanded,
            registry=context.registry,
            terminology=context.terminology,
        )
        if query.includes or query.revincludes:
            rows, included = _with_includes(context, conn, principal, query, statement, size)
        else:
            rows, included = _page(conn, principal, query, statement, size), None
        total = _total(context, conn, principal, query, rows, size)
        more = len(rows) > size
        derived, beside = _derived(context, conn, principal, query, rows[:size], last=not more)
    matches = rows[:size]
    return Page(
        (*context.vault.opened_all(map(select.version_of, matches)), *derived),
        (
            *context.vault.opened_all(map(select.version_of, included.rows if included else ())),
            *beside,
        ),
        None if total is None else total + len(derived),
        sql_of.next_cursor(query, matches[-1]) if more else None,
        (*query.warnings, *((CAPPED,) if included and included.capped else ())),
    )


def _derived(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    query: Query,
    rows: list[select.Row],
    *,
    last: bool,
) -> tuple[list[Version], list[Version]]:
    """Provenance that is made when it is asked for: as matches of its own search, or beside others."""
    beside: list[Version] = []
    if provenance.wanted(query):
        matches = [select.version_of(row) for row in rows]
        beside = provenance.of_matches(context, conn, principal, matches)
    found = provenance.of_targets(context, conn, principal, query) if last else []
    if found:
        patients = tuple(sorted({one.patient for one in found if one.patient}))
        access = Access(
            _action(query), query.type, patients=patients, query=asked(query), hits=len(found)
        )
        audit.write(conn, who(principal), [access])
    return found, beside


def _page(
    conn: Connection[Any], principal: Principal, query: Query, statement: sql.Composed, size: int
) -> list[select.Row]:
    return select.page(
        conn,
        who(principal),
        statement,
        action=_action(query),
        type=query.type,
        query=asked(query),
        shown=size,
    )


def _action(query: Query) -> str:
    return "search-type" if query.type else "search-system"


def asked(query: Query) -> str:
    """The query as it was understood, for the audit."""
    return urlencode(query.used)


def _with_includes(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    query: Query,
    statement: sql.Composed,
    size: int,
) -> tuple[list[select.Row], include.Included]:
    with conn.transaction():
        rows = select.rows(conn, statement)
        included = include.gather(
            lambda statement: select.rows(conn, statement),
            query,
            context.policy_of(principal),
            rows[:size],
            at_most=MOST_INCLUDED,
            registry=context.registry,
            terminology=context.terminology,
        )
        shown = [*rows[:size], *included.rows]
        patients = audit.patients_of(conn, [row[0] for row in shown])
        access = Access(
            _action(query), query.type, patients=patients, query=asked(query), hits=len(shown)
        )
        audit.write(conn, who(principal), [access])
    return rows, included


def _total(
    context: Context,
    conn: Connection[Any],
    principal: Principal,
    query: Query,
    rows: list[select.Row],
    size: int,
) -> int | None:
    """Free where one page holds all; otherwise counted only when asked for."""
    if query.cursor is None and len(rows) <= size:
        return len(rows)
    if query.total == "none":
        return None
    return _counted(context, conn, principal, query)


def _counted(context: Context, conn: Connection[Any], principal: Principal, query: Query) -> int:
    demanded = deciding.of_query(context, conn, principal, query)
    statement = sql_of.count(
        query,
        deciding.of_search(context, conn, principal, query),
        demanded=demanded,
        registry=context.registry,
        terminology=context.terminology,
    )
    return select.number(conn, statement)


def count(context: Context, principal: Principal, query: Query) -> int:
    """How many resources match."""
    query = refuse_hidden(query, context.hidden, context.registry)
    with context.database.connection() as conn, conn.transaction():
        found = _counted(context, conn, principal, query)
        access = Access(_action(query), query.type, query=asked(query), hits=found, detail="count")
        audit.write(conn, who(principal), [access])
    return found


def one_at_most(context: Context, query: Query) -> bool:
    """Whether no more than one resource matches at all, whoever asks: then who may see the others needs no answer.

    It is a tenth of the work of `count`, and shows nobody anything: not to be told to the caller.
    """
    statement = sql_of.count(
        query,
        Everywhere(),
        at_most=2,
        registry=context.registry,
        terminology=context.terminology,
    )
    with context.database.connection() as conn:
        return select.number(conn, statement) < 2


def find(context: Context, principal: Principal, type: str, criteria: str) -> list[str]:
    """At most two logical ids that match criteria such as "identifier=a|b"."""
    with context.database.connection() as conn:
        return list(conditional.finder(context, conn, principal)(type, criteria))
