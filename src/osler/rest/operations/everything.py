"""$everything: a patient's whole record as one Bundle, streamed, in pages where that is wished.

See https://hl7.org/fhir/R4/patient-operation-everything.html
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator

from osler.kit.errors import Invalid, NotSupported
from osler.record import Everything, Version
from osler.rest import bundles
from osler.rest.instants import instant, period
from osler.rest.interactions.history import count
from osler.rest.request import Request
from osler.rest.response import Response
from osler.rest.table import is_type

_PARAMETERS = frozenset(
    {"start", "end", "_since", "_type", "_count", "_cursor", "_format", "_pretty"}
)


def everything(request: Request) -> Response:
    """The patient first, then all about them, then what that refers to."""
    unknown = {name for name, _ in request.pairs} - _PARAMETERS
    if unknown and not request.prefer.lenient:
        names = ", ".join(sorted(unknown))[:200]
        raise NotSupported(f"$everything does not take {names}", expression=names)
    stream = request.door.record.everything(
        request.principal,
        request.id,
        _wanted(request),
        after=_place(request.value("_cursor")),
        limit=_limit(request),
    )
    body = bundles.streamed(
        request.base, _contents(stream.versions), stream.total, _links(request, stream.next)
    )
    return Response(200, chunks=_gathered(body))


def _wanted(request: Request) -> Everything:
    since, start, end = (request.value(name) for name in ("_since", "start", "end"))
    return Everything(
        since=instant(since, "_since") if since else None,
        start=instant(start, "start") if start else None,
        # The end of a period in FHIR includes all of its last day, month or year.
        end=period(end, "end")[1] if end else None,
        types=_types(request),
    )


def _types(request: Request) -> tuple[str, ...]:
    types = tuple(name for value in request.values("_type") for name in value.split(",") if name)
    for name in types:
        if not is_type(name):
            raise Invalid(f"There is no resource type {name[:64]}", expression="_type")
    return types


def _limit(request: Request) -> int | None:
    """The size of a page: no limit unless one is asked for, for the answer is streamed."""
    wish = count(request)
    if wish == 0:
        raise Invalid("_count must be at least 1", expression="_count")
    return wish


def _contents(versions: Iterator[Version]) -> Iterator[tuple[Version, bytes]]:
    return ((version, version.content) for version in versions)


def _links(request: Request, next: tuple[int, int] | None) -> list[tuple[str, str]]:
    path = f"{request.base}/Patient/{request.id}/$everything"
    used = [pair for pair in request.pairs if pair[0] in _PARAMETERS]
    first = [pair for pair in used if pair[0] != "_cursor"]
    links = [("self", bundles.address(path, used)), ("first", bundles.address(path, first))]
    if next is not None:
        links.append(("next", bundles.address(path, [*first, ("_cursor", _cursor(next))])))
    return links


def _cursor(place: tuple[int, int]) -> str:
    return base64.urlsafe_b64encode(f"{place[0]}.{place[1]}".encode()).decode().rstrip("=")


def _place(cursor: str | None) -> tuple[int, int] | None:
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        part, rid = text.split(".")
        return int(part), int(rid)
    except (ValueError, binascii.Error) as error:
        raise Invalid(
            "This page link is not one that this server made", expression="_cursor"
        ) from error


def _gathered(parts: Iterable[bytes], size: int = 32 * 1024) -> Iterator[bytes]:
    """Parts joined to chunks worth sending; the first leaves as soon as it has an entry."""
    waiting: list[bytes] = []
    length, limit = 0, 1024
    for part in parts:
        waiting.append(part)
        length += len(part)
        if length >= limit:
            yield b"".join(waiting)
            waiting.clear()
            length, limit = 0, size
    yield b"".join(waiting)
