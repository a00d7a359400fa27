"""$meta, $meta-add and $meta-delete: read and change profiles, tags and security labels alone.

See https://hl7.org/fhir/R4/resource-operation-meta.html
"""

from __future__ import annotations

from collections.abc import Callable

from osler.fhir import codec
from osler.fhir.r4.datatypes import Coding, Meta
from osler.fhir.r4.parameters import Parameters, ParametersParameter
from osler.kit.errors import Conflict, Invalid, PreconditionFailed
from osler.record import Checks, Patch, Version
from osler.rest.interactions.read import stored
from osler.rest.operations.parameters import named
from osler.rest.request import Request
from osler.rest.response import Response, version_headers

_Combine = Callable[[Meta, Meta], Meta]
# Another writer may come between the read and the write; then the change is made again on the new version.
_ATTEMPTS = 5
# Labels are not content: a resource that broke a rule before may still be labelled.
_CHECKS = Checks(validate=False, references=False, why_off="only labels change")


def meta(request: Request) -> Response:
    """The meta of a resource or of one of its versions."""
    return _answer(stored(request))


def add(request: Request) -> Response:
    """Add profiles, tags and labels; those already there stay as they are."""
    return _change(request, _added)


def delete(request: Request) -> Response:
    """Remove profiles, tags and labels; those not there are passed over."""
    return _change(request, _deleted)


def _change(request: Request, combine: _Combine) -> Response:
    given = _given(request)
    for _ in range(_ATTEMPTS):
        version = stored(request)
        changed = combine(codec.decode(version.content).meta or Meta(), given)
        # As a patch, for an update keeps the labels that it does not speak of.
        operations = b'[{"op":"add","path":"/meta","value":' + codec.encode(changed) + b"}]"
        op = Patch(request.type, operations, id=request.id, if_match=version.version)
        try:
            outcome = request.door.record.commit(request.principal, [op], checks=_CHECKS)[0]
        except (Conflict, PreconditionFailed):
            continue
        return _answer(outcome.version or version)
    raise Conflict("Other writers keep changing this resource; try again")


def _given(request: Request) -> Meta:
    parameters = codec.decode(request.content())
    found = named(parameters, "meta")
    if found is None or found.valueMeta is None:
        raise Invalid(
            "The parameter meta (valueMeta) is missing", expression="Parameters.parameter"
        )
    return found.valueMeta


def _added(old: Meta, given: Meta) -> Meta:
    old.profile = _union(old.profile, given.profile)
    old.tag = _union_codings(old.tag, given.tag)
    old.security = _union_codings(old.security, given.security)
    return old


def _deleted(old: Meta, given: Meta) -> Meta:
    gone = set(given.profile or ())
    old.profile = [url for url in old.profile or () if url not in gone] or None
    old.tag = _without(old.tag, given.tag)
    old.security = _without(old.security, given.security)
    return old


def _union(old: list[str | None] | None, new: list[str | None] | None) -> list[str | None] | None:
    return list(dict.fromkeys([*(old or ()), *(new or ())])) or None


def _union_codings(old: list[Coding] | None, new: list[Coding] | None) -> list[Coding] | None:
    known = {_key(coding) for coding in old or ()}
    return [*(old or ()), *(coding for coding in new or () if _key(coding) not in known)] or None


def _without(old: list[Coding] | None, gone: list[Coding] | None) -> list[Coding] | None:
    keys = {_key(coding) for coding in gone or ()}
    return [coding for coding in old or () if _key(coding) not in keys] or None


def _key(coding: Coding) -> tuple[str | None, str | None]:
    return coding.system, coding.code


def _answer(version: Version) -> Response:
    resource = codec.decode(version.content)
    part = ParametersParameter(name="return", valueMeta=resource.meta or Meta())
    body = codec.encode(Parameters(parameter=[part]))
    return Response(200, body, version_headers(version))
