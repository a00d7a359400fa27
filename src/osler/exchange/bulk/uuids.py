"""The types of millions of entries by their uuid, in eight bytes each."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import pairwise

_PRIME = (1 << 61) - 1
_DROPPED = 5  # bits of the remainder, so that 56 are left beside 8 for the type
_TYPE_BITS = 8


class Uuids:
    """A sorted array of hash and type: a dictionary would take fifteen times the memory.

    Two uuids with one hash (one chance in ten thousand among three million) are known as none.
    """

    def __init__(self) -> None:
        self._rows = array("Q")
        self._types: list[str] = []
        self._codes: dict[str, int] = {}
        self._doubtful: set[int] = set()
        self._sorted = True

    def add(self, uuid: str, kind: str) -> None:
        """Notes the type of the entry with this uuid."""
        code = self._codes.get(kind)
        if code is None:
            code = self._codes[kind] = len(self._types)
            self._types.append(kind)
        self._rows.append(_hash(uuid) << _TYPE_BITS | code)
        self._sorted = False

    def kind(self, uuid: str) -> str | None:
        """Its type; None where there is no such entry."""
        if not self._sorted:
            self._sort()
        key = _hash(uuid)
        at = bisect_left(self._rows, key << _TYPE_BITS)
        if at == len(self._rows) or self._rows[at] >> _TYPE_BITS != key or key in self._doubtful:
            return None
        return self._types[self._rows[at] & 0xFF]

    def _sort(self) -> None:
        self._rows = array("Q", sorted(self._rows))
        same = (
            a >> _TYPE_BITS
            for a, b in pairwise(self._rows)
            if a >> _TYPE_BITS == b >> _TYPE_BITS and a != b
        )
        self._doubtful = set(same)
        self._sorted = True


def _hash(uuid: str) -> int:
    return int(uuid.replace("-", ""), 16) % _PRIME >> _DROPPED
