"""A query string to a Query: criteria become a tree, the rest says how to answer.

https://hl7.org/fhir/R4/search.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast, get_args
from urllib.parse import parse_qsl

from osler.fhir.r4 import RESOURCES
from osler.kit.errors import Invalid, Issue, NotSupported
from osler.search import cursor
from osler.search.parameter import Parameter
from osler.search.registry import COMMON, Registry
from osler.search.terms import Terms, UnknownParameter
from osler.search.tree import (
    And,
    Contained,
    Everything,
    Include,
    Node,
    Query,
    Sort,
    Summary,
    Total,
)

CURSOR = "_cursor"
_FOR_THE_DOOR = frozenset({"_format", "_pretty"})
_NO_LINKS = frozenset({CURSOR})
_UNSORTABLE = frozenset({"composite", "special"})
_PAIRS_AT_MOST = 500
_SORTS_AT_MOST = 5
_COUNT_DIGITS = 9
_ELEMENT = re.compile(r"[A-Za-z][A-Za-z0-9.\[\]]*", re.ASCII)


def parse(
    type: str | None,
    pairs: Sequence[tuple[str, str]],
    registry: Registry,
    *,
    lenient: bool = False,
    base_url: str = "",
) -> Query:
    """The query of a search of one type (None: of all). Unknown parameters are refused, or if lenient warned of.

    Raises `Invalid` and `NotSupported`.
    """
    if type is not None and type not in RESOURCES:
        raise Invalid(f"There is no resource type {type!r}")
    if len(pairs) > _PAIRS_AT_MOST:
        raise Invalid(f"More than {_PAIRS_AT_MOST} search parameters")
    types = _types(type, pairs)
    builder = _Builder(
        Terms(registry, type, types, base_url), Query(type, Everything(), types), lenient
    )
    for name, value in pairs:
        builder.add(name, value)
    return builder.query()


def parse_where(type: str, text: str, registry: Registry, base_url: str = "") -> Node:
    """The node of criteria written as a query string, e.g. "patient=Patient/1&status=final"."""
    pairs = parse_qsl(text, keep_blank_values=True)
    query = parse(type, pairs, registry, base_url=base_url)
    if query != Query(type, query.where, query.types, used=query.used):
        raise Invalid(f"{text!r}: expected criteria only, found a parameter about the answer")
    return query.where


def _types(type: str | None, pairs: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    wanted = [one for name, value in pairs if name == "_type" for one in value.split(",")]
    for one in wanted:
        if one not in RESOURCES:
            raise Invalid(f"_type: there is no resource type {one!r}")
    if wanted and type is not None:
        raise Invalid("_type is for searches of several types")
    return tuple(dict.fromkeys(wanted))


@dataclass
class _Builder:
    terms: Terms
    made: Query
    lenient: bool
    nodes: list[Node] = field(default_factory=list)
    used: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[Issue] = field(default_factory=list)
    cursor: str | None = None

    def add(self, name: str, value: str) -> None:
        try:
            _check_text(name, value)
            self._add(name, value)
        except UnknownParameter as error:
            if not self.lenient:
                raise
            self.warnings.append(replace(error.issues[0], severity="warning"))
            return
        if name not in _NO_LINKS:
            self.used.append((name, value))

    def _add(self, name: str, value: str) -> None:
        if name == CURSOR:
            self.cursor = value
        elif name == "_query":
            raise NotSupported("_query: named queries are not supported")
        elif name.partition(":")[0] in _RESULT:
            head, _, modifier = name.partition(":")
            self.made = replace(self.made, **_RESULT[head](self, modifier, value))
        elif name not in _FOR_THE_DOOR and name != "_type":
            self.nodes.append(self.terms.node(name, value))

    def query(self) -> Query:
        where: Node = Everything()
        if self.nodes:
            where = self.nodes[0] if len(self.nodes) == 1 else And(tuple(self.nodes))
        made = replace(self.made, where=where, used=tuple(self.used), warnings=tuple(self.warnings))
        alone = made.contained != "false" and made.contained_type == "contained"
        if alone and (made.includes or made.revincludes):
            raise NotSupported(
                "_containedType=contained: _include and _revinclude are not supported with it;"
                " ask for the containers"
            )
        if self.cursor is None:
            return made
        place = cursor.decode(self.cursor, cursor.order(made))
        if len(place) != max(len(made.sort), 1) + 1 or place[-1] is None:
            raise Invalid("The cursor is not one that this server made")
        return replace(made, cursor=place)


def _check_text(name: str, value: str) -> None:
    for text in (name, value):
        if "\0" in text:
            raise Invalid(f"{name!r}: found the character U+0000")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise Invalid("A search parameter is not valid UTF-8") from None


# ---- how to answer


def _sort(builder: _Builder, _: str, value: str) -> dict[str, Any]:
    keys = []
    for part in value.split(","):
        code = part.removeprefix("-")
        param = builder.terms.param(code)
        if param.kind in _UNSORTABLE:
            raise Invalid(
                f"_sort: {code} is a {param.kind} parameter; there is no order of its values"
            )
        keys.append(Sort(param, part.startswith("-")))
    if len(keys) > _SORTS_AT_MOST:
        raise Invalid(f"_sort: more than {_SORTS_AT_MOST} keys")
    return {"sort": tuple(keys)}


def _count(_: _Builder, __: str, value: str) -> dict[str, Any]:
    if not (value.isascii() and value.isdigit() and len(value) <= _COUNT_DIGITS):
        raise Invalid(f"_count: found {value!r}, expected a whole number")
    return {"count": int(value)}


def _one_of(
    field_: str, choices: tuple[str, ...]
) -> Callable[[_Builder, str, str], dict[str, Any]]:
    def read(_: _Builder, __: str, value: str) -> dict[str, Any]:
        if value not in choices:
            raise Invalid(f"_{field_}: found {value!r}, expected one of {', '.join(choices)}")
        return {field_: value}

    return read


def _elements(_: _Builder, __: str, value: str) -> dict[str, Any]:
    names = tuple(name for name in value.split(",") if name)
    for name in names:
        if not _ELEMENT.fullmatch(name):
            raise Invalid(f"_elements: found {name!r}, expected names of elements")
    return {"elements": names}


def _contained_type(_: _Builder, __: str, value: str) -> dict[str, Any]:
    if value not in {"container", "contained"}:
        raise Invalid(f"_containedType: found {value!r}, expected container or contained")
    return {"contained_type": value}


def _contained(_: _Builder, __: str, value: str) -> dict[str, Any]:
    if value not in get_args(Contained):
        raise Invalid(f"_contained: found {value!r}, expected true, false or both")
    return {"contained": value}


def _include(builder: _Builder, modifier: str, value: str) -> dict[str, Any]:
    one = _included(builder.terms, modifier, value, reverse=False)
    return {"includes": (*builder.made.includes, one)}


def _revinclude(builder: _Builder, modifier: str, value: str) -> dict[str, Any]:
    one = _included(builder.terms, modifier, value, reverse=True)
    return {"revincludes": (*builder.made.revincludes, one)}


def _included(terms: Terms, modifier: str, value: str, *, reverse: bool) -> Include:
    name = "_revinclude" if reverse else "_include"
    if modifier not in {"", "iterate", "recurse"}:
        raise Invalid(f"{name}: there is no modifier {modifier!r}")
    iterate = bool(modifier)
    if value == "*":
        source = "*" if reverse or terms.type is None else terms.type
        return Include(source, None, terms.type if reverse else None, iterate)
    parts = value.split(":")
    if not 2 <= len(parts) <= 3:
        raise Invalid(f"{name}: found {value!r}, expected Type:parameter or Type:parameter:Type")
    source, code, target = parts[0], parts[1], parts[2] if len(parts) == 3 else None
    for type in (source, target):
        if type and type not in RESOURCES:
            raise Invalid(f"{name}: there is no resource type {type!r}")
    return Include(source, _include_param(terms, name, source, code), target or None, iterate)


def _include_param(terms: Terms, name: str, source: str, code: str) -> Parameter | None:
    if code == "*":
        return None
    param = terms.registry.get(source, code)
    if param is None:
        raise UnknownParameter(f"{name}: {source} has no search parameter {code!r}")
    if param.kind != "reference":
        raise Invalid(f"{name}: {source}.{code} is no reference")
    return param


_RESULT: dict[str, Callable[[_Builder, str, str], dict[str, Any]]] = {
    "_sort": _sort,
    "_count": _count,
    "_total": _one_of("total", cast("tuple[str, ...]", get_args(Total))),
    "_summary": _one_of("summary", cast("tuple[str, ...]", get_args(Summary))),
    "_elements": _elements,
    "_contained": _contained,
    "_containedType": _contained_type,
    "_include": _include,
    "_revinclude": _revinclude,
}
COMMON_TYPE = COMMON
