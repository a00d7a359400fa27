"""Leaves against the versions and rows they sealed, and versions and rows that have no leaf."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection

from osler.kit import clock
from osler.ledger.head import Head
from osler.ledger.leaf import AUDIT, VERSION, leaf_hash
from osler.ledger.report import Finding, Report, leaves
from osler.record import archiving
from osler.store import ledger, ledger_check
from osler.store.ledger import Leaf, Reference
from osler.store.ledger_check import Unsealed
from osler.store.ledger_entries import Found, every_entry

_LINES = 5000
_BEHIND = "although everything written before and after it is: inserted behind the sealer's back"
_FUTURE = (
    "and carries a transaction number that this database has not given out yet: inserted by hand"
)
_LATE = "although older than the time that sealing may take: is the sealer running?"


@dataclass(frozen=True, slots=True)
class Part:
    """What was seen of a range of leaves; `in_files` are audit rows that are no longer in the database."""

    hashes: list[bytes]
    versions: int
    rows: int
    erased: int
    in_files: tuple[int, ...]
    findings: tuple[Finding, ...]


class Comparer:
    """Compares ranges of leaves with what they sealed, on a connection of `ledger_check.reader`."""

    def __init__(self, conn: Connection[Any]) -> None:
        self._conn = conn
        self._erased = ledger_check.erased(conn)
        self._archived = ledger_check.archived(conn)
        self._report = Report()
        self._in_files: list[int] = []

    def compare(self, first: int, count: int) -> Part:
        """The hashes of these leaves, each compared with what it sealed; a missing one counts as zeros."""
        self._report, self._in_files = Report(), []
        with self._conn.transaction():
            found = ledger.leaves(self._conn, first, count)
            self._compare(found)
        hashes = {leaf.position: leaf.hash for leaf in found}
        for low, high in _runs([n for n in range(first, first + count) if n not in hashes]):
            self._report.add("leaf-missing", leaves(low, high), "deleted from the ledger itself")
        versions = sum(leaf.reference.kind == VERSION for leaf in found)
        return Part(
            [hashes.get(n) or bytes(32) for n in range(first, first + count)],
            versions,
            len(found) - versions,
            self._report.erased,
            tuple(self._in_files),
            tuple(self._report.findings),
        )

    def _compare(self, found: Sequence[Leaf]) -> None:
        there, twice = every_entry(self._conn, [leaf.reference for leaf in found])
        for leaf in found:
            here = there.get(leaf.reference)
            if leaf.salt is None:
                self._erasure(leaf, here)
            elif here is None:
                self._gone(leaf)
            elif leaf_hash(leaf.salt, here.entry) != leaf.hash:
                self._changed(leaf)
            if leaf.reference in twice:
                text = "is there more than once: one of them was inserted by hand"
                self._report.add("inserted", leaf.reference.name, text)

    def _erasure(self, leaf: Leaf, here: Found | None) -> None:
        one = leaf.reference
        if not self._was_erased(one):
            self._erased = ledger_check.erased(self._conn)  # It may have been a moment ago.
        if not self._was_erased(one):
            text = "its salt is gone, as after an erasure, but no erasure of it is recorded"
            self._report.add("erased-without-record", one.name, text)
        elif here is None:
            text = "was erased, and its row, which an erasure leaves, is no longer there: deleted"
            self._report.add("deleted", one.name, text)
        elif here.content:
            text = "was erased, and has content again that nothing seals: changed"
            self._report.add("changed", one.name, text)
        else:
            self._report.erased += 1

    def _was_erased(self, one: Reference) -> bool:
        ranges = self._erased.get((one.type, one.id), ())
        return one.kind == VERSION and any(one.number in versions for versions in ranges)

    def _gone(self, leaf: Leaf) -> None:
        kind, number = leaf.reference.kind, leaf.reference.number
        if kind == AUDIT and any(a.first <= number <= a.last for a in self._archived):
            self._in_files.append(number)
            return
        text = f"was sealed (leaf {leaf.position}) and is no longer there: deleted"
        self._report.add("deleted", leaf.reference.name, text)

    def _changed(self, leaf: Leaf) -> None:
        of_version = leaf.reference.kind == VERSION
        what = "its content, time, patient or deletion mark" if of_version else "the row"
        text = f"{what} is not what was sealed (leaf {leaf.position}): changed"
        self._report.add("changed", leaf.reference.name, text)


class Comparison:
    """What was compared so far, and what is compared at the end; writes what does not fit into a report."""

    def __init__(self, conn: Connection[Any], report: Report) -> None:
        self._conn = conn
        self._report = report
        self._in_files: set[int] = set()

    def take(self, part: Part) -> list[bytes]:
        """Count a part; its hashes."""
        report = self._report
        report.versions += part.versions
        report.rows += part.rows
        report.erased += part.erased
        report.archived += len(part.in_files)
        report.findings += part.findings
        self._in_files.update(part.in_files)
        return part.hashes

    def archive(self, directory: Path) -> None:
        """The audit's archived rows, line by line of its files, against their leaves."""
        seen: set[int] = set()
        try:
            lines = archiving.entries(directory)
            while batch := list(islice(lines, _LINES)):
                self._lines([(_number(line), line) for line in batch], seen)
        except archiving.Damaged as error:
            self._report.add("changed", "the audit's archive", str(error))
        self._in_files -= seen
        for seq in sorted(self._in_files):
            text = "was archived, and is in no file of the archive: deleted"
            self._report.add("deleted", f"audit/{seq}", text)

    def _lines(self, lines: Sequence[tuple[int, bytes]], seen: set[int]) -> None:
        leaves = ledger_check.rows(self._conn, AUDIT, [number for number, _ in lines])
        for number, line in lines:
            name = f"audit/{number}"
            salt, hash = leaves.get(number, (None, None))
            if number in seen:
                self._report.add("inserted", name, "is in the archive more than once")
            elif salt is None:
                self._report.add("inserted", name, "is in the archive, but was never sealed")
            elif leaf_hash(salt, line) != hash:
                self._report.add("changed", name, "is in the archive not as it was sealed")
            seen.add(number)

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


def _number(line: bytes) -> int:
    """Which row a line of the archive is; -1 where it is none."""
    try:
        found = json.loads(line)["seq"]
    except (ValueError, TypeError, KeyError):
        return -1
    return found if isinstance(found, int) else -1


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Ascending numbers as ranges without gaps."""
    start = 0
    for i, number in enumerate(numbers):
        if i + 1 == len(numbers) or numbers[i + 1] != number + 1:
            yield numbers[start], number
            start = i + 1
