"""Verifying the ledger: chain, tree, and every version and row, with the place of whatever does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from psycopg import Connection

from osler.kit.database import Database
from osler.ledger.head import BadHead, Head, Signed, problems
from osler.ledger.rebuild import Rebuilt, What
from osler.ledger.report import Report, leaves
from osler.record.comparing import Comparer, Comparison
from osler.record.ranges import Ranges, ranges
from osler.record.sealing import Tell
from osler.store import ledger, ledger_check

GRACE = timedelta(hours=1)
"""How long something may stay unsealed before that is a finding."""

Reached = Callable[[Signed, Report], None]
"""Called with a block up to which everything was looked at, and with what was found so far."""


def verify(
    database: Database,
    *,
    since: Signed | None = None,
    known: Sequence[Signed] = (),
    key: str | None = None,
    grace: timedelta = GRACE,
    archive: Path | None = None,
    tell: Tell | None = None,
    reached: Reached | None = None,
    jobs: int | None = None,
) -> Report:
    """Look at everything, or at what was sealed after the block `since`.

    `known` are heads that were kept outside (checkpoints, anchors): the chain must contain them. `key` is
    the public key that must have signed the first block. `archive` is where the audit's archived months
    lie: without it, their rows are only counted. Others may read, write and seal meanwhile.
    """
    report = Report()
    with ledger_check.reader(database) as conn:
        with conn.transaction():
            last = ledger.last_block(conn)
            top, size = ledger.top(conn), ledger.size(conn)
        for one in (*known, *([since] if since else ())):
            _contains(conn, last, one, report)
        if since is not None and key is not None:
            _introduced(conn, since, key, report)
        comparer = Comparer(conn)
        begin, end = _size(since), min(_size(last), size)
        with ranges(database, comparer, begin, end, jobs) as parts:
            walk = _Walk(conn, report, since, parts, tell)
            walk.run(top, size, key, reached)
        if size > report.size:
            text = "have no block: the newest blocks were deleted"
            report.add("truncated", leaves(report.size, size - 1), text)
        walk.comparison.unsealed(_head(last), grace)
        if archive is not None:
            walk.comparison.archive(archive)
    return report


def _contains(conn: Connection[Any], last: Signed | None, known: Signed, report: Report) -> None:
    height = known.head.height
    here = ledger.block(conn, height)
    if here is None:
        head = _head(last)
        end = "is empty" if head is None else f"ends at block {head.height}"
        text = f"the chain {end}, but the head of block {height} is known from outside: truncated"
        report.add("truncated", f"block {height}", text)
    elif here.text != known.text:
        text = "not the block whose head is known from outside: replaced"
        report.add("replaced", f"block {height}", text)


def _introduced(conn: Connection[Any], since: Signed, key: str, report: Report) -> None:
    """What came before the checkpoint is not looked at, but its key must come from the one that is known."""
    trusted = {key}
    for one in ledger.rotations(conn):
        if not problems(one, None) and one.head.key in trusted and one.head.next:
            trusted.add(one.head.next)
    if since.head.key not in trusted:
        text = f"is signed by the key {since.head.key}, which the one given did not introduce"
        report.add("key", f"block {since.head.height}", text)


def _size(signed: Signed | None) -> int:
    head = _head(signed)
    return 0 if head is None else head.size


def _head(signed: Signed | None) -> Head | None:
    """The head of a block; None without one, or where it cannot be read (which is said elsewhere)."""
    try:
        return None if signed is None else signed.head
    except BadHead:
        return None


class _Walk:
    """Along the blocks, with the leaves beside them."""

    def __init__(
        self,
        conn: Connection[Any],
        report: Report,
        since: Signed | None,
        parts: Ranges,
        tell: Tell | None,
    ) -> None:
        self.comparison = Comparison(conn, report)
        self._conn = conn
        self._report = report
        self._parts = parts
        self._tell = tell
        self._since = since
        self._end = self._missing = 0
        self._expected = 0 if since is None else since.head.height + 1
        if since is not None:
            head = since.head
            report.height, report.size, report.key = head.height, head.size, head.signer
        self._position = report.begun_at = report.size
        self._hashes: list[bytes] = []  # Compared, and waiting for the block they belong to.
        self._tree = Rebuilt(
            self._position,
            lambda *which: ledger.row(conn, *which),
            lambda *which: ledger_check.node(conn, *which),
        )

    def run(self, top: int, size: int, key: str | None, reached: Reached | None) -> None:
        """Along the blocks up to the height `top`, with the `size` leaves that there are."""
        self._end = size
        before = self._since
        if before is not None:
            # Where only its height is known it comes from the database like all the others.
            for problem in problems(before, None):
                self._report.add("block", f"block {before.head.height}", problem)
            self._root(before.head)
        for height, signed in ledger.blocks(self._conn, self._expected):
            if height > top:
                break  # Sealed since we began.
            head = self._chain(height, signed, before, key)
            if head is not None:
                self._leaves_to(head.size)
                self._root(head)
                if reached is not None and not self._tree.lost:
                    reached(signed, self._report)
            before = signed

    def _chain(
        self, height: int, signed: Signed, before: Signed | None, key: str | None
    ) -> Head | None:
        report, where = self._report, f"block {height}"
        expected, self._expected = self._expected, height + 1
        if height != expected:
            text = f"deleted, together with all others before block {height}"
            report.add("block-missing", f"block {expected}", text)
        for problem in problems(signed, before if height == expected else None):
            report.add("block", where, problem)
        head = _head(signed)
        if head is None:
            return None
        if head.height != height:
            report.add("block", where, f"stands in the place of block {height}")
        if height == 0 and key is not None and head.key != key:
            report.add("key", where, f"is signed by the key {head.key}, not by the one given")
        report.height, report.size, report.key = height, head.size, head.signer
        return head

    def _leaves_to(self, size: int) -> None:
        """Compare leaves, and give the tree those up to `size`, as far as there are so many."""
        if size > self._end:  # Not by one, for a forged head may say any number.
            first, self._missing = max(self._end, self._missing), size
            if first < size:
                text = "deleted from the ledger itself"
                self._report.add("leaf-missing", leaves(first, size - 1), text)
        while self._tree.size < min(size, self._end):
            if not self._hashes:
                count, part = self._parts.next(self._end)
                self._hashes = self.comparison.take(part)
                self._position += count
                if self._tell is not None:
                    self._tell("leaves", self._position, self._end)
            count = size - self._tree.size
            self._tree.add(self._hashes[:count])
            del self._hashes[:count]

    def _root(self, head: Head) -> None:
        """The tree so far against the root that was signed."""
        if self._tree.size != head.size:
            return  # The head is not one that can follow; said of the chain.
        for damage in self._tree.check(head.root):
            if damage.first > damage.last:
                text = f"the stored hashes of leaves before {head.size} do not give its root"
                self._report.add("leaves", f"block {head.height}", text)
                continue
            where = leaves(damage.first, damage.last)
            if damage.what is What.NODE:
                text = "the stored hash over them was changed; the leaves themselves are intact"
                self._report.add("node", where, text)
            else:
                text = f"not those that block {head.height} sealed: changed in the ledger itself"
                self._report.add("leaves", where, text)
