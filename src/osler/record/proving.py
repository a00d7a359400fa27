"""Proofs that something was sealed, and that a later head continues an earlier one."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from psycopg import Connection

from osler.access import Principal
from osler.kit.errors import Gone, Invalid, NotFound, OslerError
from osler.ledger import proof
from osler.ledger.head import Signed
from osler.ledger.leaf import AUDIT, ERASURE, VERSION
from osler.ledger.tree import Stored
from osler.record import auditing, reading
from osler.record.context import Context
from osler.record.permissions import require
from osler.store import ledger
from osler.store.ledger import Reference
from osler.store.ledger_entries import entries
from osler.store.rows import Access

_VERSION = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})/_history/(\d{1,9})")
_ROW = re.compile(r"(audit|erasure)/(\d{1,18})")


class Unprovable(OslerError):
    """The ledger is damaged where the proof would come from."""

    code = "incomplete"


def reference(name: str) -> Reference:
    """What a name such as "Observation/1/_history/2" or "audit/7" means; Invalid if nothing."""
    if match := _VERSION.fullmatch(name):
        return Reference(VERSION, match[1], match[2], int(match[3]))
    if match := _ROW.fullmatch(name):
        return Reference(AUDIT if match[1] == "audit" else ERASURE, "", "", int(match[2]))
    raise Invalid(f"{name!r} is none of Type/ID/_history/VERSION, audit/SEQ and erasure/SEQ.")


def prove(context: Context, principal: Principal, name: str) -> dict[str, Any]:
    """The proof that a version or row was sealed, with what it says as far as the principal may see it.

    Raises:
        NotFound: it is not sealed. NotAllowed: the principal may not see it.
        Unprovable: the ledger itself is damaged there.
    """
    require(context, principal, "ledger.verify")
    one = reference(name)
    with_content = _allowed(context, principal, one)
    with context.database.connection() as conn:
        leaf = ledger.leaf_of(conn, one)
        last = ledger.last_block(conn)
        if leaf is None or last is None or leaf.position >= last.head.size:
            raise NotFound(f"{name} is not sealed; what is written is sealed some seconds later.")
        found = entries(conn, [one]).get(one)
        return _whole(
            lambda: proof.of_entry(
                last,
                ledger.rotations(conn),
                leaf.position,
                leaf.hash,
                _nodes(conn),
                salt=leaf.salt,
                entry=None if found is None or leaf.salt is None else found.entry,
                content=found.content if found is not None and with_content else None,
            )
        )


def _allowed(context: Context, principal: Principal, one: Reference) -> bool:
    """Whether the content may be part of the proof; raises NotAllowed or NotFound, and leaves an audit row."""
    if one.kind != VERSION:
        require(context, principal, "audit.read")
        auditing.note(context, principal, Access("ledger-prove", query=one.name))
        return False
    try:
        reading.vread(context, principal, one.type, one.id, one.number)
    except Gone:
        return False
    return not context.hidden(one.type)


def consistency(context: Context, principal: Principal, old: Signed, new: Signed) -> dict[str, Any]:
    """The proof that `new` continues `old`; Unprovable where it does not."""
    require(context, principal, "ledger.verify")
    if old.head.height > new.head.height:
        old, new = new, old
    with context.database.connection() as conn:
        rotations = ledger.rotations(conn)
        return _whole(lambda: proof.of_growth(old, new, rotations, _nodes(conn)))


def block(context: Context, principal: Principal, height: int | None = None) -> Signed:
    """A block's head (None: the newest); NotFound where there is none."""
    require(context, principal, "ledger.verify")
    with context.database.connection() as conn:
        found = ledger.last_block(conn) if height is None else ledger.block(conn, height)
    if found is None:
        name = "no block yet" if height is None else f"no block {height}"
        raise NotFound(f"The ledger has {name}; `osler ledger head` shows the newest.")
    return found


def _nodes(conn: Connection[Any]) -> Stored:
    return Stored(lambda *which: ledger.row(conn, *which))


def _whole(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return make()
    except (proof.Broken, LookupError, ValueError) as error:
        raise Unprovable(
            f"No proof can be made: {error}. Run `osler ledger verify`, which says what is damaged."
        ) from error
