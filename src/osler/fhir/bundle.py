"""Writes Bundles by joining text: the resources inside are bytes already and are not parsed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

BundleType = Literal[
    "searchset", "history", "batch-response", "transaction-response", "collection", "document"
]
SearchMode = Literal["match", "include", "outcome"]
Method = Literal["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]

_TEXT: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a Bundle: `self`, `next`, …"""

    relation: str
    url: str


def instant(when: datetime) -> str:
    """A FHIR instant in UTC with milliseconds or, where the time has them, microseconds."""
    utc = when.astimezone(UTC)
    precision = "microseconds" if utc.microsecond % 1000 else "milliseconds"
    return utc.isoformat(timespec=precision).replace("+00:00", "Z")


def _text(value: str) -> bytes:
    return _TEXT.encode(value)


def search_entry(
    full_url: str | None, content: bytes, mode: SearchMode = "match", score: float | None = None
) -> bytes:
    """An entry of a searchset."""
    ranked = b"" if score is None else b',"score":' + _TEXT.encode(score)
    return b"".join(
        (
            b"{",
            _full_url(full_url),
            b'"resource":',
            content,
            b',"search":{"mode":',
            _text(mode),
            ranked,
            b"}}",
        )
    )


def history_entry(
    full_url: str,
    content: bytes | None,
    *,
    method: Method,
    url: str,
    status: str,
    version: int,
    updated: datetime,
) -> bytes:
    """An entry of a history Bundle; `content` is None for a deletion."""
    return b"".join(
        (
            b"{",
            _full_url(full_url),
            b'"resource":' + content + b"," if content else b"",
            b'"request":{"method":',
            _text(method),
            b',"url":',
            _text(url),
            b'},"response":',
            _response(status, None, f'W/"{version}"', updated, None),
            b"}",
        )
    )


def response_entry(
    status: str,
    *,
    full_url: str | None = None,
    content: bytes | None = None,
    location: str | None = None,
    etag: str | None = None,
    updated: datetime | None = None,
    outcome: bytes | None = None,
) -> bytes:
    """An entry of a batch-response or transaction-response. `status` is such as `201 Created`."""
    return b"".join(
        (
            b"{",
            _full_url(full_url),
            b'"resource":' + content + b"," if content else b"",
            b'"response":',
            _response(status, location, etag, updated, outcome),
            b"}",
        )
    )


def _full_url(url: str | None) -> bytes:
    return b"" if url is None else b'"fullUrl":' + _text(url) + b","


def _response(
    status: str,
    location: str | None,
    etag: str | None,
    updated: datetime | None,
    outcome: bytes | None,
) -> bytes:
    parts = [b'{"status":', _text(status)]
    if location is not None:
        parts += [b',"location":', _text(location)]
    if etag is not None:
        parts += [b',"etag":', _text(etag)]
    if updated is not None:
        parts += [b',"lastModified":', _text(instant(updated))]
    if outcome is not None:
        parts += [b',"outcome":', outcome]
    return b"".join([*parts, b"}"])


def stream(
    kind: BundleType,
    entries: Iterable[bytes],
    *,
    id: str | None = None,
    updated: datetime | None = None,
    total: int | None = None,
    links: Sequence[Link] = (),
) -> Iterator[bytes]:
    """A Bundle in pieces, one entry at a time. No entries, no `entry`: FHIR forbids the empty list."""
    yield _head(kind, id, updated, total, links)
    first = True
    for entry in entries:
        yield b',"entry":[' + entry if first else b"," + entry
        first = False
    yield b"}" if first else b"]}"


def assemble(
    kind: BundleType,
    entries: Iterable[bytes],
    *,
    id: str | None = None,
    updated: datetime | None = None,
    total: int | None = None,
    links: Sequence[Link] = (),
) -> bytes:
    """A Bundle as one text."""
    return b"".join(stream(kind, entries, id=id, updated=updated, total=total, links=links))


def _head(
    kind: BundleType,
    identity: str | None,
    updated: datetime | None,
    total: int | None,
    links: Sequence[Link],
) -> bytes:
    parts = [b'{"resourceType":"Bundle"']
    if identity is not None:
        parts += [b',"id":', _text(identity)]
    if updated is not None:
        parts += [b',"meta":{"lastUpdated":', _text(instant(updated)), b"}"]
    parts += [b',"type":', _text(kind)]
    if total is not None:
        parts += [b',"total":', str(total).encode()]
    if links:
        listed = b",".join(
            b'{"relation":' + _text(link.relation) + b',"url":' + _text(link.url) + b"}"
            for link in links
        )
        parts += [b',"link":[', listed, b"]"]
    return b"".join(parts)
