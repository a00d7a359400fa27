"""What a load is told to do, what it says on its way, and what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from osler.access import LOCAL, Principal

STATUSES = ("created", "updated", "unchanged", "rejected")


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How to load.

    `jobs` processes decode, index and write; 1 works in this process. `validate` adds invariants
    and bindings (structure is always checked). `rejects` is the file that takes bad records with
    reasons. `history` restores the versions of a history export. `resume` goes on where an
    interrupted load of the same unchanged inputs stopped.
    """

    jobs: int = 1
    validate: bool = False
    batch: int = 1000
    rejects: Path | None = None
    history: bool = False
    resume: bool = True
    principal: Principal = LOCAL


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a load is. `bytes_read` of `bytes_total` counts stored (packed) bytes."""

    source: str
    bytes_read: int
    bytes_total: int
    records: int
    rejected: int
    seconds: float

    @property
    def rate(self) -> float:
        """Records per second since the start."""
        return self.records / self.seconds if self.seconds else 0.0


Watcher = Callable[[Progress], None]
Tally = Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class LoadReport:
    """What came of a load: how many records of each type were created, updated, and so on."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: float = 0.0
    bytes: int = 0
    skipped: int = 0  # records that an interrupted load had already written
    dangling: int = 0  # links by urn that nothing in their input answers
    reasons: Counter[str] = field(default_factory=Counter)
    rejects: Path | None = None
    interrupted: bool = False

    def add(self, tally: Tally) -> None:
        """Counts of {type: {status: number}}."""
        for kind, statuses in tally.items():
            self.counts.setdefault(kind, Counter()).update(statuses)

    def reject(self, kind: str, reason: str) -> None:
        """Counts one bad record."""
        self.counts.setdefault(kind, Counter())["rejected"] += 1
        self.reasons[reason] += 1

    def total(self, status: str) -> int:
        """How many records of all types ended with this status."""
        return sum(counter[status] for counter in self.counts.values())

    @property
    def records(self) -> int:
        """How many records were read in this run."""
        return sum(counter.total() for counter in self.counts.values())

    @property
    def exit_status(self) -> int:
        """0: everything is in; 1: some records were rejected; 130: interrupted."""
        if self.interrupted:
            return 130
        return 1 if self.total("rejected") else 0

    def rows(self) -> list[tuple[str, int, int, int, int]]:
        """(type, created, updated, unchanged, rejected) by type, the total last."""
        everything: Counter[str] = Counter()
        for counter in self.counts.values():
            everything.update(counter)
        named = [*sorted(self.counts.items()), ("total", everything)]
        return [
            (kind, c["created"], c["updated"], c["unchanged"], c["rejected"]) for kind, c in named
        ]

    def table(self) -> str:
        """The rows as text, with rate, what was skipped and where rejected records are."""
        lines = [f"{'':28}" + "".join(f"{status:>11}" for status in STATUSES)]
        lines += [f"{row[0]:28}" + "".join(f"{n:>11,}" for n in row[1:]) for row in self.rows()]
        rate = self.records / self.seconds if self.seconds else 0.0
        lines.append(f"{self.records:,} records in {self.seconds:.1f} s, {rate:,.0f} a second")
        if self.skipped:
            lines.append(f"{self.skipped:,} records had been loaded before an interrupt")
        if self.dangling:
            lines.append(
                f"{self.dangling:,} links lead nowhere in their input and were kept as they are"
            )
        if self.rejects is not None:
            lines.append(f"Rejected records and reasons: {self.rejects}")
        lines += [f"  {count:,} x {reason}" for reason, count in self.reasons.most_common(5)]
        if self.interrupted:
            lines.append("Interrupted. Run the same command again to go on from here")
        return "\n".join(lines)
