"""Resources that are parts of others of their type, such as wards of a hospital, for `:above` and `:below`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search.parameter import Parameter
from osler.search.scope import Scope

if TYPE_CHECKING:
    from osler.search.registry import Registry

_PARENTS = ("partof", "part-of", "parent")


def parent_of(registry: Registry, type: str) -> Parameter:
    """The reference parameter by which a resource of this type names what it is a part of."""
    for code in _PARENTS:
        found = registry.get(type, code)
        if found is not None and found.kind == "reference" and type in found.targets:
            return found
    raise Invalid(f"{type} has no hierarchy to search with :above or :below")


def visible(type: str, scope: Scope) -> sql.Composable:
    """What the policy lets be seen of the rows `c` on the way."""
    from osler.search.conditions import policy_of

    return policy_of(replace(scope.hop(type), alias=sql.Identifier("c")))
