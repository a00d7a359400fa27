"""batch and transaction: many interactions in one Bundle.

See https://hl7.org/fhir/R4/http.html#transaction
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from osler.fhir.r4.bundle import Bundle
from osler.kit.errors import Invalid, OslerError
from osler.record import Outcome, bundle
from osler.record.bundle import EntryResult, Got
from osler.rest import outcome as outcomes
from osler.rest.bundles import instant
from osler.rest.options import BASE
from osler.rest.request import Request
from osler.rest.response import STATUS_LINES, Response, etag
from osler.rest.table import check_path
from osler.rest.written import STATUS, location

Json = dict[str, Any]

# What belongs to the request that carries the Bundle and not to the reads inside it.
_OUTER = ("CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")
_OUTER_TOO = ("HTTP_IF_MODIFIED_SINCE", "HTTP_IF_NONE_EXIST", "HTTP_CONTENT_ENCODING")


def batch(request: Request) -> Response:
    """POST of a Bundle to the base."""
    resource = request.resource()
    if not isinstance(resource, Bundle):
        raise Invalid("What is posted to the base is a Bundle; other resources go to their type")
    results = bundle.process(
        request.door.record,
        request.principal,
        resource,
        get=_getter(request),
        checks=request.door.options.checks,
    )
    body: Json = {"resourceType": "Bundle", "type": f"{resource.type}-response"}
    if results:
        body["entry"] = [_entry(request, result) for result in results]
    return Response(200, msgspec.json.encode(body))


def _entry(request: Request, result: EntryResult) -> Json:
    if result.error is not None:
        status = outcomes.status_of(result.error)
        issues = outcomes.outcome(result.error.issues)
        return {"response": {"status": STATUS_LINES[status], "outcome": msgspec.Raw(issues)}}
    if result.got is not None:
        return _read(result.got)
    assert result.outcome is not None
    return _write(request, result.outcome)


def _read(got: Got) -> Json:
    response = {"status": STATUS_LINES[got.status]}
    if got.status >= 400:
        return {"response": response | {"outcome": msgspec.Raw(got.body)}}
    if got.etag:
        response["etag"] = got.etag
    return {"resource": msgspec.Raw(got.body), "response": response}


def _write(request: Request, outcome: Outcome) -> Json:
    version = outcome.version
    if version is None:
        return {"response": {"status": STATUS_LINES[204]}}
    status = 204 if version.deleted else STATUS[outcome.status]
    response: Json = {
        "status": STATUS_LINES[status],
        "location": location(request, version),
        "etag": etag(version.version),
        "lastModified": instant(version),
    }
    if warnings := outcomes.worth_telling(outcome.warnings):
        response["outcome"] = msgspec.Raw(outcomes.outcome(warnings))
    entry: Json = {"fullUrl": f"{request.base}/{version.type}/{version.id}"}
    # A response of ten thousand entries is repeated only for who asks for it.
    if request.prefer.answer == "representation" and not version.deleted:
        entry["resource"] = msgspec.Raw(version.content)
    return entry | {"response": response}


def _getter(request: Request) -> Callable[[str, str], Got]:
    """How the reads inside the Bundle are answered: as if each had come alone."""

    def get(address: str, _: str) -> Got:
        # A read comes after the writes are done, so its failure is an answer like any other.
        try:
            response = _inner(request, address)
        except OslerError as error:
            return Got(outcomes.status_of(error), outcomes.outcome(error.issues))
        body = response.body if response.chunks is None else b"".join(response.chunks)
        return Got(response.status, body, dict(response.headers).get("ETag"))

    return get


def _inner(request: Request, address: str) -> Response:
    path, _, query = address.partition("?")
    environ = {k: v for k, v in request.environ.items() if k not in _OUTER + _OUTER_TOO}
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": f"{BASE}/{path}", "QUERY_STRING": query}
    door = request.door
    node, values = door.table.find(environ["PATH_INFO"])
    route = node.routes.get("GET")
    if route is None:
        raise Invalid("Nothing can be read at this address")
    inner = Request(door, environ, route, values, request.request_id)
    check_path(inner)
    return route.handler(inner)
