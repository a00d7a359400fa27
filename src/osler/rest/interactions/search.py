"""search of a type or of the whole system, by GET or by a posted form.

See https://hl7.org/fhir/R4/http.html#search
"""

from __future__ import annotations

from collections.abc import Iterable

from osler.record import Page, Version
from osler.rest import bundles, outcome, subset
from osler.rest.request import Request
from osler.rest.response import Response
from osler.search.parse import CURSOR, parse
from osler.search.tree import Query


def system(request: Request) -> Response:
    """Over several types, named by `_type`."""
    return answer(request, parsed(request, None), request.base)


def by_type(request: Request) -> Response:
    """Over one type."""
    query = parsed(request, request.type)
    return answer(request, query, f"{request.base}/{request.type}")


def parsed(request: Request, type: str | None) -> Query:
    """The search that the parameters describe."""
    return parse(
        type,
        request.pairs,
        request.door.known.now(),
        lenient=bool(request.prefer.lenient),
        base_url=request.base,
    )


def answer(request: Request, query: Query, path: str) -> Response:
    """Run a search and assemble its Bundle; `path` is its address without parameters."""
    page = request.door.record.search(request.principal, query)
    wish = subset.subset(query.summary, query.elements)
    body = bundles.searchset(
        request.base,
        _cut(page.matches, wish),
        _cut(page.included, wish),
        total=page.total,
        where=_links(request, query, page, path),
        outcome=outcome.outcome(page.warnings) if page.warnings else None,
    )
    return Response(200, body)


def _cut(
    versions: Iterable[Version], wish: subset.Subset | None
) -> Iterable[tuple[Version, bytes]]:
    return ((version, subset.cut(version.content, wish)) for version in versions)


def _links(request: Request, query: Query, page: Page, path: str) -> list[tuple[str, str]]:
    first = bundles.address(path, query.used)
    cursor = request.value(CURSOR)
    here = first if cursor is None else bundles.address(path, [*query.used, (CURSOR, cursor)])
    links = [("self", here), ("first", first)]
    if page.next is not None:
        links.append(("next", bundles.address(path, [*query.used, (CURSOR, page.next)])))
    return links
