"""Ops that name their resource by a search: conditional create, update, patch and delete.

https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from psycopg import Connection

from osler.access.principal import Principal
from osler.kit.errors import Invalid, MultipleMatches, NotFound
from osler.kit.ids import uuid7
from osler.record.context import Context
from osler.record.ops import Create, Delete, Op, Patch, Update
from osler.record.plan import Work
from osler.record.reads import refuse_hidden
from osler.search import compile as sql_of
from osler.search.parse import parse
from osler.search.tree import Everything
from osler.store import lookup, select

Find = Callable[[str, str], Sequence[str]]


def criteria(op: Op) -> str | None:
    """The search that names an op's resource, or None."""
    match op:
        case Create(if_none_exist=text):
            return text
        case Update(where=text) | Patch(where=text) | Delete(where=text):
            return text


def finder(context: Context, conn: Connection[Any], principal: Principal) -> Find:
    """A search for at most two ids of a type by criteria, within what the principal may see."""
    policy = context.policy_of(principal)

    def find(type: str, text: str) -> Sequence[str]:
        pairs = parse_qsl(text, keep_blank_values=True)
        if not pairs:
            raise Invalid(
                f"The condition {text!r} has no search parameter; say which {type} is meant."
            )
        query = parse(type, pairs, context.registry, base_url=context.base_url or "")
        query = refuse_hidden(query, context.hidden, context.registry)
        if query.contained != "false":
            raise Invalid(
                f"The condition {text!r} must find resources themselves, not by _contained."
            )
        if isinstance(query.where, Everything):
            raise Invalid(f"The condition {text!r} says nothing of which {type} is meant.")
        statement = sql_of.select(
            query,
            policy,
            limit=2,
            registry=context.registry,
            terminology=context.terminology,
        )
        rows = select.ids(conn, statement)
        return [id for _, id in rows]

    return find


def lock(conn: Connection[Any], works: Sequence[Work]) -> None:
    """Let one writer at a time look for, and then make, what a condition names.

    So two conditional creates of the same thing at the same moment make one.
    """
    keys = []
    for work in works:
        text = criteria(work.op)
        if text is not None:
            digest = hashlib.blake2b(_same(work.type, text).encode(), digest_size=8).digest()
            keys.append(int.from_bytes(digest, "big", signed=True))
    if keys:
        lookup.advisory_locks(conn, keys)


def _same(type: str, text: str) -> str:
    """One spelling for all spellings of a condition."""
    return f"{type}?{sorted(parse_qsl(text, keep_blank_values=True))}"


def resolve(works: Sequence[Work], find: Find) -> None:
    """Give each conditional op its id, or what follows from there being none.

    Raises:
        MultipleMatches: the condition is not specific enough.
    """
    seen: set[str] = set()
    for work in works:
        text = criteria(work.op)
        if text is None:
            continue
        same = _same(work.type, text)
        if isinstance(work.op, Create) and same in seen:
            raise Invalid(
                f"Two entries create a {work.type} on the same condition {text!r}; keep one of them.",
                expression=work.at or None,
            )
        seen.add(same)
        found = find(work.type, text)
        if len(found) > 1:
            raise MultipleMatches(
                f"More than one {work.type} matches {text!r}; the condition must name one.",
                expression=work.at or None,
            )
        _settle(work, found[0] if found else None)


def _settle(work: Work, found: str | None) -> None:
    work.found = found is not None
    match work.op:
        case Create():
            work.id = found or uuid7()
            work.status = "matched" if found else None
        case Update(resource=resource):
            if found and resource.id not in (None, found):
                raise Invalid(
                    f"The condition finds {work.type}/{found}, but the resource says its id is {resource.id}.",
                    expression=work.at or None,
                )
            work.id = found or resource.id or uuid7()
        case Patch():
            if found is None:
                raise NotFound(f"No {work.type} matches the condition.", expression=work.at or None)
            work.id = found
        case Delete():
            work.id = found
