"""update: the whole next version of a resource, named by id or found by a search.

See https://hl7.org/fhir/R4/http.html#update and https://hl7.org/fhir/R4/http.html#cond-update
"""

from __future__ import annotations

from osler.kit.errors import Invalid
from osler.record import Update
from osler.rest.conditional import criteria, if_match, must_not_exist
from osler.rest.interactions import binary
from osler.rest.request import Request
from osler.rest.response import Response
from osler.rest.written import commit, written


def update(request: Request) -> Response:
    """PUT to an id; creates the resource where there is none."""
    resource = binary.sent(request)
    if resource.id is None:
        raise Invalid("The resource must have the id of its path", expression=f"{request.type}.id")
    if resource.id != request.id:
        raise Invalid("The id differs from that of the path", expression=f"{request.type}.id")
    op = Update(resource, if_match=if_match(request), if_none_match_any=must_not_exist(request))
    return written(request, commit(request, op))


def conditional(request: Request) -> Response:
    """PUT to a search."""
    op = Update(
        request.resource(),
        where=criteria(request),
        if_match=if_match(request),
        if_none_match_any=must_not_exist(request),
    )
    return written(request, commit(request, op))
