"""The tree built anew from the leaves, compared with the signed roots: which leaves are not those that were sealed.

Two trees grow side by side. One takes every hash as computed; the other takes stored hashes of complete
subtrees instead, where they differ. Where a signed root fits only the second one, the stored subtree hash
is what was signed, and the damage lies within its 256 leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from osler.ledger.tree import SPAN_BITS, Node, Row, Tree, edge

StoredNode = Callable[[int, int], bytes | None]
"""(level, index) -> the stored hash of a complete subtree."""


class What(Enum):
    """What was found: leaves that are not those that were sealed, or a stored hash that is not."""

    LEAVES = "leaves"
    NODE = "node"


@dataclass(frozen=True, slots=True)
class Damage:
    """Leaves [first, last] are not those that were sealed (or a stored hash over them is not)."""

    what: What
    first: int
    last: int


class Rebuilt:
    """Feed leaves in their order with `add`, and ask `check` at every block's size."""

    def __init__(self, size: int, row: Row, stored: StoredNode) -> None:
        self._stored = stored
        self._differing: list[Node] = []
        self._computed = edge(size, row)
        self._mended = self._computed.copy(self._settle)
        self._good = size
        self.lost = False  # No root fits any more, until a damaged subtree is complete.

    @property
    def size(self) -> int:
        """How many leaves were added."""
        return self._computed.size

    def root(self) -> bytes:
        """The root as computed."""
        return self._computed.root()

    def add(self, hashes: Sequence[bytes]) -> None:
        """The next leaves."""
        self._computed.extend(hashes)
        self._mended.extend(hashes)

    def check(self, root: str) -> list[Damage]:
        """What is damaged since the last root that fitted, given the signed root over the leaves so far."""
        computed = self._computed.root().hex() == root
        if computed and not self._differing:
            self._good, self.lost = self.size, False
            return []
        if computed:
            found = [_over(What.NODE, node) for node in self._differing]
        elif self._mended.root().hex() == root:
            found = [
                _over(What.LEAVES, node) for node in self._differing if node[0] == SPAN_BITS
            ] or [Damage(What.LEAVES, self._good, self.size - 1)]
        else:
            found = [] if self.lost else [Damage(What.LEAVES, self._good, self.size - 1)]
            self.lost = True
            return found
        self._settle_on(self._computed if computed else self._mended)
        return found

    def _settle_on(self, tree: Tree) -> None:
        self._computed = tree.copy()
        self._mended = tree.copy(self._settle)
        self._differing = []
        self._good = tree.size
        self.lost = False

    def _settle(self, node: Node) -> bytes:
        level, index, hash = node
        stored = self._stored(level, index)
        if stored is None or stored == hash:
            return hash
        self._differing.append(node)
        return stored


def _over(what: What, node: Node) -> Damage:
    level, index, _ = node
    return Damage(what, index << level, ((index + 1) << level) - 1)
