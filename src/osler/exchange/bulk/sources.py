"""Finds the inputs of a load: files, directories, `.gz` and members of `.zip`."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from osler.kit.errors import Invalid, NotFound

_HEAD = 1 << 20
# Besides damage: a member that is encrypted, or packed in a way that Python does not know.
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    KeyError,
    NotImplementedError,
    RuntimeError,
    UnicodeDecodeError,
)
_LINES = (".ndjson", ".jsonl")
_OBJECTS = (".json",)
# Organisations and staff first: others refer to them by condition ("Practitioner?identifier=…").
_FIRST = ("organization", "location", "practitioner", "hospital")


@dataclass(frozen=True, slots=True)
class Source:
    """One input: a file, or a member of a zip archive. `size` counts stored (packed) bytes."""

    path: Path
    member: str | None
    size: int
    damage: str = ""  # why nothing can be read from it

    @property
    def name(self) -> str:
        """What to call it in messages and in the reject file."""
        return f"{self.path}!{self.member}" if self.member else str(self.path)

    @property
    def base(self) -> str:
        """The file name without `.gz`, in lower case."""
        return Path(self.member or self.path.name).name.lower().removesuffix(".gz")

    @property
    def lines(self) -> bool:
        """Whether it holds one JSON value per line."""
        return self.base.endswith(_LINES)

    @contextmanager
    def open(self) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
        """The stream of unpacked bytes, and the one beneath whose position tells the progress.

        Raises:
            Invalid: it is a damaged archive, or a member of one.
        """
        if self.damage:
            raise Invalid(self.damage)
        with self.path.open("rb") as raw:
            if self.member is None:
                yield _unpacked(raw, self.path.name), raw
                return
            with ExitStack() as opened:
                try:
                    archive = opened.enter_context(zipfile.ZipFile(raw))
                    packed = opened.enter_context(archive.open(self.member))
                except _UNREADABLE as error:
                    raise Invalid(f"Damaged or unsupported archive: {error}") from error
                yield _unpacked(packed, self.member), raw

    def identity(self) -> str:
        """Path, size and a hash of the beginning: a changed file is another input."""
        with self.path.open("rb") as raw:
            head = hashlib.sha256(raw.read(_HEAD)).hexdigest()
        return f"{self.path.resolve()}!{self.member or ''}|{self.path.stat().st_size}|{head}"


def find(paths: Sequence[Path]) -> list[Source]:
    """Every input under these files and directories, in the order to load them."""
    found = [source for path in paths for source in _under(path)]
    return sorted(found, key=lambda source: not source.base.startswith(_FIRST))


def _under(path: Path) -> Iterator[Source]:
    if path.is_dir():
        for inner in sorted(path.rglob("*")):
            if inner.is_file() and _readable(inner.name):
                yield from _in_file(inner)
    elif path.is_file():
        yield from _in_file(path)
    else:
        raise NotFound(f"No such file or directory: {path}")


def _in_file(path: Path) -> Iterator[Source]:
    if path.suffix.lower() != ".zip":
        yield Source(path, None, path.stat().st_size)
        return
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except _UNREADABLE as error:
        damage = f"Not a readable zip archive: {error}"
        yield Source(path, None, path.stat().st_size, damage)
        return
    for info in infos:
        if not info.is_dir() and _readable(info.filename) and not _hidden(info.filename):
            yield Source(path, info.filename, info.compress_size)


def _readable(name: str) -> bool:
    """By its ending. The manifest of an export is not data."""
    base = Path(name).name.lower().removesuffix(".gz")
    return base != "manifest.json" and base.endswith((*_LINES, *_OBJECTS, ".zip"))


def _hidden(name: str) -> bool:
    """What some archivers add for their own use."""
    return any(part.startswith((".", "__MACOSX")) for part in Path(name).parts)


def _unpacked(stream: IO[bytes], name: str) -> IO[bytes]:
    if name.lower().endswith(".gz"):
        return cast("IO[bytes]", gzip.GzipFile(fileobj=stream, mode="rb"))
    return stream
