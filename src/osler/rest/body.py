"""Reading a request body: bounded in size before and after decompression, and in time."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from osler.kit.errors import Invalid, TooLarge
from osler.rest.arrivals import Arrivals
from osler.rest.options import Options
from osler.rest.problems import UnsupportedMedia

_CHUNK = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def read(environ: dict[str, Any], options: Options, arrivals: Arrivals) -> bytes:
    """The whole body, unzipped where it came zipped.

    Raises:
        TooLarge, SlowBody, TooManyBodies, UnsupportedMedia, Invalid: cut short, or not valid gzip.
    """
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise UnsupportedMedia("Content-Encoding must be gzip or absent")
    content = _raw(environ, options, arrivals)
    return _unzipped(content, options) if encoding.endswith("gzip") else content


def _raw(environ: dict[str, Any], options: Options, arrivals: Arrivals) -> bytes:
    text = environ.get("CONTENT_LENGTH", "")
    length = int(text) if text.isascii() and text.isdigit() else None
    if length == 0:
        return b""
    if length is not None and length > options.max_body:
        raise _too_large(options)
    content = arrivals.read(
        environ["wsgi.input"], most=options.max_body, seconds=options.body_seconds
    )
    if length is not None and len(content) < length:
        raise Invalid("The body ends too early")
    return content


def _unzipped(content: bytes, options: Options) -> bytes:
    if not content:
        raise Invalid("The gzip body ends too early")
    parts: list[bytes] = []
    size = 0
    for part in _parts(content):
        size += len(part)
        if size > options.max_body:
            raise _too_large(options)
        parts.append(part)
    return b"".join(parts)


def _parts(content: bytes) -> Iterator[bytes]:
    """The decompressed body in pieces, so that a small bomb never becomes a large one in memory."""
    unzip = zlib.decompressobj(_GZIP)
    try:
        for start in range(0, len(content), _CHUNK):
            yield unzip.decompress(content[start : start + _CHUNK], _CHUNK)
            while unzip.unconsumed_tail:
                yield unzip.decompress(unzip.unconsumed_tail, _CHUNK)
            if unzip.eof and (unzip.unused_data or start + _CHUNK < len(content)):
                # A second member would be lost without a word; nobody sends one on purpose.
                raise Invalid("The gzip body goes on after its end; send it as one gzip member")
    except zlib.error as error:
        raise Invalid("The body is not valid gzip") from error
    if not unzip.eof:
        raise Invalid("The gzip body ends too early")


def _too_large(options: Options) -> TooLarge:
    return TooLarge(f"The body is larger than {options.max_body} bytes")
