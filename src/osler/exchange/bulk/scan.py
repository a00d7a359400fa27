"""Splits JSON text that may be larger than memory into its elements, without decoding them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import msgspec

from osler.kit.errors import Invalid, TooLarge

CHUNK = 1 << 20
LARGEST_ELEMENT = 256 << 20
_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SCALAR = re.compile(rb"[^,\]}\s]+")
# Up to and including the next brace or bracket that stands outside a string.
_UP_TO_BRACE = re.compile(rb'(?:[^"{}\[\]]+|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+[{}\[\]]', re.DOTALL)
_OPENING = b"{["
_CLOSING = {b"{": b"}", b"[": b"]"}
_VALUE = msgspec.json.Decoder(msgspec.Raw)
_TRAILING = re.compile(r"trailing characters \(byte (\d+)\)")


def _trailing(text: bytes | memoryview) -> int | None:
    """Where the decoder says that something follows the first value; None where nothing does."""
    try:
        _VALUE.decode(text)
    except msgspec.DecodeError as error:
        found = _TRAILING.search(str(error))
        return int(found[1]) if found else -1
    except RecursionError:  # nested too deeply for any resource
        return -1
    return None


# The decoder counts from 0 or 1, by its version: ask it where the comma is in a text we know.
_BIAS = (_trailing(b"{},") or 0) - 2


class Stream(Protocol):
    """What is read from: a file, a gzip stream, a zip member."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Member:
    """A property of the outermost object that is not the streamed array: its name and JSON text."""

    name: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Element:
    """The JSON text of one element of the streamed array."""

    value: bytes


class Scanner:
    """A window on a stream that grows until the next JSON token is whole."""

    def __init__(self, stream: Stream, *, largest: int = LARGEST_ELEMENT) -> None:
        self._stream = stream
        self._buffer = b""
        self._at = 0
        self._chunk = CHUNK
        self._largest = largest
        self._passed = 0

    @property
    def offset(self) -> int:
        """How many bytes of the stream have been consumed."""
        return self._passed + self._at

    def peek(self) -> bytes:
        """The next byte that is not white space; empty at the end."""
        while True:
            self._at = _space(self._buffer, self._at)
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            if not self._more():
                return b""

    def expect(self, wanted: bytes) -> None:
        """Steps over this one byte, or says what stands there instead."""
        found = self.peek()
        if found != wanted:
            raise self.error(f"expected {wanted.decode()!r}, found {_show(found)}")
        self._at += 1

    def accept(self, wanted: bytes) -> bool:
        """Steps over this one byte if it is next."""
        if self.peek() != wanted:
            return False
        self._at += 1
        return True

    def value(self) -> bytes:
        """The next JSON value as text; only braces and strings are looked at."""
        first = self.peek()
        if first and first in _OPENING:
            return self._braced()
        pattern = _STRING if first == b'"' else _SCALAR
        while True:
            match = pattern.match(self._buffer, self._at)
            # A scalar that ends with the window may go on in the next chunk.
            if match and (first == b'"' or match.end() < len(self._buffer)):
                return self._take(match.end())
            if not self._more():
                if match:
                    return self._take(match.end())
                raise self.error(f"expected a value, found {_show(first)}")

    def _braced(self) -> bytes:
        """An object or array: the decoder finds its end five times as fast as counting braces does."""
        following = _trailing(memoryview(self._buffer)[self._at :])
        if following is not None and following >= 0:
            closing = _CLOSING[self._buffer[self._at : self._at + 1]]
            end = self._buffer.rfind(closing, self._at, self._at + following - _BIAS) + 1
            if end > self._at:
                return self._take(end)
        return self._counted()

    def _counted(self) -> bytes:
        """For what is not whole yet, or broken: reads on until its braces match."""
        depth, position = 0, self._at
        while True:
            match = _UP_TO_BRACE.match(self._buffer, position)
            if match is None:
                scanned = position - self._at
                if not self._more():
                    raise self.error("the text ends in the middle of an object")
                position = self._at + scanned
                continue
            position = match.end()
            depth += 1 if self._buffer[position - 1] in _OPENING else -1
            if depth == 0:
                return self._take(position)

    def _take(self, end: int) -> bytes:
        found = self._buffer[self._at : end]
        self._at = end
        self._chunk = CHUNK
        return found

    def _more(self) -> bool:
        """Drops what has been consumed and reads on; False at the end of the stream."""
        data = self._stream.read(self._chunk)
        if not data:
            return False
        rest = self._buffer[self._at :]
        if len(rest) > self._largest:
            raise TooLarge(f"An element at byte {self.offset} is larger than {self._largest} bytes")
        self._passed += self._at
        self._at = 0
        self._buffer = rest + data
        self._chunk = max(CHUNK, len(rest))
        return True

    def error(self, what: str) -> Invalid:
        """An error that names the place in the stream."""
        return Invalid(f"Not JSON at byte {self.offset}: {what}")


def members(scanner: Scanner, array: str) -> Iterator[Member | Element]:
    """The properties of the object that comes next, in file order; those of `array` one by one."""
    scanner.expect(b"{")
    if scanner.accept(b"}"):
        return
    while True:
        name = _name(scanner)
        scanner.expect(b":")
        if name == array and scanner.peek() == b"[":
            yield from elements(scanner)
        else:
            yield Member(name, scanner.value())
        if not scanner.accept(b","):
            break
    scanner.expect(b"}")


def elements(scanner: Scanner) -> Iterator[Element]:
    """The elements of the array that comes next."""
    scanner.expect(b"[")
    if scanner.accept(b"]"):
        return
    while True:
        yield Element(scanner.value())
        if not scanner.accept(b","):
            break
    scanner.expect(b"]")


def _name(scanner: Scanner) -> str:
    if scanner.peek() != b'"':
        raise scanner.error(f"expected a property name, found {_show(scanner.peek())}")
    return scanner.value()[1:-1].decode("utf-8", "replace")


def _space(buffer: bytes, at: int) -> int:
    match = _SPACE.match(buffer, at)
    return match.end() if match else at


def _show(byte: bytes) -> str:
    return repr(byte.decode("latin-1")) if byte else "the end"
