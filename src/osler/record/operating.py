"""How the installation does, for who runs it: jobs, sizes, health. It touches no resource, so permissions guard it.

Every function takes the record and the principal, and asks for system.manage.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

from osler.access import LOCAL, Principal
from osler.kit import clock
from osler.kit.errors import Conflict
from osler.kit.words import N_
from osler.store import blobs, health, migrate, operating, security
from osler.store.audit import archive
from osler.store.operating import Job, Periodic, Table
from osler.store.rows import Access

if TYPE_CHECKING:
    from osler.record import Record

__all__ = ["Check", "Group", "Job", "Jobs", "Periodic", "Storage", "act", "checks", "jobs", "storage"]  # fmt: skip

PERMISSION = "system.manage"
_POWERS = (
    N_("superuser"), N_("creates roles"), N_("replicates"), N_("passes row security"),
    N_("may become superuser"), N_("reaches the server's files or programs"),
)  # fmt: skip
"""What `security.powers` names, for translators."""
_SILENT_S = 60.0
_PATIENCE_MS = 1_500
_WAITS_S = 600.0
_LAG = timedelta(minutes=10)
_LAST = 2**63 - 1
SHOWN = 100
STATES: dict[str, tuple[str, ...]] = {
    "waiting": ("todo",),
    "running": ("doing",),
    "failed": ("failed",),
    "stopped": ("cancelled", "aborting", "aborted"),
    "done": ("succeeded",),
}
"""What a reader calls the states of jobs, and procrastinate's names of them."""

_GROUPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("record", N_("Record: current and earlier versions"), ("resource", "history", "contained")),
    ("index", N_("Search index"), ("string_", "reference_", "date_", "number_", "quantity_", "token_")),
    ("audit", N_("Audit"), ("audit",)),
    ("ledger", N_("Ledger"), ("ledger_",)),
    ("documents", N_("Documents and their keys"), ("blob", "patient_key")),
    ("terms", N_("Code lists"), ("term",)),
    ("jobs", N_("Background jobs"), ("procrastinate_",)),
)  # fmt: skip
_REST = ("rest", N_("Accounts, sessions and the rest"))


@dataclass(frozen=True, slots=True)
class Jobs:
    """The queue: counts by state, the newest jobs of one, what runs by the clock, and who works on it."""

    counts: dict[str, int]
    shown: list[Job]
    periodic: list[Periodic]
    workers: int
    silent_s: float | None

    @property
    def alive(self) -> bool:
        """Whether a worker gave a sign of life lately."""
        return self.workers > 0


@dataclass(frozen=True, slots=True)
class Group:
    """Tables that belong together."""

    code: str
    label: str
    size: int
    rows: int


@dataclass(frozen=True, slots=True)
class Storage:
    """What takes how much room. None: it took too long to find out."""

    groups: list[Group]
    database: int
    documents: tuple[int, int] | None
    written: int
    months: list[tuple[str, int, int]]
    archived: int
    exported: tuple[datetime, str] | None
    verified: tuple[datetime, str] | None
    block: int | None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    name: str
    level: Literal["ok", "warning", "error"]
    text: str


def jobs(record: Record, principal: Principal, state: str) -> Jobs:
    """The queue, with the newest jobs of one state."""
    record.may(principal, PERMISSION)
    with record.database.connection() as conn:
        counts = operating.job_counts(conn)
        beats = operating.heartbeats(conn)
        return Jobs(
            {name: sum(counts.get(one, 0) for one in known) for name, known in STATES.items()},
            operating.jobs(conn, STATES[state], SHOWN),
            operating.periodic(conn),
            sum(1 for one in beats if one < _SILENT_S),
            beats[0] if beats else None,
        )


def act(record: Record, principal: Principal, id: int, what: Literal["retry", "cancel"]) -> None:
    """Run a failed job again, or stop one. Raises Conflict where it is no longer in a state for that."""
    record.may(principal, PERMISSION)
    do = operating.retry if what == "retry" else operating.cancel
    if id > _LAST:  # No number that PostgreSQL could have given.
        raise Conflict("There is no such job.")
    with record.database.connection() as conn, conn.transaction():
        done = do(conn, id)
    if not done:
        raise Conflict("The job has gone on meanwhile; look at the list again.")
    record.note(principal, Access("config-change", detail=f"job {id}: {what}"))


def storage(record: Record, principal: Principal) -> Storage:
    """What takes how much room, and when things were last kept and proved."""
    record.may(principal, PERMISSION)
    documents = exported = verified = None
    with record.database.connection() as conn:
        tables = operating.tables(conn)
        # Both may have to look at much in a large practice: then the page does without.
        with contextlib.suppress(TimeoutError), operating.at_most(conn, _PATIENCE_MS):
            documents = blobs.totals(conn)[:2]
        with contextlib.suppress(TimeoutError), operating.at_most(conn, _PATIENCE_MS):
            exported = operating.last_done(conn, LOCAL.id, "export")
            verified = operating.last_done(conn, LOCAL.id, "ledger-verify")
        return Storage(
            _grouped(tables),
            operating.database_size(conn),
            documents,
            operating.written_since(conn, clock.now() - timedelta(days=30)),
            _months(tables),
            len(archive.known(conn)),
            exported,
            verified,
            operating.last_block(conn),
        )


def _grouped(tables: Iterable[Table]) -> list[Group]:
    found: dict[str, list[Table]] = {}
    for table in tables:
        found.setdefault(_group(table.name), []).append(table)
    names = [(code, label) for code, label, _ in _GROUPS] + [_REST]
    return [
        Group(code, label, sum(t.size for t in own), sum(max(t.rows, 0) for t in own))
        for code, label in names
        if (own := found.get(code))
    ]


def _group(name: str) -> str:
    return next((code for code, _, starts in _GROUPS if name.startswith(starts)), _REST[0])


def _months(tables: Iterable[Table]) -> list[tuple[str, int, int]]:
    """(month, rows, bytes) of the audit, which grows with all that is done; newest first."""
    named = ((t.name.removeprefix("audit_"), t) for t in tables if t.name.startswith("audit_2"))
    found = [(name.replace("_", "-"), max(t.rows, 0), t.size) for name, t in named]
    return sorted((one for one in found if one[0] <= f"{clock.now():%Y-%m}"), reverse=True)[:12]


def checks(record: Record, principal: Principal) -> list[Check]:
    """What can be asked of the database in a moment; `osler doctor` looks at more."""
    record.may(principal, PERMISSION)
    with record.database.connection() as conn:
        pending = len(migrate.pending(conn))
        version = operating.server_version(conn)
        unsafe, broken = health.unsafe_settings(conn), health.invalid_indexes(conn)
        waits, failed = health.jobs_waiting(conn), health.jobs_failed(conn)
        since = security.unsealed_since(conn)
        link, telling = security.link(conn), security.telling_settings(conn)
        powers, month = security.powers(conn), health.audit_month_ready(conn)
    lag = since is not None and clock.now() - since > _LAG
    return [
        Check(N_("PostgreSQL"), "ok", version),
        _check(
            N_("Schema"),
            pending,
            N_("up to date"),
            N_("steps are missing: start the server anew"),
            "error",
        ),
        _check(N_("Crash safety"), unsafe, N_("on"), ", ".join(unsafe), "error"),
        _check(N_("Indexes"), broken, N_("whole"), ", ".join(broken), "error"),
        _check(N_("Audit, next month"), not month, N_("ready"), N_("no place for it yet")),
        _check(N_("Queue"), waits > _WAITS_S, N_("moving"), N_("jobs wait for over ten minutes")),
        _check(N_("Failed jobs"), failed, N_("none"), str(failed)),
        _check(N_("Ledger"), lag, N_("sealed up to now"), N_("behind: is a worker running?")),
        _check(
            N_("Connection to the database"),
            link.remote and not (link.encrypted and link.checked),
            N_("guarded"),
            N_("remote, and not encrypted or not checked"),
            "error",
        ),
        _check(N_("Database log"), telling, N_("holds no values"), "; ".join(telling)),
        _check(N_("Database role"), powers, N_("no more than needed"), ", ".join(powers)),
    ]


def _check(
    name: str, wrong: object, good: str, bad: str, level: Literal["warning", "error"] = "warning"
) -> Check:
    return Check(name, level, bad) if wrong else Check(name, "ok", good)
