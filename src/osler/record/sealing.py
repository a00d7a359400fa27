"""Sealing: what was written goes into the ledger, in the order of the transactions that wrote it.

Writers never wait for it. A round takes what transactions wrote that are all over (older than the oldest
one still running): nothing can join that later, so a round needs no more memory of the last than the
place it reached.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from osler.kit import clock
from osler.kit.database import Database
from osler.ledger.head import Place, Signed, first, following, sign, turn
from osler.ledger.keys import Signer
from osler.ledger.leaf import leaf_hash, new_salt
from osler.ledger.tree import Tree, edge
from osler.store import ledger
from osler.store.ledger import Leaf, Reference
from osler.store.ledger_entries import entries

AT_ONCE = 4000
"""Entries of one block at most; one transaction each, so that a crash loses no more work than that."""

_A_ROUND = 40_000
_A_TAKEOVER = 200_000  # Each of these rounds looks for what has no leaf in all of the record.

Tell = Callable[[str, int, int], None]
"""(what, done, total): called as work proceeds."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a round did: entries and blocks; `busy`: another process was sealing; `more`: not all is done."""

    entries: int = 0
    blocks: int = 0
    busy: bool = False
    more: bool = False


def seal(database: Database, signer: Signer) -> Sealed:
    """One round, of a bounded number of entries; `seal_all` goes on until nothing is left.

    Raises:
        KeyTrouble: the key cannot be used, or is not the one whose turn it is. Nothing was sealed then.
    """
    with database.connect() as conn:
        if not ledger.try_lock(conn):
            return Sealed(busy=True)
        try:
            return _Round(conn, signer).run()
        finally:
            if not conn.closed:
                ledger.unlock(conn)


def seal_all(database: Database, signer: Signer, tell: Tell | None = None) -> Sealed:
    """Rounds until all that was written before is sealed, or another process does it."""
    done = seal(database, signer)
    while done.more:
        if tell is not None:
            tell("entries sealed", done.entries, done.entries)
        last = seal(database, signer)
        done = Sealed(done.entries + last.entries, done.blocks + last.blocks, last.busy, last.more)
    return done


class _Round:
    def __init__(self, conn: Connection[Any], signer: Signer) -> None:
        self._conn = conn
        self._signer = signer
        self._last = ledger.last_block(conn)
        self._cluster = ledger.cluster(conn)
        self._blocks = 0
        if self._last is not None:  # Before any work: whether this key may sign what comes.
            turn(self._last.head.signer, signer)
        self._tree: Tree | None = None

    def run(self) -> Sealed:
        place = self._place()
        until = ledger.horizon(self._conn)
        if place is None:
            found = ledger.unsealed(self._conn, _A_TAKEOVER)
            more = len(found) == _A_TAKEOVER
        else:
            found = ledger.since(self._conn, place, until, _A_ROUND)
            more = len(found) == _A_ROUND
        count = 0
        for start in range(0, len(found), AT_ONCE):
            part = found[start : start + AT_ONCE]
            last = start + AT_ONCE >= len(found)
            # What was taken over may have any transaction's number, so a place says nothing before the end.
            through = None if place is None else part[-1][0]
            if last and not more:
                through = Place(until)  # What lay between is over too.
            # Nothing but what was sealed before, as after a dump: the next round must begin behind it.
            stuck = last and more and not count
            count += self._block([one for _, one in part], through, force=stuck)
        if place is None and not found:
            self._block([], Place(until), force=True)
        return Sealed(count, self._blocks, more=more)

    def _place(self) -> Place | None:
        """Where the last round stopped; None where numbers of transactions say nothing yet.

        That is so for a new ledger and for one that came from another cluster, as by a dump.
        """
        if self._last is None or self._last.head.cluster != self._cluster:
            return None
        return self._last.head.through

    def _block(self, references: Sequence[Reference], through: Place | None, *, force: bool) -> int:
        """Seal these in one transaction; how many were new. No block where none was (unless `force`)."""
        with self._conn.transaction():
            done = ledger.sealed(self._conn, references)
            leaves = self._leaves([one for one in references if one not in done])
            if not leaves and not force:
                return 0
            tree = self._tree or self._edge()
            ledger.add(self._conn, leaves, tree.extend(leaf.hash for leaf in leaves))
            signed = self._sign(tree, through)
            ledger.add_block(self._conn, signed)
        self._tree, self._last = tree, signed
        self._blocks += 1
        return len(leaves)

    def _edge(self) -> Tree:
        size = 0 if self._last is None else self._last.head.size
        return edge(size, lambda *which: ledger.row(self._conn, *which))

    def _leaves(self, references: Sequence[Reference]) -> list[Leaf]:
        found = entries(self._conn, references)
        start = 0 if self._last is None else self._last.head.size
        leaves: list[Leaf] = []
        for one in references:
            if one in found:  # An audit row may have gone to the archive.
                salt = new_salt()
                hash = leaf_hash(salt, found[one].entry)
                leaves.append(Leaf(start + len(leaves), one, salt, hash))
        return leaves

    def _sign(self, tree: Tree, through: Place | None) -> Signed:
        now = clock.now()
        if self._last is None:
            name = uuid.uuid4().hex
            head = first(name, tree.size, tree.root(), now, self._signer.public(), self._cluster)
        else:
            head = following(self._last, tree.size, tree.root(), now)
        return sign(replace(head, through=through, cluster=self._cluster), self._signer)
