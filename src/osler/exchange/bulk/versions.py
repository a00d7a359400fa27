"""All versions of resources as NDJSON: one line for each, an entry of a history Bundle.

https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby
from typing import IO

import msgspec

from osler.exchange.bulk.items import DAMAGE
from osler.kit.errors import Invalid
from osler.record import Version

SUFFIX = ".history.ndjson"
_METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE"}
_STATUSES = {"create": "201", "update": "200", "delete": "204"}


class _Request(msgspec.Struct, gc=False):
    method: str
    url: str


class _Response(msgspec.Struct, gc=False):
    status: str
    etag: str
    last_modified: datetime = msgspec.field(name="lastModified")


class _Entry(msgspec.Struct, gc=False):
    full_url: str = msgspec.field(name="fullUrl")
    request: _Request
    response: _Response
    resource: msgspec.Raw = msgspec.field(default_factory=msgspec.Raw)


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_Entry)


def to_line(version: Version) -> bytes:
    """One version as one line; the resource's JSON stays byte for byte as it was answered."""
    how = version.interaction
    url = version.type if how == "create" else f"{version.type}/{version.id}"
    tail = _encoder.encode(
        {
            "fullUrl": f"{version.type}/{version.id}",
            "request": {"method": _METHODS[how], "url": url},
            "response": {
                "status": _STATUSES[how],
                "etag": f'W/"{version.version}"',
                "lastModified": version.updated.astimezone(UTC),
            },
        }
    )
    if version.deleted:
        return tail + b"\n"
    return b'{"resource":' + version.content + b"," + tail[1:] + b"\n"


def read_resources(stream: IO[bytes]) -> Iterator[tuple[int, list[Version] | str]]:
    """Each resource with its versions ascending, or why it could not be read; with its first line.

    Lines of one resource stand together, as an export writes them.
    """
    for _, group in groupby(_lines(stream), key=lambda read: read[1]):
        rows = list(group)
        faults = [found for _, _, found in rows if isinstance(found, str)]
        versions = [found for _, _, found in rows if isinstance(found, Version)]
        yield rows[0][0], faults[0] if faults else versions


def _lines(stream: IO[bytes]) -> Iterator[tuple[int, tuple[str, str], Version | str]]:
    """The number of each line, its (type, id) and version; what cannot be unpacked ends it."""
    number = 0
    try:
        for number, line in enumerate(stream, 1):
            if line.strip():
                yield number, *_parse(line)
    except DAMAGE as error:
        yield (
            number + 1,
            ("", ""),
            f"Damaged archive: {error}. Nothing after it could be read",
        )


def _parse(line: bytes) -> tuple[tuple[str, str], Version | str]:
    """(type, id) and the version; or what is wrong with the line."""
    try:
        version = _version(_decoder.decode(line))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, Invalid) as error:
        return ("", ""), f"Not an entry of a history: {error}"
    return (version.type, version.id), version


def _version(entry: _Entry) -> Version:
    kind, slash, key = entry.full_url.partition("/")
    if not slash:
        raise Invalid(f"fullUrl is {entry.full_url!r}, expected Type/id")
    deleted = entry.request.method == "DELETE"
    content = bytes(entry.resource)
    if deleted == bool(content):
        raise Invalid("a deletion has no resource, every other version has one")
    return Version(
        type=kind,
        id=key,
        version=int(entry.response.etag.removeprefix("W/").strip('"')),
        updated=entry.response.last_modified,
        deleted=deleted,
        content=content,
    )
