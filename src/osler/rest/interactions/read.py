"""read and vread: one version of one resource, as it is stored.

See https://hl7.org/fhir/R4/http.html#read
"""

from __future__ import annotations

from osler.kit.errors import NotFound
from osler.record import Version
from osler.rest import subset
from osler.rest.conditional import unchanged
from osler.rest.interactions import binary
from osler.rest.request import Request
from osler.rest.response import Response, version_headers


def read(request: Request) -> Response:
    """The current version."""
    return _answer(request, request.door.record.read(request.principal, request.type, request.id))


def vread(request: Request) -> Response:
    """A given version."""
    return _answer(request, stored(request))


def stored(request: Request) -> Version:
    """The version that the path names, the current one where it names none."""
    record, number = request.door.record, request.version
    if not number:
        return record.read(request.principal, request.type, request.id)
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise NotFound(f"There is no such version of {request.type}/{request.id}")
    return record.vread(request.principal, request.type, request.id, int(number))


def _answer(request: Request, version: Version) -> Response:
    headers = version_headers(version)
    environ = request.environ
    if unchanged(request, version):
        return Response(304, headers=headers)
    if binary.bytes_wanted(request):
        return binary.answer(request, version)
    content = version.content
    if environ.get("QUERY_STRING"):
        content = subset.cut(content, subset.wanted(request))
    return Response(200, content, headers)
