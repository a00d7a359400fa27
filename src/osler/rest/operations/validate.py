"""$validate: say what is wrong with a resource without storing it.

See https://hl7.org/fhir/R4/resource-operation-validate.html
"""

from __future__ import annotations

from osler.fhir import codec
from osler.fhir.base import Resource
from osler.fhir.r4.parameters import Parameters
from osler.fhir.validate import validate as findings
from osler.kit.errors import Invalid, Issue, NotSupported
from osler.rest import outcome
from osler.rest.interactions.read import stored as stored_version
from osler.rest.operations.parameters import named
from osler.rest.request import Request
from osler.rest.response import Response

_MODES = frozenset({"create", "update", "delete"})
_ALL_WELL = "No issues"


def validate(request: Request) -> Response:
    """Of a posted resource, alone or inside Parameters: 200 with what was found, whatever it is."""
    content = request.content()
    try:
        posted = codec.decode(content)
    except Invalid as error:
        # A body that is no FHIR at all was still validated: the findings are the answer.
        return Response(200, outcome.outcome(error.issues))
    resource, mode = _unpacked(request, posted)
    _check_mode(mode)
    if resource is None:
        if mode == "delete" and request.id:
            return Response(200, outcome.all_is_well(_ALL_WELL))
        raise Invalid("The parameter resource is missing", expression="Parameters.parameter")
    return _answer([*_placed(request, resource, mode), *findings(resource)])


def stored(request: Request) -> Response:
    """Of the resource at this path, as it is stored."""
    _unpacked(request, Parameters())
    return _answer(findings(codec.decode(stored_version(request).content)))


def _unpacked(request: Request, posted: Resource) -> tuple[Resource | None, str | None]:
    """The resource to check and the mode, from the query or from Parameters."""
    mode, profile = request.value("mode"), request.value("profile")
    resource: Resource | None = posted
    if isinstance(posted, Parameters) and request.type != "Parameters":
        inside = {name: named(posted, name) for name in ("resource", "mode", "profile")}
        resource = inside["resource"].resource if inside["resource"] else None
        mode = mode or (inside["mode"].valueCode if inside["mode"] else None)
        profile = profile or _text(inside["profile"])
    if profile is not None:
        raise NotSupported(f"Validation against profiles is not supported: {profile[:200]}")
    return resource, mode


def _text(parameter: object) -> str | None:
    for name in ("valueUri", "valueCanonical", "valueString"):
        value: str | None = getattr(parameter, name, None)
        if value is not None:
            return value
    return None


def _check_mode(mode: str | None) -> None:
    if mode is not None and mode not in _MODES:
        raise NotSupported(f"mode must be one of {', '.join(sorted(_MODES))}")


def _placed(request: Request, resource: Resource, mode: str | None) -> list[Issue]:
    """Whether the resource belongs at the path."""
    kind = resource.resourceType
    found = []
    if request.type and kind != request.type:
        text = f"The path says {request.type}, the resource is a {kind}"
        found.append(Issue("invalid", text, kind))
    if request.id and resource.id != request.id and mode != "create":
        found.append(Issue("invalid", "The id differs from that of the path", f"{kind}.id"))
    return found


def _answer(issues: list[Issue]) -> Response:
    return Response(200, outcome.outcome(issues) if issues else outcome.all_is_well(_ALL_WELL))
