"""One search criterion, `name:modifier=value` with its chains, as a node of the tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from osler.fhir.r4 import RESOURCES
from osler.kit.errors import Invalid, NotSupported
from osler.search import composite, date, number, quantity, reference, special, string, token, uri
from osler.search.parameter import Kind, Parameter
from osler.search.registry import COMMON, Registry
from osler.search.text import split
from osler.search.tree import And, Chain, Has, Match, Missing, Node, OfType, Or

_MODIFIERS: dict[Kind, frozenset[str]] = {
    "string": string.MODIFIERS,
    "token": token.MODIFIERS,
    "uri": uri.MODIFIERS,
    "reference": frozenset({"identifier", "above", "below"}),
}
_PARSERS: dict[Kind, Callable[[Parameter, str | None, str], Any]] = {
    "string": string.parse,
    "token": token.parse,
    "date": date.parse,
    "number": number.parse,
    "quantity": quantity.parse,
    "uri": uri.parse,
    "composite": composite.parse,
    "special": special.parse,
}
_HOPS_AT_MOST = 8
_WAYS_AT_MOST = 64
_VALUES_AT_MOST = 2_000


class UnknownParameter(Invalid):
    """A parameter that this type does not have; ignored where the caller is lenient."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Makes nodes for one type (None: all types, or those in `types`)."""

    registry: Registry
    type: str | None
    types: tuple[str, ...] = ()
    base_url: str = ""
    hops: int = 0
    ways: int = 1

    def node(self, name: str, value: str) -> Node:
        """The node of `name=value`."""
        if name.startswith("_has:"):
            return self._has(name, value)
        head, dot, rest = name.partition(".")
        code, _, modifier = head.partition(":")
        if self.type is None and self.registry.get(COMMON, code) is None and code != "_list":
            return self._of_each_type(name, value)
        match code:
            case "_text" | "_content":
                return special.words_query(value, everywhere=code == "_content")
            case "_list":
                return self._list(value)
            case "_filter":
                return self.filtered(value)
        param = self.param(code)
        if dot:
            return self._chain(param, modifier or None, rest, value)
        return self.match(param, modifier or None, value)

    def param(self, code: str) -> Parameter:
        """The parameter of the type. `UnknownParameter` if it has none of this name."""
        found = self.registry.get(self.type or COMMON, code)
        if found is None:
            raise UnknownParameter(
                f"{self.type or 'All types together'} has no search parameter {code!r}"
            )
        return found

    def at(self, type: str) -> Terms:
        """The same for the type at the next hop."""
        if self.hops >= _HOPS_AT_MOST:
            raise Invalid(f"More than {_HOPS_AT_MOST} hops in a chain are not supported")
        return replace(self, type=type, types=(), hops=self.hops + 1)

    def targets(self, param: Parameter, type: str | None, rest: str) -> list[Terms]:
        """The terms of each type that a reference may lead to and that has the parameter `rest` begins with."""
        if type is not None:
            if type not in RESOURCES:
                raise Invalid(f"{param.code}:{type}: found no resource type {type!r}")
            return [self.at(type)]
        code = rest.partition(".")[0].partition(":")[0]
        special = code.startswith("_")
        found = [t for t in param.targets if special or self.registry.get(t, code) is not None]
        if not found and param.targets:
            raise UnknownParameter(
                f"{param.code}.{rest}: no type it refers to has the parameter {code!r}"
            )
        ways = self.ways * len(found)
        if not found or ways > _WAYS_AT_MOST:
            raise Invalid(f"{param.code}.{rest}: say the type, as in {param.code}:Patient.{rest}")
        return [replace(self.at(one), ways=ways) for one in found]

    # ---- one parameter

    def match(self, param: Parameter, modifier: str | None, value: str) -> Node:
        """The node for the values of one parameter, which a comma separates."""
        if modifier == "missing":
            return _missing(param, value)
        _check_modifier(param, modifier)
        texts = [text for text in split(value, ",") if text]
        if not texts:
            raise Invalid(f"{param.code}: expected a value, found nothing")
        if len(texts) > _VALUES_AT_MOST:
            raise Invalid(f"{param.code}: more than {_VALUES_AT_MOST} values")
        values = tuple(self._value(param, modifier, text) for text in texts)
        if param.kind == "composite":
            return self._composite(param, values)
        return Match(param, modifier, values)

    def _value(self, param: Parameter, modifier: str | None, text: str) -> Any:
        if param.kind == "reference":
            return reference.parse(param, modifier, text, self.base_url)
        return _PARSERS[param.kind](param, modifier, text)

    def _composite(self, param: Parameter, values: tuple[Any, ...]) -> Node:
        """A composite whose parts are single elements is the AND of them; an alias is the OR of its sources."""
        nodes: list[Node] = []
        for source in param.stored():
            if not source.apart:
                nodes.append(Match(source, None, values))
                continue
            for value in values:
                pairs = zip(source.components, value.parts, strict=True)
                nodes.append(And(tuple(Match(self.param(c.code), None, (v,)) for c, v in pairs)))
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    # ---- across resources

    def _of_each_type(self, name: str, value: str) -> Node:
        """In a search of several types, a parameter that every one of them has."""
        if not self.types:
            raise UnknownParameter(
                f"{name!r} is no parameter of all types; say which by _type, or search one type"
            )
        return Or(
            tuple(
                And((OfType((type,)), replace(self, type=type, types=()).node(name, value)))
                for type in self.types
            )
        )

    def _chain(self, param: Parameter, type: str | None, rest: str, value: str) -> Node:
        if param.kind != "reference":
            raise Invalid(f"{param.code} is no reference; it cannot be followed by .{rest}")
        nodes: list[Node] = []
        unknown: UnknownParameter | None = None
        for there in self.targets(param, type, rest):
            try:
                nodes.append(Chain(param, there.type or "", there.node(rest, value)))
            except UnknownParameter as error:
                unknown = error
        if unknown is not None and not nodes:
            raise unknown
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _has(self, name: str, value: str) -> Node:
        parts = name.split(":", 3)
        if len(parts) != 4 or not all(parts):
            raise Invalid(f"{name}: expected _has:Type:reference:parameter")
        _, type, code, rest = parts
        if type not in RESOURCES:
            raise Invalid(f"{name}: found no resource type {type!r}")
        there = self.at(type)
        param = there.param(code)
        if param.kind != "reference":
            raise Invalid(f"{name}: {type}.{code} is no reference")
        if self.type is None:
            raise Invalid(f"{name}: _has needs a search of one type")
        return Has(type, param, there.node(rest, value))

    def _list(self, value: str) -> Node:
        if value.startswith("$"):
            raise NotSupported(
                f"_list: the functional list {value!r} is not supported; name a List"
            )
        there = self.at("List")
        plain = value.removeprefix("List/")
        item = there.param("item")
        id = there.match(there.param("_id"), None, plain)
        if self.type is None:
            raise Invalid("_list needs a search of one type")
        return Has("List", item, id)

    def filtered(self, text: str) -> Node:
        """The node of a `_filter` expression."""
        from osler.search.filter import parse_filter

        return parse_filter(text, self)


def _missing(param: Parameter, value: str) -> Missing:
    if value not in {"true", "false"}:
        raise Invalid(f"{param.code}:missing: found {value!r}, expected true or false")
    if param.kind == "composite":
        composite.present(param)
    return Missing(param, value == "true")


def _check_modifier(param: Parameter, modifier: str | None) -> None:
    if modifier is None or modifier in _MODIFIERS.get(param.kind, frozenset()):
        return
    if param.kind == "reference" and modifier in RESOURCES:
        return
    raise Invalid(f"{param.code} is a {param.kind} parameter; it has no modifier {modifier!r}")
