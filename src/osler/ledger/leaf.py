"""What a leaf of the ledger is made of: an entry as canonical JSON, hashed together with a random salt.

Entries are JSON by RFC 8785: members in the order of their names, no white space. What says nothing (null,
false, an empty list) is left out, so that a column added to a table later changes no entry sealed before.
`docs/explanation/ledger.md` has them member by member.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

SALT_BYTES = 16
"""128 bits: nobody who has only the hash can try out what the entry may have said."""

VERSION, AUDIT, ERASURE = 0, 1, 2
"""Kinds of entries, as `ledger_leaf.kind` has them."""

NAMES = {VERSION: "version", AUDIT: "audit", ERASURE: "erasure"}

# The transaction is a number of one database cluster; a dump restored elsewhere has others.
_NOT_SEALED = frozenset({"xact"})
_NONE = timedelta(0)
_JSON = msgspec.json.Encoder(order="sorted")


class _Version(msgspec.Struct, omit_defaults=True, frozen=True, gc=False):
    """The entry of a version; its members in the order of their names."""

    content: str | None = None
    deleted: bool = False
    id: str | None = None
    ledger: str | None = None
    patient: str | None = None
    type: str | None = None
    updated: str | None = None
    version: int | None = None


def new_salt() -> bytes:
    """A salt nobody can guess."""
    return secrets.token_bytes(SALT_BYTES)


def leaf_hash(salt: bytes, entry: bytes) -> bytes:
    """The leaf's hash: SHA-256(0x00 || salt || entry), 32 bytes.

    https://www.rfc-editor.org/rfc/rfc6962#section-2.1
    """
    return hashlib.sha256(b"\x00" + salt + entry).digest()


def version_entry(
    type: str,
    id: str,
    version: int,
    updated: datetime,
    deleted: bool,
    patient: str | None,
    content: bytes | None,
) -> bytes:
    """The entry of one version of a resource; `content` is its JSON exactly as stored (None or b"": none)."""
    digest = hashlib.sha256(content).hexdigest() if content else None
    return _JSON.encode(
        _Version(digest, deleted, id, "version.1", patient, type, instant(updated), version)
    )


def audit_entry(row: Mapping[str, Any]) -> bytes:
    """The entry of an audit row: every column that says something (but `xact`), whatever columns there are.

    An archive that keeps these bytes, one row a line, can be checked against the ledger forever;
    `audit_entry(json.loads(line))` gives the same bytes again.
    """
    return _entry("audit.1", row)


def erasure_entry(row: Mapping[str, Any]) -> bytes:
    """The entry of a row of `ledger_erasure`: the record that content was removed, and by whose order."""
    return _entry("erasure.1", row)


def instant(at: datetime) -> str:
    """An instant in UTC, always with six decimals: 2026-03-01T09:30:00.000000Z."""
    if (
        at.utcoffset() != _NONE
    ):  # Rows come in UTC already, and converting takes longer than all the rest.
        at = at.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def _entry(name: str, row: Mapping[str, Any]) -> bytes:
    members = {
        column: _plain(value)
        for column, value in row.items()
        if column not in _NOT_SEALED and not _says_nothing(value)
    }
    members["ledger"] = name
    return _JSON.encode(members)


def _says_nothing(value: Any) -> bool:
    return value is None or value is False or value in ([], ())


def _plain(value: Any) -> Any:
    match value:
        case str() | bool() | int():
            return value
        case datetime():
            return instant(value)
        case bytes():  # a json column, as this project reads it
            return value.decode()
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case _:
            return str(value)
