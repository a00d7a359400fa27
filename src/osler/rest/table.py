"""What a line of the route table is, and how a path finds its line: dictionaries, no patterns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from osler.fhir import r4
from osler.kit.errors import NotFound
from osler.rest.problems import UnknownPath

if TYPE_CHECKING:
    from osler.rest.request import Request
    from osler.rest.response import Response

Handler = Callable[["Request"], "Response"]

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_TYPES = frozenset(r4.RESOURCES)


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the table. `{type}`, `{id}`, `{version}` and `{member}` in the template are variables.

    `interaction` names it in metrics and, where FHIR has that code, in the CapabilityStatement.
    `types` are those it exists for (empty: all). `form` takes parameters from the body as well.
    `plain` answers are not FHIR; they and what is `public` ask nobody to sign in. `names` are the
    template's variables in order.
    """

    method: str
    template: str
    interaction: str
    handler: Handler
    types: tuple[str, ...] = ()
    form: bool = False
    plain: bool = False
    public: bool = False
    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", tuple(re.findall(r"\{(\w+)\}", self.template)))


@dataclass(slots=True)
class Node:
    """A place in the tree of paths: what may follow it, and what may be done there."""

    literals: dict[str, Node] = field(default_factory=dict)
    variable: Node | None = None
    routes: dict[str, Route] = field(default_factory=dict)
    allow: str = ""


class Table:
    """The routes as a list, and as the tree that a path walks down."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)
        self._tree = Node()
        for route in routes:
            self._add(route)

    def _add(self, route: Route) -> None:
        node = self._tree
        for part in route.template.split("/")[1:]:
            if part.startswith("{"):
                node.variable = node.variable or Node()
                node = node.variable
            else:
                node = node.literals.setdefault(part, Node())
        node.routes[route.method] = route
        head = ["HEAD"] if "GET" in node.routes else []
        node.allow = ", ".join([*node.routes, *head, "OPTIONS"])

    def find(self, path: str) -> tuple[Node, list[str]]:
        """The place of a path and the values of its variables; UnknownPath where there is none."""
        parts = path.split("/")
        if parts[-1] == "" and len(parts) > 2:
            parts.pop()
        node = self._tree
        values: list[str] = []
        for part in parts[1:]:
            child = node.literals.get(part)
            if child is None:
                child = node.variable
                if child is None:
                    raise UnknownPath("There is nothing at this path")
                values.append(part)
            node = child
        if not node.routes:
            raise UnknownPath("There is nothing at this path")
        return node, values


def check_path(request: Request) -> None:
    """Refuse a type that does not exist, and an id that cannot: neither may reach the database."""
    kind, id = request.type, request.id
    route = request.route
    if "type" in route.names and kind not in _TYPES:
        raise UnknownPath(f"There is no resource type {kind[:64]}")
    if "id" in route.names and not is_id(id):
        raise NotFound("No resource can have this id (1 to 64 of letters, digits, - and .)")
    if route.types and kind not in route.types:
        raise UnknownPath(f"{kind} has no {route.interaction}")


def is_type(name: str) -> bool:
    """Whether FHIR R4 has a resource type of this name."""
    return name in _TYPES


def is_id(text: str) -> bool:
    """Whether this could be the id of a resource."""
    return _ID.fullmatch(text) is not None
