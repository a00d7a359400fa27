"""history of an instance, a type or the whole system.

See https://hl7.org/fhir/R4/http.html#history
"""

from __future__ import annotations

from osler.kit.errors import Invalid
from osler.rest import bundles
from osler.rest.instants import instant, period
from osler.rest.request import Request
from osler.rest.response import Response

_PARAMETERS = frozenset({"_since", "_at", "_count", "_cursor", "_format", "_pretty"})
_DEFAULT, _MOST = 100, 1000


def history(request: Request) -> Response:
    """Versions newest first, a page at a time."""
    pairs = [(name, value) for name, value in request.pairs if name in _PARAMETERS]
    if len(pairs) != len(request.pairs) and not request.prefer.lenient:
        raise Invalid("A history takes _since, _at and _count only")
    since, at, wish = request.value("_since"), request.value("_at"), count(request)
    page = request.door.record.history(
        request.principal,
        request.type or None,
        request.id or None,
        since=instant(since, "_since") if since else None,
        at=period(at, "_at") if at else None,
        count=min(_DEFAULT if wish is None else wish, _MOST),
        cursor=request.value("_cursor"),
    )
    links = _links(request, pairs, page.next)
    return Response(200, bundles.history(request.base, page.entries, page.total, links))


def count(request: Request) -> int | None:
    """`_count`, where it is given."""
    text = request.value("_count")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise Invalid("_count must be a number, 0 or greater", expression="_count")
    return int(text)


def _links(
    request: Request, pairs: list[tuple[str, str]], next: str | None
) -> list[tuple[str, str]]:
    scope = "/".join(part for part in (request.base, request.type, request.id) if part)
    path = f"{scope}/_history"
    first = [pair for pair in pairs if pair[0] != "_cursor"]
    links = [("self", bundles.address(path, pairs)), ("first", bundles.address(path, first))]
    if next is not None:
        links.append(("next", bundles.address(path, [*first, ("_cursor", next)])))
    return links
