"""Leaves against the versions and rows they sealed, and versions and rows that have no leaf."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection

from osler.kit import clock
from osler.ledger.head import Head
from osler.ledger.leaf import AUDIT, VERSION, leaf_hash
from osler.ledger.report import Report, leaves
from osler.record import archiving
from osler.store import ledger, ledger_check
from osler.store.ledger import Leaf, Reference
from osler.store.ledger_check import Unsealed
from osler.store.ledger_entries import entries

_LINES = 5000
_BEHIND = "although everything written before and after it is: inserted behind the sealer's back"
_FUTURE = (
    "and carries a transaction number that this database has not given out yet: inserted by hand"
)
_LATE = "although older than the time that sealing may take: is the sealer running?"


class Comparison:
    """Compares, and writes what does not fit into a report."""

    def __init__(self, conn: Connection[Any], report: Report) -> None:
        self._conn = conn
        self._report = report
        self._erased = ledger_check.erased(conn)
        self._archived = ledger_check.archived(conn)
        self._in_files: set[int] = set()

    def hashes(self, first: int, count: int) -> list[bytes]:
        """The hashes of these leaves, each compared with what it sealed; a missing one counts as zeros."""
        with self._conn.transaction():
            found = ledger.leaves(self._conn, first, count)
            self._compare(found)
        hashes = {leaf.position: leaf.hash for leaf in found}
        for low, high in _runs([n for n in range(first, first + count) if n not in hashes]):
            self._report.add("leaf-missing", leaves(low, high), "deleted from the ledger itself")
        return [hashes.get(n, bytes(32)) for n in range(first, first + count)]

    def _compare(self, found: Sequence[Leaf]) -> None:
        there = entries(self._conn, [leaf.reference for leaf in found if leaf.salt is not None])
        for leaf in found:
            here = there.get(leaf.reference)
            if leaf.salt is None:
                self._erasure(leaf)
            elif here is None:
                self._gone(leaf)
            elif leaf_hash(leaf.salt, here.entry) != leaf.hash:
                self._changed(leaf)
        kinds = Counter(leaf.reference.kind for leaf in found)
        self._report.versions += kinds[VERSION]
        self._report.rows += kinds.total() - kinds[VERSION]

    def _erasure(self, leaf: Leaf) -> None:
        one = leaf.reference
        if not self._was_erased(one):
            self._erased = ledger_check.erased(self._conn)  # It may have been a moment ago.
        if self._was_erased(one):
            self._report.erased += 1
            return
        text = "its salt is gone, as after an erasure, but no erasure of it is recorded"
        self._report.add("erased-without-record", one.name, text)

    def _was_erased(self, one: Reference) -> bool:
        ranges = self._erased.get((one.type, one.id), ())
        return one.kind == VERSION and any(one.number in versions for versions in ranges)

    def _gone(self, leaf: Leaf) -> None:
        kind, number = leaf.reference.kind, leaf.reference.number
        if kind == AUDIT and any(a.first <= number <= a.last for a in self._archived):
            self._report.archived += 1
            self._in_files.add(number)
            return
        text = f"was sealed (leaf {leaf.position}) and is no longer there: deleted"
        self._report.add("deleted", leaf.reference.name, text)

    def _changed(self, leaf: Leaf) -> None:
        of_version = leaf.reference.kind == VERSION
        what = "its content, time, patient or deletion mark" if of_version else "the row"
        text = f"{what} is not what was sealed (leaf {leaf.position}): changed"
        self._report.add("changed", leaf.reference.name, text)

    def archive(self, directory: Path) -> None:
        """The audit's archived rows, line by line of its files, against their leaves."""
        lines = archiving.entries(directory)
        while batch := list(islice(lines, _LINES)):
            entries = {json.loads(line)["seq"]: line for line in batch}
            leaves = ledger_check.rows(self._conn, AUDIT, list(entries))
            for seq, line in entries.items():
                name = f"audit/{seq}"
                salt, hash = leaves.get(seq, (None, None))
                if salt is None:
                    self._report.add("inserted", name, "is in the archive, but was never sealed")
                elif leaf_hash(salt, line) != hash:
                    self._report.add("changed", name, "is in the archive not as it was sealed")
            self._in_files.difference_update(entries)
        for seq in sorted(self._in_files):
            text = "was archived, and is in no file of the archive: deleted"
            self._report.add("deleted", f"audit/{seq}", text)

    def unsealed(self, head: Head | None, grace: timedelta) -> None:
        """What has no leaf although it should have one by now; `head` is that of the last block."""
        with self._conn.transaction():
            found = ledger_check.unsealed(self._conn)
            ahead = ledger_check.ahead(self._conn)
            known = head is not None and head.cluster == ledger.cluster(self._conn)
        # After the last block nothing was sealed; where that is long ago, the claimed time counts.
        asleep = head is None or clock.now() - _time(head) > grace
        for one in found:
            if known and head is not None and head.through is not None and _before(one, head):
                self._report.add("inserted", one.reference.name, f"is not sealed, {_BEHIND}")
            elif known and one.place.xact >= ahead:
                self._report.add("inserted", one.reference.name, f"is not sealed, {_FUTURE}")
            elif asleep and clock.now() - one.at > grace:
                self._report.add("unsealed", one.reference.name, f"is not sealed, {_LATE}")
            else:
                self._report.pending += 1


def _before(one: Unsealed, head: Head) -> bool:
    through = head.through
    assert through is not None
    place = one.place
    return (place.xact, place.kind, place.row, place.version) < (
        *(through.xact, through.kind, through.row, through.version),
    )


def _time(head: Head) -> datetime:
    return datetime.fromisoformat(head.at)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as ranges without gaps."""
    start = 0
    for i, number in enumerate(numbers):
        if i + 1 == len(numbers) or numbers[i + 1] != number + 1:
            yield numbers[start], number
            start = i + 1
