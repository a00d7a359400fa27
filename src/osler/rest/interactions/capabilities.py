"""capabilities: what this server does, read off the route table and the search registry.

See https://hl7.org/fhir/R4/http.html#capabilities
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec

from osler import __version__
from osler.fhir import r4
from osler.kit.errors import Invalid
from osler.rest import negotiate
from osler.rest.interactions import audit_event
from osler.rest.request import Request
from osler.rest.response import Response
from osler.rest.table import Route
from osler.search.registry import Registry

Json = dict[str, Any]
Routes = tuple[Route, ...]

_MODES = frozenset({"full", "normative", "terminology"})
_TYPE_CODES = [
    "read",
    "vread",
    "update",
    "patch",
    "delete",
    "history-instance",
    "history-type",
    "create",
    "search-type",
]
_SYSTEM_CODES = ["transaction", "history-system", "search-system"]
_OPERATION = "http://hl7.org/fhir/OperationDefinition/"
_DEFINITIONS = {
    "$validate": "Resource-validate",
    "$meta": "Resource-meta",
    "$meta-add": "Resource-meta-add",
    "$meta-delete": "Resource-meta-delete",
    "$everything": "Patient-everything",
}
# When the API last changed in a way that a client may care about.
_DATE = "2026-11-22"


def capabilities(request: Request) -> Response:
    """The CapabilityStatement; the same for everybody who asks by the same address."""
    mode = request.value("mode")
    if mode is not None and mode not in _MODES:
        raise Invalid(f"mode must be one of {', '.join(sorted(_MODES))}", expression="mode")
    if mode == "terminology":
        raise Invalid("This is not a terminology server", expression="mode")
    cors = bool(request.door.options.origins)
    door = request.door
    return Response(200, _statement(request.base, cors, door.table.routes, door.known.last()))


@lru_cache(maxsize=4)
def _statement(base: str, cors: bool, routes: Routes, registry: Registry) -> bytes:
    used = {route.interaction for route in routes}
    rest = {
        "mode": "server",
        "security": {
            "cors": cors,
            "description": "A token (Authorization: Bearer), or the session of who signed in here.",
        },
        "resource": [_resource(type, used, routes, registry) for type in sorted(r4.RESOURCES)],
        "interaction": [{"code": code} for code in [*_SYSTEM_CODES, "batch"] if _has(code, used)],
        "searchParam": _common(registry),
        "operation": _operations(routes, "/fhir/$"),
        "compartment": [
            f"http://hl7.org/fhir/CompartmentDefinition/{name.lower()}"
            for route in routes
            if route.interaction == "search-compartment" and route.method == "GET"
            for name in route.types
        ],
    }
    return msgspec.json.encode(_head(base) | {"rest": [rest]})


def _head(base: str) -> Json:
    return {
        "resourceType": "CapabilityStatement",
        "url": f"{base}/metadata",
        "version": __version__,
        "name": "Osler",
        "title": "Osler FHIR API",
        "status": "active",
        "date": _DATE,
        "kind": "instance",
        "software": {"name": "Osler", "version": __version__},
        "implementation": {"description": "Osler electronic health record", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json", negotiate.FHIR],
        "patchFormat": [negotiate.JSON_PATCH, negotiate.FHIR],
    }


def _has(code: str, used: set[str]) -> bool:
    return code in used or (code == "batch" and "transaction" in used)


def _audit() -> Json:
    """The audit is read and searched, and by its own parameters."""
    names = sorted(name for name in audit_event.PARAMETERS if ":" not in name and "." not in name)
    return {
        "type": audit_event.TYPE,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{audit_event.TYPE}",
        "documentation": "Made of the audit's rows when it is asked for; the server alone writes it.",
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": [_param(name, "", audit_event.kind(name)) for name in names],
    }


def _resource(type: str, used: set[str], routes: Routes, registry: Registry) -> Json:
    if type == audit_event.TYPE:
        return _audit()
    params = [p for p in registry.for_type(type).values() if not p.code.startswith("_")]
    references = sorted(p.code for p in params if p.kind == "reference")
    body: Json = {
        "type": type,
        "profile": f"http://hl7.org/fhir/StructureDefinition/{type}",
        "interaction": [{"code": code} for code in _TYPE_CODES if code in used],
        "versioning": "versioned-update",
        "readHistory": "vread" in used,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": "conditional-update" in used,
        "conditionalDelete": "single" if "conditional-delete" in used else "not-supported",
        "referencePolicy": ["literal", "logical", "enforced", "local"],
        "searchInclude": ["*", *(f"{type}:{code}" for code in references)],
        "searchRevInclude": _reverse(type, registry),
        "searchParam": [_param(p.code, p.url, p.kind) for p in params],
        "operation": _operations(routes, "/fhir/{type}", type),
    }
    return {name: value for name, value in body.items() if value != []}


@lru_cache(maxsize=2)
def _referring(registry: Registry) -> dict[str, list[str]]:
    """For each type, the reference parameters (Type:code) that may lead to it."""
    found: dict[str, list[str]] = {type: [] for type in r4.RESOURCES}
    for source in sorted(r4.RESOURCES):
        for param in registry.for_type(source).values():
            if param.kind != "reference" or param.code.startswith("_"):
                continue
            for target in param.targets:
                if target in found:
                    found[target].append(f"{source}:{param.code}")
    return found


def _reverse(type: str, registry: Registry) -> list[str]:
    return _referring(registry)[type]


def _common(registry: Registry) -> list[Json]:
    """The parameters that every type has."""
    return [_param(p.code, p.url, p.kind) for p in registry.for_type("Resource").values()]


def _param(code: str, url: str, kind: str) -> Json:
    body = {"name": code, "type": kind}
    return body | {"definition": url} if url else body


def _operations(routes: Routes, prefix: str, type: str | None = None) -> list[Json]:
    """The operations whose path begins so, each once."""
    names = {
        route.interaction: None
        for route in routes
        if route.interaction.startswith("$")
        and route.template.startswith(prefix)
        and (not route.types or type in route.types)
    }
    return [{"name": name[1:], "definition": _OPERATION + _DEFINITIONS[name]} for name in names]
