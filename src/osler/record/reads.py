"""Which elements a search reads: whoever may not see an element may not search, sort or follow by it either.

Otherwise the answer to "birthdate=1970-01-01" would say what the resource does not show.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from osler.fhir.r4 import RESOURCES, type_class
from osler.kit.errors import NotAllowed
from osler.record.fields import ElementsOf, Path, paths
from osler.search.parameter import Parameter, Storage
from osler.search.paths import alternatives, resolve
from osler.search.registry import COMMON, Registry
from osler.search.tree import (
    And,
    Chain,
    Has,
    Include,
    Match,
    Missing,
    Node,
    Not,
    OfPatients,
    Or,
    Query,
    Sort,
    Words,
)

_NAME = re.compile(r"[A-Za-z]\w*")
_ANYTHING = re.compile(r"\b(?:children|descendants|repeat|trace)\(")
_ALL: Path = ()
Hides = Callable[[str], bool]


def refuse_hidden(query: Query, hidden: ElementsOf, registry: Registry) -> Query:
    """The query, without what nobody asked for by name but would read a hidden element (its usual order, `*`).

    Raises:
        NotAllowed: a parameter of the query reads one; it names both.
    """
    guard = _Guard(hidden, registry)
    types = (query.type,) if query.type else query.types or tuple(RESOURCES)
    guard.node(query.where, types)
    for sort in query.sort:
        guard.param(sort.param, types)
    return replace(
        query,
        includes=guard.includes(query.includes),
        revincludes=guard.includes(query.revincludes),
        sort=query.sort or guard.order(types),
    )


class _Guard:
    """Walks a query, with the elements that the caller may not see."""

    def __init__(self, hidden: ElementsOf, registry: Registry) -> None:
        self._hidden = hidden
        self._registry = registry

    def node(self, node: Node, types: Iterable[str]) -> None:
        """Refuse a node that reads a hidden element of one of the types."""
        match node:
            case And(nodes) | Or(nodes):
                for one in nodes:
                    self.node(one, types)
            case Not(inner):
                self.node(inner, types)
            case OfPatients(inner):
                self.node(inner, ("Patient",))
            case Match(param=param) | Missing(param=param):
                self.param(param, types)
            case Chain(param=param, type=there, node=inner):
                self.param(param, types)
                self.node(inner, (there,))
            case Has(type=source, param=param, node=inner):
                self.param(param, (source,))
                self.node(inner, (source,))
            case Words(everywhere=everywhere):
                self._words("_content" if everywhere else "_text", types)
            case _:
                return

    def param(self, param: Parameter, types: Iterable[str]) -> None:
        """Refuse a parameter that reads a hidden element of its type or, if all types have it, of one of these."""
        for type in self._types(param, types):
            if (element := self._read(param, type)) is not None:
                raise NotAllowed(
                    f"You may not search by {param.code} of a {type}: it reads {type}.{element},"
                    " which you may not see."
                )

    def _types(self, param: Parameter, types: Iterable[str]) -> Iterator[str]:
        named = (param.type,) if param.type in RESOURCES and param.type != COMMON else types
        return (type for type in named if self._hidden(type))

    def _read(self, param: Parameter, type: str) -> str | None:
        """The hidden element that it reads, or None."""
        read = elements(param, type)
        for element in sorted(self._hidden(type)):
            for path in paths(type, [element]):
                if any(_meet(path, one) for one in read):
                    return element.removeprefix(f"{type}.")
        return None

    def _words(self, name: str, types: Iterable[str]) -> None:
        for type in types:
            if self._hidden(type):
                raise NotAllowed(
                    f"You may not search a {type} by {name}: it reads"
                    f" {', '.join(sorted(self._hidden(type)))}, which you may not see."
                )

    # ---- what was not asked for by name

    def includes(self, includes: tuple[Include, ...]) -> tuple[Include, ...]:
        """Refuse those by a parameter that reads what is hidden; of `*`, leave those parameters out."""
        return tuple(found for one in includes for found in self._include(one))

    def _include(self, include: Include) -> Iterator[Include]:
        if include.param is not None:
            self.param(include.param, (include.source,))
            yield include
            return
        for type in RESOURCES if include.source == "*" else (include.source,):
            if not self._hidden(type):
                yield replace(include, source=type)
                continue
            for param in self._registry.for_type(type).values():
                if param.kind == "reference" and self._read(param, type) is None:
                    yield replace(include, source=type, param=param)

    def order(self, types: Iterable[str]) -> tuple[Sort, ...]:
        """What to sort by instead of a clinical date that is hidden; empty where it is not."""
        for type in types:
            if self._hidden(type) and hides_date(type, self._hidden, self._registry):
                updated = self._registry.get(COMMON, "_lastUpdated")
                assert updated is not None
                return (Sort(updated, descending=True),)
        return ()


def hides_date(type: str, hidden: ElementsOf, registry: Registry) -> bool:
    """Whether the clinical date of a type is hidden."""
    dates = [p for p in registry.for_type(type).values() if p.storage is Storage.DATE]
    cut = paths(type, hidden(type))
    return any(_meet(path, one) for p in dates for one in elements(p, type) for path in cut)


def _meet(hidden: Path, read: Path) -> bool:
    """Whether one is the other or a part of it."""
    return all(a == b for a, b in zip(hidden, read, strict=False))


@lru_cache(maxsize=8192)
def elements(param: Parameter, type: str) -> frozenset[Path]:
    """The elements of a type that a parameter reads, by their JSON names; () is everything."""
    found: set[Path] = set()
    for one in {param, *param.stored()}:
        for part in alternatives(one.expression):
            base = _of_expression(type, part)
            if not one.components:
                found |= base
                continue
            for component in one.components:
                steps = _names(component.expression) - {"as", "ofType"}
                inner = {(*at, name) for at in base for name in steps}
                found |= {path for at in inner for path in _choice(type, at)}
    return frozenset(found)


def _of_expression(type: str, expression: str) -> set[Path]:
    leaves = resolve(type, expression) if expression else ()
    if leaves:
        return {tuple(step.json for step in leaf.steps) for leaf in leaves}
    if not expression:
        return set()
    if _ANYTHING.search(expression):
        return {_ALL}
    # Whatever it does with them: the elements that it names.
    own = type_class(type).__fhir_elements__
    named = [name for name in _names(expression) if name in own]
    return set(paths(type, named)) or {_ALL}


def _names(expression: str) -> set[str]:
    return set(_NAME.findall(re.sub(r"'[^']*'", "", expression)))


def _choice(type: str, path: Path) -> set[Path]:
    """The path with its last name as the JSON names that it can have."""
    return set(paths(type, [".".join(path)]))
