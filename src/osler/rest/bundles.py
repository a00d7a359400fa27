"""Bundles assembled from stored bytes by joining them, never by parsing: search sets and histories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote_plus

import msgspec

from osler.record import Version

_TO_JSON = msgspec.json.encode
_MATCH = b',"search":{"mode":"match"}}'
_INCLUDE = b',"search":{"mode":"include"}}'
_OUTCOME = b',"search":{"mode":"outcome"}}'

Links = Sequence[tuple[str, str]]
Pairs = Iterable[tuple[str, str]]


def address(path: str, pairs: Pairs) -> str:
    """A URL with a query string; what FHIR reads as separators stays readable."""
    query = "&".join(
        f"{quote_plus(k, safe=':_-$')}={quote_plus(v, safe=':,/$|')}" for k, v in pairs
    )
    return f"{path}?{query}" if query else path


def head(kind: str, total: int | None, stamp: str | None = None) -> bytes:
    """The beginning of a Bundle up to its links."""
    when = f',"meta":{{"lastUpdated":"{stamp}"}}' if stamp else ""
    count = "" if total is None else f',"total":{total}'
    return f'{{"resourceType":"Bundle"{when},"type":"{kind}"{count}'.encode()


def links(pairs: Links) -> bytes:
    """The links of a Bundle as a property that follows another."""
    if not pairs:
        return b""
    parts = (b'{"relation":"%b","url":%b}' % (r.encode(), _TO_JSON(u)) for r, u in pairs)
    return b',"link":[' + b",".join(parts) + b"]"


def entry(base: str, version: Version, content: bytes, tail: bytes = _MATCH) -> bytes:
    """One entry of a search set."""
    start = f'{{"fullUrl":"{base}/{version.type}/{version.id}","resource":'.encode()
    return start + content + tail


def searchset(
    base: str,
    matches: Iterable[tuple[Version, bytes]],
    included: Iterable[tuple[Version, bytes]],
    *,
    total: int | None,
    where: Links,
    outcome: bytes | None = None,
) -> bytes:
    """A Bundle of search results; an array is left out where it would be empty, as JSON in FHIR asks."""
    entries = [entry(base, version, content) for version, content in matches]
    entries += [entry(base, version, content, _INCLUDE) for version, content in included]
    if outcome is not None:
        entries.append(b'{"resource":' + outcome + _OUTCOME)
    parts = [head("searchset", total), links(where)]
    if entries:
        parts += [b',"entry":[', b",".join(entries), b"]"]
    parts.append(b"}")
    return b"".join(parts)


def streamed(
    base: str, found: Iterable[tuple[Version, bytes]], total: int, where: Links
) -> Iterator[bytes]:
    """A search set, sent entry by entry as it is read from the database."""
    yield head("searchset", total) + links(where)
    separator = b',"entry":['
    for version, content in found:
        yield separator + entry(base, version, content)
        separator = b","
    yield b"]}" if separator == b"," else b"}"


def history(base: str, versions: Iterable[Version], total: int | None, where: Links) -> bytes:
    """A Bundle of versions, each with the request that made it."""
    entries = [_past(base, version) for version in versions]
    parts = [head("history", total), links(where)]
    if entries:
        parts += [b',"entry":[', b",".join(entries), b"]"]
    parts.append(b"}")
    return b"".join(parts)


_MADE_BY = {
    "create": ("POST", "201 Created"),
    "update": ("PUT", "200 OK"),
    "delete": ("DELETE", "204 No Content"),
}


def _past(base: str, version: Version) -> bytes:
    method, status = _MADE_BY[version.interaction]
    place = version.type if method == "POST" else f"{version.type}/{version.id}"
    start = f'{{"fullUrl":"{base}/{version.type}/{version.id}"'
    rest = (
        f',"request":{{"method":"{method}","url":"{place}"}},"response":{{"status":"{status}",'
        f'"etag":"W/\\"{version.version}\\"","lastModified":"{instant(version)}"}}}}'
    )
    if version.deleted:
        return (start + rest).encode()
    return b"".join((start.encode(), b',"resource":', version.content, rest.encode()))


def instant(version: Version) -> str:
    """When a version was written, as FHIR writes an instant."""
    return version.updated.isoformat(timespec="milliseconds").replace("+00:00", "Z")
