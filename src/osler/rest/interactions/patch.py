"""patch: a change of part of a resource by JSON Patch (RFC 6902).

See https://hl7.org/fhir/R4/http.html#patch
"""

from __future__ import annotations

from osler.kit.errors import Invalid
from osler.record import Patch
from osler.rest import negotiate
from osler.rest.conditional import criteria, if_match
from osler.rest.problems import UnsupportedMedia
from osler.rest.request import Request
from osler.rest.response import Response
from osler.rest.written import commit, written


def patch(request: Request) -> Response:
    """PATCH of an id."""
    op = Patch(request.type, _operations(request), id=request.id, if_match=if_match(request))
    return written(request, commit(request, op))


def conditional(request: Request) -> Response:
    """PATCH of the one resource that a search finds."""
    where = criteria(request)
    op = Patch(request.type, _operations(request), where=where, if_match=if_match(request))
    return written(request, commit(request, op))


def _operations(request: Request) -> bytes:
    if negotiate.body_type(request.environ.get("CONTENT_TYPE", "")) != negotiate.JSON_PATCH:
        raise UnsupportedMedia(f"A patch is sent as {negotiate.JSON_PATCH}")
    content = request.body()
    if not content:
        raise Invalid("The request has no body")
    return content
