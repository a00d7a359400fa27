"""search within a compartment: what belongs to one patient, encounter, practitioner, relative or device.

See https://hl7.org/fhir/R4/compartmentdefinition.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from osler.fhir import definitions
from osler.rest.interactions.search import answer, parsed
from osler.rest.problems import UnknownPath
from osler.rest.request import Request
from osler.rest.response import Response
from osler.search.parse import parse_where
from osler.search.registry import Registry
from osler.search.tree import And, InCompartment, Node, OfType, Or, Query

_ANY = "*"


def search(request: Request) -> Response:
    """GET [compartment]/[id]/[type], where `*` is every type the compartment has."""
    members = _members(request.type)
    member = request.member
    if member != _ANY and member not in members:
        raise UnknownPath(f"{member[:64]} is not part of the compartment of a {request.type}")
    query = parsed(request, None if member == _ANY else member)
    path = f"{request.base}/{request.type}/{request.id}/{member}"
    return answer(request, _within(request, query, members), path)


def _within(request: Request, query: Query, members: Mapping[str, tuple[str, ...]]) -> Query:
    """The query, restricted to the compartment."""
    types = (request.member,) if request.member != _ANY else query.types or tuple(members)
    types = tuple(type for type in types if type in members)
    if request.type == "Patient":
        node: Node = InCompartment((request.id,))
    else:
        registry = request.door.known.now()
        owner = f"{request.type}/{request.id}"
        nodes = tuple(_belongs(type, members[type], owner, registry) for type in types)
        node = nodes[0] if len(nodes) == 1 else Or(nodes)
    where = And((query.where, node))
    return replace(query, where=where, types=types if request.member == _ANY else query.types)


def _belongs(type: str, params: tuple[str, ...], owner: str, registry: Registry) -> Node:
    """That a resource of `type` refers to the owner of the compartment by one of `params`."""
    if not params:
        return And((OfType((type,)), parse_where(type, f"_id={owner.partition('/')[2]}", registry)))
    found = tuple(parse_where(type, f"{param}={owner}", registry) for param in params)
    return And((OfType((type,)), found[0] if len(found) == 1 else Or(found)))


@lru_cache(maxsize=8)
def _members(compartment: str) -> Mapping[str, tuple[str, ...]]:
    """The types of a compartment with the search parameters that put a resource into it."""
    found = {
        type: tuple(param for param in params if not param.startswith("{"))
        for type, params in definitions.compartment(compartment).items()
    }
    return {compartment: (), **found}
