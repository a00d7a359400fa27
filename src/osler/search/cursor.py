"""The place in a result where the next page begins, as opaque text for a link."""

from __future__ import annotations

import base64
import binascii
import json
from hashlib import blake2b

from osler.kit.errors import Invalid
from osler.search.tree import Query

_SUM = 8
_LONGEST = 4_000


def encode(query: Query, place: tuple[str | None, ...]) -> str:
    """The cursor for the page after the row with these sort values (as text), for this query's order."""
    data = json.dumps(list(place), separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_sum(order(query), data) + data).rstrip(b"=").decode()


def decode(text: str, order: str) -> tuple[str | None, ...]:
    """The sort values in a cursor. `Invalid` if it is damaged or of a search in another order."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise _damaged() from None
    found, data = raw[:_SUM], raw[_SUM:]
    if len(text) > _LONGEST or not data or found != _sum(order, data):
        raise _damaged()
    try:
        place = json.loads(data)
    except ValueError:
        raise _damaged() from None
    if not isinstance(place, list) or not all(one is None or isinstance(one, str) for one in place):
        raise _damaged()
    return tuple(place)


def order(query: Query) -> str:
    """What a cursor is bound to: the type and the order of the result."""
    keys = [(sort.param.code, sort.descending) for sort in query.sort]
    kind = [] if query.contained == "false" else [query.contained, query.contained_type]
    return json.dumps([query.type, keys, *kind])


def _sum(order: str, data: bytes) -> bytes:
    return blake2b(
        data, digest_size=_SUM, key=blake2b(order.encode(), digest_size=16).digest()
    ).digest()


def _damaged() -> Invalid:
    return Invalid(
        "The cursor is damaged or belongs to another search; follow the links of a result"
    )
