"""Reading a request body: bounded in size before and after decompression, and in time."""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator
from typing import Any

from osler.kit.errors import Invalid, TooLarge
from osler.rest.options import Options
from osler.rest.problems import SlowBody, UnsupportedMedia

_CHUNK = 256 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def read(environ: dict[str, Any], options: Options) -> bytes:
    """The whole body, unzipped where it came zipped. Raises TooLarge, SlowBody, UnsupportedMedia."""
    length = environ.get("CONTENT_LENGTH")
    if length and length.isdigit() and int(length) > options.max_body:
        raise _too_large(options)
    encoding = environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    match encoding:
        case "identity" | "":
            return _joined(_chunks(environ, options), options)
        case "gzip" | "x-gzip":
            return _joined(_unzipped(_chunks(environ, options)), options)
        case _:
            raise UnsupportedMedia("Content-Encoding must be gzip or absent")


def _chunks(environ: dict[str, Any], options: Options) -> Iterator[bytes]:
    stream = environ["wsgi.input"]
    deadline = time.monotonic() + options.body_seconds
    while chunk := stream.read(_CHUNK):
        yield bytes(chunk)
        if time.monotonic() > deadline:
            raise SlowBody(f"The body did not arrive within {options.body_seconds:g} seconds")


def _joined(chunks: Iterator[bytes], options: Options) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > options.max_body:
            raise _too_large(options)
        parts.append(chunk)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _unzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The decompressed body in pieces, so that a small bomb never becomes a large one in memory."""
    unzip = zlib.decompressobj(_GZIP)
    try:
        for chunk in chunks:
            yield unzip.decompress(chunk, _CHUNK)
            while unzip.unconsumed_tail:
                yield unzip.decompress(unzip.unconsumed_tail, _CHUNK)
    except zlib.error as error:
        raise Invalid("The body is not valid gzip") from error
    if not unzip.eof:
        raise Invalid("The gzip body ends too early")


def _too_large(options: Options) -> TooLarge:
    return TooLarge(f"The body is larger than {options.max_body} bytes")
