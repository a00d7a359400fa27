"""patch: a change of part of a resource, by JSON Patch (RFC 6902) or FHIRPath Patch.

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
    kind = negotiate.body_type(request.environ.get("CONTENT_TYPE", ""))
    content = request.body()
    if kind != negotiate.JSON_PATCH and kind not in negotiate.BODIES:
        raise UnsupportedMedia(
            f"A patch is sent as {negotiate.JSON_PATCH}, or as Parameters in {negotiate.FHIR}"
        )
    if not content:
        raise Invalid("The request has no body")
    is_list = content.lstrip()[:1] == b"["
    if kind == negotiate.JSON_PATCH and not is_list:
        raise Invalid("A JSON Patch is a list of operations")
    if kind != negotiate.JSON_PATCH and is_list:
        raise UnsupportedMedia(f"A JSON Patch is sent as {negotiate.JSON_PATCH}")
    return content
