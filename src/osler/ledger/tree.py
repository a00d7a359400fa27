"""A Merkle tree that grows: keeps only its right edge, and tells which subtrees became complete.

Every 256 nodes of a level make a node eight levels up; those are the ones worth storing. The levels between
are 256 hashes away, and storing them would triple what the ledger takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from osler.ledger.merkle import fold, parents

SPAN_BITS = 8
SPAN = 1 << SPAN_BITS

Node = tuple[int, int, bytes]
"""(level, index, hash) of a complete subtree."""


class Tree:
    """The right edge of a tree of `size` leaves.

    `rows[n]` are the nodes of level 8·n that have no stored node above them yet, from left.
    `settle` may answer another hash for a subtree that became complete.
    """

    def __init__(
        self,
        size: int = 0,
        rows: Sequence[Sequence[bytes]] = (),
        settle: Callable[[Node], bytes] | None = None,
    ) -> None:
        self.size = size
        self._rows = [list(row) for row in rows] or [[]]
        self._settle = settle

    def copy(self, settle: Callable[[Node], bytes] | None = None) -> Tree:
        """A tree that grows on its own from here."""
        return Tree(self.size, self._rows, settle)

    def extend(self, hashes: Iterable[bytes]) -> list[Node]:
        """Add leaves; answers the subtrees of 256, 65,536 … leaves that became complete."""
        made: list[Node] = []
        leaves = self._rows[0]
        for each in hashes:
            leaves.append(each)
            self.size += 1
            if len(leaves) == SPAN:
                made.extend(self._carry())
                leaves = self._rows[0]
        return made

    def _carry(self) -> Iterator[Node]:
        level = 0
        while len(self._rows[level]) == SPAN:
            bits = SPAN_BITS * (level + 1)
            node = (bits, (self.size >> bits) - 1, whole(self._rows[level]))
            if self._settle is not None:
                node = (*node[:2], self._settle(node))
            yield node
            self._rows[level] = []
            if len(self._rows) == level + 1:
                self._rows.append([])
            self._rows[level + 1].append(node[2])
            level += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        return fold(peak for row in reversed(self._rows) for peak in _peaks(row))


def whole(hashes: Sequence[bytes]) -> bytes:
    """The node over a power of two of nodes."""
    while len(hashes) > 1:
        hashes = parents(hashes)
    return hashes[0]


def _peaks(row: Sequence[bytes]) -> Iterator[bytes]:
    start = 0
    for bit in range(SPAN_BITS, -1, -1):
        if len(row) & (1 << bit):
            yield whole(row[start : start + (1 << bit)])
            start += 1 << bit


Row = Callable[[int, int, int], Sequence[bytes]]
"""(level, first, count) -> hashes of stored nodes (level 0: of leaves), fewer where there are not so many."""


def edge(size: int, row: Row, settle: Callable[[Node], bytes] | None = None) -> Tree:
    """The tree of `size` leaves, from what is stored."""
    rows: list[Sequence[bytes]] = []
    level = 0
    while level == 0 or size >> level:
        count = size >> level
        first = count >> SPAN_BITS << SPAN_BITS
        rows.append(row(level, first, count - first))
        level += SPAN_BITS
    return Tree(size, rows, settle)


class Stored:
    """Any complete subtree, from stored nodes read 256 at a time; see `merkle.Nodes`."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._spans: dict[tuple[int, int], Sequence[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The hash of the subtree; LookupError where the ledger does not have all of it."""
        base = level // SPAN_BITS * SPAN_BITS
        first, count = index << (level - base), 1 << (level - base)
        span = first >> SPAN_BITS
        if (base, span) not in self._spans:
            self._spans[base, span] = self._row(base, span << SPAN_BITS, SPAN)
        start = first - (span << SPAN_BITS)
        hashes = self._spans[base, span][start : start + count]
        if len(hashes) < count:
            raise LookupError(f"the ledger lacks nodes of level {base} from {first} on")
        return whole(hashes)
