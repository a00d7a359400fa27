"""The audit beyond its time in the database: compressed files, each month one, chained by their digests.

A line of a file is the entry of one row exactly as the ledger seals it (`ledger.leaf.audit_entry`), so a
row can be proved from its file for as long as the ledger's leaf is kept. docs/explanation/audit.md.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from osler.access import Principal
from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import Conflict, OslerError
from osler.ledger.leaf import audit_entry
from osler.record.audit_life import WATCH
from osler.record.context import who
from osler.store import audit
from osler.store.audit import archive as store
from osler.store.audit.query import AuditRow
from osler.store.rows import Access

YEARS_AT_LEAST = 6
"""What 45 CFR 164.316(b)(2) asks for."""
_NAME = re.compile(r"audit-(\d{4}-\d\d)\.json")
_FIELDS = tuple(field.name for field in fields(AuditRow))
_EMPTY: dict[str, Any] = dict.fromkeys(_FIELDS) | {
    "roles": [],
    "patients": [],
    "outcome": "success",
    "emergency": False,
}


class Damaged(OslerError):
    """An archive file is not what was written."""

    code = "security"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a file holds: `seqs` are runs [first, last] of rows, `previous` the manifest before it."""

    month: str
    file: str
    rows: int
    seqs: list[list[int]]
    sha256: str
    lines_sha256: str
    previous: str | None
    made: str

    def encode(self) -> bytes:
        """As it is written, and hashed for the next one."""
        members = {field.name: getattr(self, field.name) for field in fields(self)}
        return (json.dumps(members, sort_keys=True, separators=(",", ":")) + "\n").encode()


def archive(
    database: Database,
    directory: Path,
    years: int = YEARS_AT_LEAST,
    *,
    principal: Principal = WATCH,
    now: datetime | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[store.Archived]:
    """Move every month older than `years` to a file in `directory`; those that were moved.

    Each file is read again and compared before its rows leave the database. Safe to repeat: a month
    whose file was written but not yet dropped is written again.

    Raises:
        Damaged: a file does not read back as written, or the chain before it is broken.
        Conflict: rows of such a month are not sealed yet.
    """
    at = now or clock.now()
    before = at.replace(year=at.year - max(years, YEARS_AT_LEAST), day=min(at.day, 28))
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    done = []
    with database.connect() as conn:
        for month in store.months_before(conn, before):
            if waiting := store.unsealed(conn, month):
                raise Conflict(
                    f"{waiting} rows of {month:%Y-%m} are not in the ledger yet; seal first"
                    " (a running worker does)."
                )
            previous = store.known(conn)
            with conn.transaction():
                manifest = _write(directory, month, store.rows(conn, month), previous)
            _check(directory, manifest)
            moved = _moved(month, manifest)
            with conn.transaction():
                store.drop(conn, moved)
                access = Access("audit-archive", query=manifest.file, hits=manifest.rows)
                audit.write(conn, who(principal), [access])
            tell(f"{month:%Y-%m}: {manifest.rows:,} rows in {manifest.file}")
            done.append(moved)
    return done


def _moved(month: date, manifest: Manifest) -> store.Archived:
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    first = manifest.seqs[0][0] if manifest.seqs else 0
    last = manifest.seqs[-1][1] if manifest.seqs else 0
    return store.Archived(month, manifest.file, manifest.rows, first, last, manifest.sha256, digest)


def _write(
    directory: Path,
    month: date,
    rows: Iterator[dict[str, Any]],
    previous: list[store.Archived],
) -> Manifest:
    """The file and its manifest, both on the disk when this returns."""
    name = f"audit-{month:%Y-%m}.ndjson.gz"
    lines, count = hashlib.sha256(), 0
    seqs: list[list[int]] = []
    with _whole(directory / name) as raw, gzip.GzipFile(fileobj=raw, mode="wb", mtime=0) as out:
        for row in rows:
            line = audit_entry(row) + b"\n"
            out.write(line)
            lines.update(line)
            count += 1
            _extend(seqs, row["seq"])
    manifest = Manifest(
        f"{month:%Y-%m}",
        name,
        count,
        seqs,
        _digest(directory / name),
        lines.hexdigest(),
        previous[-1].manifest if previous else None,
        clock.now().isoformat(timespec="seconds"),
    )
    with _whole(directory / f"audit-{month:%Y-%m}.json") as raw:
        raw.write(manifest.encode())
    return manifest


def _extend(seqs: list[list[int]], seq: int) -> None:
    if seqs and seqs[-1][1] + 1 == seq:
        seqs[-1][1] = seq
    else:
        seqs.append([seq, seq])


class _whole:  # noqa: N801 - read as a verb: with a whole file or none
    """A file that appears under its name only when all of it is on the disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.building = path.with_suffix(path.suffix + ".building")

    def __enter__(self) -> Any:
        self.file = self.building.open("wb")
        return self.file

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is not None:
            self.file.close()
            self.building.unlink()
            return
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.building.rename(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


# -- checking -------------------------------------------------------------------------------------


def verify(directory: Path, database: Database | None = None) -> list[str]:
    """What is wrong with the archive, a sentence each; with a database also whether files are missing."""
    problems: list[str] = []
    previous: str | None = None
    digests: dict[str, str] = {}
    for path in sorted(directory.glob("audit-*.json")):
        try:
            manifest = _manifest(path)
            if manifest.previous != previous:
                problems.append(
                    f"{path.name} does not follow the manifest before it: one of the two was"
                    " changed, or one between them is missing."
                )
            _check(directory, manifest)
        except OslerError as error:
            problems.append(str(error))
        previous = digests[path.stem.removeprefix("audit-")] = _digest(path)
    if database is not None:
        with database.connection() as conn:
            problems += _compared(store.known(conn), digests)
    return problems


def _compared(known: list[store.Archived], digests: dict[str, str]) -> Iterator[str]:
    for one in known:
        month = f"{one.month:%Y-%m}"
        if month not in digests:
            yield f"{month} was archived to {one.file}, but its manifest is not there."
        elif digests[month] != one.manifest:
            yield f"The manifest of {month} is not the one that was written when it was archived."


def _manifest(path: Path) -> Manifest:
    try:
        return Manifest(**json.loads(path.read_bytes()))
    except (ValueError, TypeError, OSError) as error:
        raise Damaged(f"{path.name} is no manifest of an archive ({error}).") from error


def _check(directory: Path, manifest: Manifest) -> None:
    """Read a file to its end and compare all that its manifest says."""
    path = directory / manifest.file
    if not path.is_file():
        raise Damaged(f"{manifest.file} is missing; restore it from a copy.")
    if _digest(path) != manifest.sha256:
        raise Damaged(f"{manifest.file} was changed: its SHA-256 is not that of its manifest.")
    lines, count = hashlib.sha256(), 0
    seqs: list[list[int]] = []
    for line in _lines(path):
        lines.update(line + b"\n")
        count += 1
        row = json.loads(line)
        _extend(seqs, row["seq"])
        if audit_entry(row) != line:
            raise Damaged(f"Line {count} of {manifest.file} is not as the ledger seals it.")
    if (count, lines.hexdigest(), seqs) != (manifest.rows, manifest.lines_sha256, manifest.seqs):
        raise Damaged(f"{manifest.file} does not hold the rows that its manifest says.")


def _lines(path: Path) -> Iterator[bytes]:
    try:
        with gzip.open(path, "rb") as file:
            for line in file:
                yield line.rstrip(b"\n")
    except (OSError, EOFError) as error:
        raise Damaged(f"{path.name} cannot be read ({error}); restore it from a copy.") from error


# -- reading --------------------------------------------------------------------------------------


def entries(directory: Path, month: str | None = None) -> Iterator[bytes]:
    """The lines of all files, oldest month first, or of one month ("2019-03")."""
    for path in sorted(directory.glob(f"audit-{month or '*'}.ndjson.gz")):
        yield from _lines(path)


def rows(directory: Path, since: datetime | None, until: datetime | None) -> Iterator[AuditRow]:
    """The archived rows of the months that [since, until) touches, oldest first."""
    for path in sorted(directory.glob("audit-*.json")):
        found = _NAME.fullmatch(path.name)
        if found is None or not _touches(found[1], since, until):
            continue
        for line in _lines(directory / _manifest(path).file):
            row = _row(json.loads(line))
            if (since is None or row.at >= since) and (until is None or row.at < until):
                yield row


def _touches(month: str, since: datetime | None, until: datetime | None) -> bool:
    after = since is not None and month < f"{since:%Y-%m}"
    return not after and (until is None or month <= f"{until:%Y-%m}")


def _row(members: dict[str, Any]) -> AuditRow:
    values = _EMPTY | {name: members[name] for name in _FIELDS if name in members}
    values["at"] = datetime.fromisoformat(values["at"])
    return AuditRow(**values)
