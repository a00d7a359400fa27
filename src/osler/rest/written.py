"""The answer to a write: status, headers, and as much of a body as the client prefers."""

from __future__ import annotations

from dataclasses import replace

from osler.record import Op, Outcome, Version
from osler.rest import outcome as outcomes
from osler.rest.request import Request
from osler.rest.response import Response, version_headers

STATUS = {"created": 201, "updated": 200, "unchanged": 200, "matched": 200, "deleted": 200}


def commit(request: Request, op: Op) -> Outcome:
    """Carry out one write with the checks that this server makes."""
    door = request.door
    return door.record.commit(
        request.principal, [replace(op, source="api")], checks=door.options.checks
    )[0]


def written(request: Request, outcome: Outcome) -> Response:
    """The answer to a create, update or patch."""
    version = outcome.version
    if version is None:
        return Response(204)
    status = STATUS[outcome.status]
    headers = version_headers(version)
    place = location(request, version)
    headers.append(("Location" if status == 201 else "Content-Location", place))
    return Response(status, _body(request, outcome, version), headers)


def removed(request: Request, outcome: Outcome) -> Response:
    """The answer to a delete: nothing to say unless an outcome is preferred."""
    version = outcome.version
    headers = [] if version is None else version_headers(version)
    if request.prefer.answer == "OperationOutcome":
        text = "Deleted" if version is not None else "There was nothing to delete"
        return Response(200, outcomes.all_is_well(text), headers)
    return Response(204, headers=headers)


def location(request: Request, version: Version) -> str:
    """The address of exactly this version."""
    return f"{request.base}/{version.type}/{version.id}/_history/{version.version}"


def _body(request: Request, outcome: Outcome, version: Version) -> bytes:
    match request.prefer.answer:
        case "minimal":
            return b""
        case "representation" | None:
            return version.content
        case "OperationOutcome":
            done = f"{version.type}/{version.id}: {outcome.status}"
            return outcomes.of_write(outcome.warnings, done)
