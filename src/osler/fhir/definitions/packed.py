"""The packed file: a header naming each section's place, then the sections, each compressed by itself."""

from __future__ import annotations

import os
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

from osler.kit.errors import Unavailable

MAGIC: Final = b"OSLERDEF"
BUILD_COMMAND: Final = "python -m osler.fhir.definitions build"


def default_path() -> Path:
    """Where the packed file lies: in this package, so that a wheel carries it."""
    return Path(__file__).with_name("r4.bin")


class _Header(msgspec.Struct):
    stamp: str
    sections: dict[str, tuple[int, int]]


class Packed:
    """Reads sections of the packed file at `path`. Raises Unavailable when it has not been built."""

    def __init__(self, path: Path) -> None:
        self._path = path
        header, self._start = _read_header(path)
        self._sections = header.sections
        self.stamp = header.stamp

    def __contains__(self, name: str) -> bool:
        return name in self._sections

    def names(self, prefix: str) -> list[str]:
        """What follows `prefix` in the names of sections that start with it."""
        return [name[len(prefix) :] for name in self._sections if name.startswith(prefix)]

    def section(self, name: str) -> bytes:
        """The bytes of a section; KeyError for an unknown one."""
        offset, size = self._sections[name]
        with self._path.open("rb") as file:
            file.seek(self._start + offset)
            return zlib.decompress(file.read(size))


def _read_header(path: Path) -> tuple[_Header, int]:
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise Unavailable(f"{path.name} is not a file of FHIR definitions: {BUILD_COMMAND}")
            size = int.from_bytes(file.read(4), "big")
            header = msgspec.msgpack.decode(file.read(size), type=_Header)
            return header, len(MAGIC) + 4 + size
    except FileNotFoundError:
        raise Unavailable(f"the FHIR definitions are not built yet: run {BUILD_COMMAND}") from None
    except msgspec.MsgspecError:
        raise Unavailable(
            f"{path.name} is damaged or of another version: run {BUILD_COMMAND}"
        ) from None


def stamp_of(path: Path) -> str | None:
    """The stamp of the file at `path`, None where there is no readable one."""
    try:
        return Packed(path).stamp
    except Unavailable:
        return None


def write(path: Path, stamp: str, sections: Mapping[str, object]) -> int:
    """Write the packed file in one step, so that no reader sees half of it; return its size."""
    body = bytearray()
    places: dict[str, tuple[int, int]] = {}
    for name, value in sections.items():
        packed = zlib.compress(msgspec.msgpack.encode(value), 9)
        places[name] = (len(body), len(packed))
        body += packed
    header = msgspec.msgpack.encode(_Header(stamp, places))
    whole = MAGIC + len(header).to_bytes(4, "big") + header + body
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(whole)
    draft.replace(path)
    return len(whole)
