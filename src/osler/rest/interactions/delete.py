"""delete: the end of a resource, named by id or found by a search; its history stays.

See https://hl7.org/fhir/R4/http.html#delete
"""

from __future__ import annotations

from osler.record import Delete
from osler.rest.conditional import criteria, if_match
from osler.rest.request import Request
from osler.rest.response import Response
from osler.rest.written import commit, removed


def delete(request: Request) -> Response:
    """DELETE of an id."""
    op = Delete(request.type, id=request.id, if_match=if_match(request))
    return removed(request, commit(request, op))


def conditional(request: Request) -> Response:
    """DELETE of the one resource that a search finds."""
    op = Delete(request.type, where=criteria(request), if_match=if_match(request))
    return removed(request, commit(request, op))
