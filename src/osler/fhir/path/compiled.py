"""What `compile` answers: an expression ready to be called, with a plan of its own for every class it meets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from osler.fhir.path import equality, navigate, syntax
from osler.fhir.path.compiler import chained, translate
from osler.fhir.path.navigate import Mode, Pick, Steps, Walk
from osler.fhir.path.parser import parse
from osler.fhir.path.syntax import Node
from osler.fhir.path.temporal import Temporal
from osler.fhir.path.types import type_of
from osler.fhir.path.values import (
    TEMPORAL,
    Context,
    Items,
    Primitive,
    is_element,
    unwrap,
    wrong,
)

Resolver = Callable[[str], Any]
"""Answers the resource for the text of a reference, or None. The only thing in an evaluation that may do I/O."""

Environment = Mapping[str, Any]
Pairs = list[tuple[Any, str]]


class CompiledPath:
    """An expression. Call it with an element or resource; made by `compile`, safe to share between threads."""

    __slots__ = ("_chains", "_evaluate", "_full", "_raw", "_typed", "expression")

    def __init__(self, expression: str) -> None:
        node = parse(expression)
        self.expression = expression
        self._evaluate = translate(node)
        self._chains = _chains(node)
        # Per class: walks that need no context, raw and typed, and those that do.
        self._raw: dict[type, Walk] = {}
        self._typed: dict[type, Walk] = {}
        self._full: dict[tuple[type, Mode], Walk] = {}

    def __repr__(self) -> str:
        return f"CompiledPath({self.expression!r})"

    def __call__(
        self,
        resource: Any,
        *,
        env: Environment | None = None,
        resolver: Resolver | None = None,
    ) -> list[Any]:
        """The values: str, bool, int, Decimal, or Structs. Primitives that have only extensions are left out.

        `env` holds variables by name without `%`, and the functions `memberOf`, `conformsTo`, `subsumes`, `trace`.
        Raises Invalid where the specification wants an error.
        """
        walk = self._raw.get(resource.__class__)
        if walk is not None:
            return walk(resource, None)
        return self._slowly(resource, env, resolver, "raw")

    def typed(
        self,
        resource: Any,
        *,
        env: Environment | None = None,
        resolver: Resolver | None = None,
    ) -> Pairs:
        """The values as pairs with their FHIR type code; System values have `System.String` and the like."""
        walk = self._typed.get(resource.__class__)
        if walk is not None:
            return walk(resource, None)
        return self._slowly(resource, env, resolver, "typed")

    def items(
        self,
        focus: Items,
        *,
        env: Environment | None = None,
        resolver: Resolver | None = None,
    ) -> Items:
        """From any collection, with `Primitive` wrappers in and out, for callers that go on evaluating."""
        return self._run(focus, Context(focus[0] if focus else None, env or {}, resolver))

    def _run(self, focus: Items, context: Context) -> Items:
        try:
            return self._evaluate(focus, context)
        except RecursionError:
            raise wrong("the expression nests too deeply for the stack") from None

    def _slowly(
        self, resource: Any, env: Environment | None, resolver: Resolver | None, mode: Mode
    ) -> list[Any]:
        """With a context; the first call on a class also decides whether the next ones can do without."""
        cls = resource.__class__
        walk = self._full.get((cls, mode))
        if walk is None:
            walk = self._full[cls, mode] = self._plan(cls, mode)
        return walk(resource, Context(resource, env or {}, resolver))

    def _plan(self, cls: type, mode: Mode) -> Walk:
        chains = self._chains
        if chains is None:
            return self._general(mode)
        walks = [(navigate.build(cls, steps, mode), steps) for steps in chains]
        alive = [(walk, steps) for walk, steps in walks if walk is not navigate.nothing]
        bare = not any(isinstance(s, Pick) and s.needs_context for _, steps in alive for s in steps)
        plan = self._joined(cls, [steps for _, steps in alive], mode)
        if len(alive) < 2:
            plan = alive[0][0] if alive else navigate.nothing
        if bare:
            (self._raw if mode == "raw" else self._typed)[cls] = plan
        return plan

    def _joined(self, cls: type, chains: list[Steps], mode: Mode) -> Walk:
        """A union of walks. Types are needed to tell what is a repetition: two writings of an instant are one."""
        walks = [navigate.build(cls, steps, "typed") for steps in chains]

        def walk(item: Any, context: Any) -> list[Any]:
            pairs: Pairs = []
            for each in walks:
                pairs += each(item, context)
            if len(pairs) > 1:
                pairs = _distinct(pairs)
            return pairs if mode == "typed" else [value for value, _ in pairs]

        return walk

    def _general(self, mode: Mode) -> Walk:
        run = self._run
        if mode == "raw":
            return lambda item, context: unwrap(run([item], context))
        return lambda item, context: _pairs(run([item], context))


def _key(value: Any, kind: str) -> Any:
    return equality.key(Primitive(value, kind, None) if kind in TEMPORAL else value)


def _distinct(pairs: Pairs) -> Pairs:
    seen: dict[Any, tuple[Any, str]] = {}
    for pair in pairs:
        seen.setdefault(_key(*pair), pair)
    return list(seen.values())


def _pairs(items: Items) -> Pairs:
    out: Pairs = []
    for item in items:
        if item.__class__ is Primitive:
            if item.value is not None:
                out.append((item.value, item.type))
        elif is_element(item):
            out.append((item, item.__fhir_type__))
        else:
            found = type_of(item)
            shown = item.text if isinstance(item, Temporal) else item
            out.append((shown, f"{found.namespace}.{found.name}"))
    return out


def _chains(node: Node) -> tuple[Steps, ...] | None:
    """The expression as chains of steps from its input (a union of them), None when it is more than that."""
    parts = node.operands if isinstance(node, syntax.Many) and node.operator == "|" else (node,)
    out: list[Steps] = []
    for part in parts:
        found = chained(part)
        if found is None or not isinstance(found[0], syntax.This):
            return None
        out.append(found[1])
    return tuple(out)


@lru_cache(maxsize=4096)
def compile(expression: str) -> CompiledPath:
    """An expression ready to evaluate; compiled once, then remembered. Raises Invalid with the position."""
    try:
        return CompiledPath(expression)
    except RecursionError:
        raise wrong("the expression nests too deeply") from None
