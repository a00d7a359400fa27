"""Writes the record as NDJSON, one file for each type, with a manifest; `load` takes it back."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import msgspec

from osler.access import Principal
from osler.exchange.bulk.versions import SUFFIX, to_line
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Conflict
from osler.record import Record, Version

MANIFEST = "manifest.json"
FORMAT = "osler-export-1"
_TELL_EVERY = 1000

Teller = Callable[[str, int], None]
"""Is told the type that is being written and how many of it are."""


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export: `count` lines, and size and hash of its bytes as they lie on the disk."""

    type: str
    path: str
    count: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written."""

    directory: Path
    files: tuple[File, ...]
    seconds: float

    @property
    def records(self) -> int:
        """How many lines in all files."""
        return sum(file.count for file in self.files)

    def table(self) -> str:
        """Files with their counts, and the rate."""
        lines = [f"{file.path:40}{file.count:>11,}{file.bytes:>15,} bytes" for file in self.files]
        rate = self.records / self.seconds if self.seconds else 0.0
        lines.append(f"{self.records:,} records in {self.seconds:.1f} s, {rate:,.0f} a second")
        return "\n".join(lines)


def export(
    record: Record,
    principal: Principal,
    directory: Path,
    *,
    types: Sequence[str] | None = None,
    since: datetime | None = None,
    history: bool = False,
    compress: bool = False,
    progress: Teller | None = None,
) -> ExportReport:
    """Writes what the principal may see into an empty directory; with `history` all versions of it.

    The manifest is written last: a directory without one holds an export that did not finish.

    Raises:
        Conflict: the directory holds files already. NotFound: there is no such type.
    """
    _prepare(directory)
    start = clock.now()
    ending = (SUFFIX if history else ".ndjson") + (".gz" if compress else "")
    files: list[File] = []
    for kind in types if types is not None else sorted(r4.RESOURCES):
        versions = record.export(principal, kind, since=since, history=history)
        written = _file(directory, kind, ending, _lines(versions, kind, history, progress))
        if written is not None:
            files.append(written)
    _manifest(directory, files, start, since, history)
    return ExportReport(directory, tuple(files), (clock.now() - start).total_seconds())


def _prepare(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise Conflict(f"{directory} is not empty; an export needs a directory of its own")


def _lines(
    versions: Iterator[Version], kind: str, history: bool, progress: Teller | None
) -> Iterator[bytes]:
    count = 0
    for count, version in enumerate(versions, 1):
        yield to_line(version) if history else version.content + b"\n"
        if progress and count % _TELL_EVERY == 0:
            progress(kind, count)
    if progress and count:
        progress(kind, count)


def _file(directory: Path, kind: str, ending: str, lines: Iterator[bytes]) -> File | None:
    """The file of one type; none where there is nothing of it."""
    first = next(lines, None)
    if first is None:
        return None
    path = directory / f"{kind}{ending}"
    with path.open("wb") as raw:
        hashed = _Hashed(raw)
        with _packed(hashed, ending.endswith(".gz")) as out:
            out.write(first)
            count = 1
            for line in lines:
                out.write(line)
                count += 1
    return File(kind, path.name, count, hashed.size, hashed.digest)


@contextmanager
def _packed(out: _Hashed, compress: bool) -> Iterator[IO[bytes]]:
    if not compress:
        yield cast("IO[bytes]", out)
        return
    # Without a name and time in its header, the same records make the same bytes.
    with gzip.GzipFile(filename="", fileobj=cast("IO[bytes]", out), mode="wb", mtime=0) as packed:
        yield cast("IO[bytes]", packed)


class _Hashed:
    """A file that hashes what is written to it."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        """Writes and hashes."""
        self._hash.update(data)
        self.size += len(data)
        return self._raw.write(data)

    def flush(self) -> None:
        """On to the file."""
        self._raw.flush()

    @property
    def digest(self) -> str:
        """SHA-256 of everything so far."""
        return self._hash.hexdigest()


def _manifest(
    directory: Path, files: list[File], at: datetime, since: datetime | None, history: bool
) -> None:
    content = {
        "format": FORMAT,
        "exported": at,
        "since": since,
        "history": history,
        "files": [asdict(file) for file in files],
    }
    text = msgspec.json.format(msgspec.json.encode(content), indent=2)
    (directory / MANIFEST).write_bytes(text + b"\n")
