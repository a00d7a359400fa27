"""Turns an input into its records: entries of Bundles, single resources and lines of NDJSON.

Bundles: https://hl7.org/fhir/R4/bundle.html
"""

from __future__ import annotations

import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

import msgspec

from osler.exchange.bulk.mended import unwrap
from osler.exchange.bulk.scan import Element, Member, Scanner, elements, members
from osler.kit.errors import Invalid, TooLarge

# These are records themselves (a document is signed as a whole); all other Bundles are parcels.
WHOLE = frozenset({"document", "message"})
# A Bundle that says what it is only after its entries is held back up to here.
_HELD = 64 << 20
_LONGEST_LINE = 256 << 20
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Item:
    """One record as it stands in an input: `place` counts from 1; `content` is its JSON text."""

    place: int
    content: bytes
    type: str
    id: str | None
    full_url: str | None = None
    method: str | None = None
    if_none_exist: str | None = None
    source: int = 0  # which input of a load


@dataclass(frozen=True, slots=True)
class Broken:
    """What could not be read as a record, and why."""

    place: int
    reason: str
    content: bytes
    type: str = "unreadable"
    source: int = 0


class _Request(msgspec.Struct, gc=False):
    method: str | None = None
    if_none_exist: str | None = msgspec.field(default=None, name="ifNoneExist")


class _Entry(msgspec.Struct, gc=False):
    full_url: str | None = msgspec.field(default=None, name="fullUrl")
    resource: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)
    request: _Request | None = None


class _Head(msgspec.Struct, gc=False):
    resource_type: str | None = msgspec.field(default=None, name="resourceType")
    id: str | None = None
    type: object = None


DAMAGE = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_entry = msgspec.json.Decoder(_Entry)
_head = msgspec.json.Decoder(_Head)


def read(stream: IO[bytes], *, lines: bool, bundles: bool = True) -> Iterator[Item | Broken]:
    """The records of an input in order. With `bundles` off a Bundle is a record, not a parcel."""
    reader = _Reader(bundles)
    try:
        yield from reader.lines(stream) if lines else reader.values(stream)
    except (Invalid, TooLarge) as error:
        yield Broken(reader.place + 1, f"{error}. Nothing after it could be read", b"")
    except DAMAGE as error:
        yield Broken(
            reader.place + 1, f"Damaged archive: {error}. Nothing after it could be read", b""
        )


class _Reader:
    """Counts places while it reads."""

    def __init__(self, bundles: bool) -> None:
        self.place = 0
        self._bundles = bundles

    def lines(self, stream: IO[bytes]) -> Iterator[Item | Broken]:
        """One JSON value per line; a broken line costs only itself."""
        while line := stream.readline(_LONGEST_LINE):
            if len(line) == _LONGEST_LINE:
                raise TooLarge(f"A line is longer than {_LONGEST_LINE} bytes")
            if text := line.removeprefix(_BOM).strip():
                yield from self._record(text)

    def values(self, stream: IO[bytes]) -> Iterator[Item | Broken]:
        """One JSON object, several in a row, or an array of them."""
        scanner = Scanner(stream)
        while first := scanner.peek():
            if first == b"[":
                for element in elements(scanner):
                    yield from self._record(element.value)
            else:
                yield from self._object(scanner)

    def _object(self, scanner: Scanner) -> Iterator[Item | Broken]:
        """The object that comes next, streamed as soon as it is known to be a Bundle to unpack."""
        held: list[Member | Element] = []
        size = 0
        unpack = False
        for part in members(scanner, "entry"):
            if unpack:
                if isinstance(part, Element):
                    yield self._unpack(part.value)
                continue
            held.append(part)
            size += len(part.value)
            if unpack := self._is_parcel(held, overdue=size > _HELD):
                yield from (self._unpack(e.value) for e in held if isinstance(e, Element))
                held = []
        if not unpack:
            yield self._whole(_assemble(held))

    def _record(self, text: bytes) -> Iterator[Item | Broken]:
        """A value held in memory: a resource, or a Bundle to unpack."""
        if self._bundles and b'"Bundle"' in text:
            try:
                head = _head.decode(text)
            except _FAULTS:
                head = _Head()
            if head.resource_type == "Bundle" and head.type not in WHOLE:
                for part in members(Scanner(io.BytesIO(text)), "entry"):
                    if isinstance(part, Element):
                        yield self._unpack(part.value)
                return
        yield self._whole(text)

    def _is_parcel(self, held: list[Member | Element], *, overdue: bool) -> bool:
        known = {part.name: part.value for part in held if isinstance(part, Member)}
        if not self._bundles or known.get("resourceType") != b'"Bundle"':
            if overdue and "resourceType" not in known:
                raise Invalid("A large file must state resourceType before its entries")
            return False
        kind = known.get("type")
        return overdue if kind is None else kind.strip(b'"').decode("latin-1") not in WHOLE

    def _whole(self, text: bytes) -> Item | Broken:
        self.place += 1
        wrapped = unwrap(text)
        if wrapped is None:
            return _item(self.place, text, _Entry())
        if wrapped.fault:
            return Broken(self.place, wrapped.fault, wrapped.record)
        return _item(self.place, wrapped.record, _Entry())

    def _unpack(self, text: bytes) -> Item | Broken:
        self.place += 1
        try:
            # Without white space everything that follows has less than half as much to read.
            entry = _entry.decode(msgspec.json.format(text, indent=-1))
        except _FAULTS as error:
            return Broken(self.place, f"Not an entry of a Bundle: {error}", text)
        if not bytes(entry.resource):
            return Broken(self.place, "The entry has no resource", text)
        return _item(self.place, bytes(entry.resource), entry)


def _item(place: int, text: bytes, entry: _Entry) -> Item | Broken:
    try:
        head = _head.decode(text)
    except _FAULTS as error:
        return Broken(place, f"Not a resource: {error}", text)
    if head.resource_type is None:
        return Broken(place, "Not a resource: resourceType is missing", text)
    request = entry.request or _Request()
    if (request.method or "PUT").upper() not in ("PUT", "POST"):
        return Broken(place, f"A load writes records; it does not {request.method}", text)
    return Item(
        place,
        text,
        head.resource_type,
        head.id,
        entry.full_url,
        request.method,
        request.if_none_exist,
    )


def _assemble(parts: list[Member | Element]) -> bytes:
    """The object again, from its properties: it was not one to take apart."""
    pieces: list[bytes] = []
    entries: list[bytes] = []
    for part in parts:
        if isinstance(part, Element):
            entries.append(part.value)
        else:
            pieces.append(msgspec.json.encode(part.name) + b":" + part.value)
    if entries:
        pieces.append(b'"entry":[' + b",".join(entries) + b"]")
    return b"{" + b",".join(pieces) + b"}"
