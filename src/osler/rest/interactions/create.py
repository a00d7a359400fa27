"""create: a new resource under an id of the server's choice, or none if one like it exists.

See https://hl7.org/fhir/R4/http.html#create and https://hl7.org/fhir/R4/http.html#ccreate
"""

from __future__ import annotations

from osler.kit.errors import Invalid
from osler.record import Create
from osler.rest.interactions import binary
from osler.rest.request import Request
from osler.rest.response import Response
from osler.rest.written import commit, written


def create(request: Request) -> Response:
    """POST of a resource; `If-None-Exist` makes it conditional."""
    resource = binary.sent(request)
    criteria = request.header("IF_NONE_EXIST")
    if criteria is not None:
        criteria = criteria.strip().removeprefix("?")
        if not criteria:
            raise Invalid("If-None-Exist must be a search, as identifier=…")
    op = Create(resource, if_none_exist=criteria)
    return written(request, commit(request, op))
