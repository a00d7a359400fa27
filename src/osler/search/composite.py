"""Composites: values that belong together, such as a code and its value in one component.

Three ways, chosen by the parts. Both single elements of the resource itself: the parts are searched
one by one. A token and something ordered (quantity, date, number, string): a row of that kind whose
`token` is the key of the coding. Tokens or references only: keys of pairs.
https://hl7.org/fhir/R4/search.html#composite
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from psycopg import sql

from osler.kit.errors import Invalid, NotSupported
from osler.search import date, number, quantity, reference, string, token
from osler.search.hashing import CODE, CODING, PAIR, key
from osler.search.parameter import Component, Parameter
from osler.search.rows import IndexRows
from osler.search.scope import Condition, KeyTest, Scope, all_of, any_of, one_of
from osler.search.text import like, normal, split
from osler.search.token import TokenValue
from osler.search.tree import Match

_PARTS = "$"
_UNIT = "\x1f"
_LONGEST = 2000  # bytes that fit into a B-tree entry; a longer one is found by system and code only


@dataclass(frozen=True, slots=True)
class CompositeValue:
    """The values of the parts, in the order of the parameter's components."""

    parts: tuple[Any, ...]


def part(param: Parameter, component: Component) -> Parameter:
    """A component as a parameter, for the parsers and emitters of its type."""
    return replace(
        param, code=component.code, kind=component.kind, components=(), served_by=()
    )  # fmt: skip


def parse(param: Parameter, _: str | None, text: str) -> CompositeValue:
    """The parts between `$`, each as its own type says."""
    texts = split(text, _PARTS)
    if len(texts) != len(param.components):
        names = " and ".join(c.code for c in param.components)
        raise Invalid(f"{param.code}: found {text!r}, expected {names} joined by $")
    parsers: dict[str, Callable[[Parameter, str | None, str], Any]] = {
        "token": token.parse,
        "date": date.parse,
        "number": number.parse,
        "quantity": quantity.parse,
        "string": string.parse,
        "reference": reference.parse,
    }
    values = []
    for component, one in zip(param.components, texts, strict=True):
        parser = parsers.get(component.kind)
        if parser is None:
            raise NotSupported(
                f"{param.code}: a composite with a {component.kind} is not supported"
            )
        values.append(parser(part(param, component), None, one))
    return CompositeValue(tuple(values))


def layout(param: Parameter) -> str:
    """The table that holds the rows of the composite, or "keys"."""
    kinds = [component.kind for component in param.components]
    match kinds:
        case ["token", "quantity" | "date" | "number" | "string"]:
            return kinds[1] + "_index"
        case ["token", "number", "number"]:
            return "number_index"
        case ["token" | "reference", "token" | "reference"]:
            return "keys"
        case _:
            raise NotSupported(f"{param.code}: composites of {', '.join(kinds)} are not supported")


# ---- extract


def codings(value: Any) -> Iterator[tuple[str, str]]:
    """System ("" if none) and code of everything in a value that can be the token of a composite."""
    if isinstance(value, str | bool | int):
        yield "", str(value).lower() if isinstance(value, bool) else str(value)
        return
    match type(value).__name__:
        case "CodeableConcept":
            for coding in value.coding or ():
                if coding.code:
                    yield coding.system or "", coding.code
        case "Coding" if value.code:
            yield value.system or "", value.code
        case "Identifier" if value.value:
            yield value.system or "", value.value
        case "Reference" if value.reference:
            kind, id = reference.target(value.reference)
            yield "", f"{kind}/{id}" if kind else id


def tokens(param: Parameter, value: Any, rows: IndexRows) -> list[int]:
    """The keys of a token part for the column `token`, entered in the dictionary."""
    found = []
    for system, code in codings(value):
        entry = key(CODING, param.name, system, code)
        found.append(entry)
        text = f"{code}{_UNIT}{system}"
        if len(text.encode()) <= _LONGEST:
            rows.texts.append((param.id, text, entry))
    return found


def forms(value: Any) -> list[tuple[str, ...]]:
    """The ways in which a token part of a pair can be asked for."""
    found: list[tuple[str, ...]] = []
    for system, code in codings(value):
        found += [(CODING, system, code), (CODE, code)]
    return found


def pair_key(param: Parameter, first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """The key of a pair of tokens."""
    return key(PAIR, param.name, *first, *second)


Read = Callable[[Any, Any], list[Any]]
"""Values of a component of a base element; the second argument is the resource."""


def emitter(
    param: Parameter, reads: tuple[tuple[tuple[str, Read], ...], ...]
) -> Callable[[Any, IndexRows], None]:
    """What writes the rows of one base element. `reads` has per component its FHIR types and readers."""
    table = layout(param)
    if table == "keys":
        return _emit_pairs(param, reads)
    if len(param.components) == 3:
        return _emit_intervals(param, reads)
    return _emit_rows(param, reads, table)


def _values(readers: tuple[tuple[str, Read], ...], base: Any, resource: Any) -> Iterator[Any]:
    for _, read in readers:
        yield from read(base, resource)


def _emit_pairs(
    param: Parameter, reads: tuple[tuple[tuple[str, Read], ...], ...]
) -> Callable[[Any, IndexRows], None]:
    def emit(base: Any, rows: IndexRows) -> None:
        seconds = [f for v in _values(reads[1], base, rows.resource) for f in forms(v)]
        if seconds:
            for value in _values(reads[0], base, rows.resource):
                for first in forms(value):
                    rows.found.update(pair_key(param, first, second) for second in seconds)

    return emit


def _emit_intervals(
    param: Parameter, reads: tuple[tuple[tuple[str, Read], ...], ...]
) -> Callable[[Any, IndexRows], None]:
    """A token with a start and an end: one row holds both numbers."""
    from decimal import Decimal

    number_ = param.id

    def emit(base: Any, rows: IndexRows) -> None:
        starts = list(_values(reads[1], base, rows.resource))
        ends = list(_values(reads[2], base, rows.resource))
        if starts and ends:
            for value in _values(reads[0], base, rows.resource):
                for entry in tokens(param, value, rows):
                    rows.numbers.append((number_, entry, Decimal(starts[0]), Decimal(ends[0])))

    return emit


def _emit_rows(
    param: Parameter, reads: tuple[tuple[tuple[str, Read], ...], ...], table: str
) -> Callable[[Any, IndexRows], None]:
    writers = [(_writer(param, table, type), read) for type, read in reads[1]]

    def emit(base: Any, rows: IndexRows) -> None:
        for write, read in writers:
            for value in read(base, rows.resource):
                found = [
                    e
                    for t in _values(reads[0], base, rows.resource)
                    for e in tokens(param, t, rows)
                ]
                # Without a coding a row still serves the plain parameter that reads these rows.
                write(rows, found or [0], value)

    return emit


def _writer(param: Parameter, table: str, type: str) -> Callable[[IndexRows, list[int], Any], None]:
    number_ = param.id
    match table:
        case "quantity_index":
            cells = quantity.cells_of(type)
            assert cells is not None
            places = quantity.numbers(param)

            def write(rows: IndexRows, found: list[int], value: Any) -> None:
                for place, row in cells(value):
                    rows.quantities.extend((places[place], entry, *row) for entry in found)

        case "date_index":
            spans = date.SPANS[type]

            def write(rows: IndexRows, found: list[int], value: Any) -> None:
                for low, high in spans(value):
                    rows.dates.extend((number_, entry, low, high) for entry in found)

        case "number_index":

            def write(rows: IndexRows, found: list[int], value: Any) -> None:
                rows.numbers.extend((number_, entry, value, value) for entry in found)

        case _:
            texts = string.texts_of(type)
            assert texts is not None

            def write(rows: IndexRows, found: list[int], value: Any) -> None:
                for text in texts(value):
                    for entry in found:
                        string.add(rows, number_, normal(text), entry)

    return write


# ---- condition


def condition(match: Match, scope: Scope) -> Condition:
    """Rows in which the parts of one of the values occur together."""
    table = layout(match.param)
    params = match.param.stored()
    if table == "keys":
        return KeyTest(tuple(_pair(p, value) for p in params for value in match.values))
    tests = []
    for param in params:
        for value in match.values:
            token_test = _token_test(param, value.parts[0])
            tests.append(all_of([token_test, *_rest(table, param, value.parts[1:])]))
    # PostgreSQL knows how often a code comes and how often a value, not how often both: it would
    # expect many and look for the newest by date. As an array the rows are found first, by their
    # index, however few they are; unless another condition leaves few rows to probe.
    found = _PROBED if scope.probe else _FOUND_FIRST
    return found.format(scope.column("rid"), sql.Identifier(table), any_of(tests))


_PROBED = sql.SQL("{} IN (SELECT i.rid FROM {} i WHERE {})")
_FOUND_FIRST = sql.SQL("{} = ANY(ARRAY(SELECT i.rid FROM {} i WHERE {}))")


def _pair(param: Parameter, value: CompositeValue) -> int:
    first, second = (_form(param, one) for one in value.parts)
    return pair_key(param, first, second)


def _form(param: Parameter, value: Any) -> tuple[str, ...]:
    if isinstance(value, reference.ReferenceValue):
        if value.type is None:
            raise Invalid(f"{param.code}: found {value.id!r}, expected Type/id")
        return (CODE, f"{value.type}/{value.id}" if value.type else value.id)
    if value.code is None:
        raise NotSupported(f"{param.code}: a composite needs a code, not only its system")
    return (CODE, value.code) if value.system is None else (CODING, value.system, value.code)


def _token_test(param: Parameter, value: TokenValue) -> sql.Composable:
    if value.system is not None and value.code is not None:
        return one_of(sql.SQL("i.token"), [key(CODING, param.name, value.system, value.code)])
    if value.code is not None:
        pattern = "".join((like(value.code), _UNIT, "%"))
    else:
        pattern = "".join(("%", _UNIT, like(value.system or "")))
    return sql.SQL(
        "i.token = ANY(ARRAY(SELECT d.key FROM token_text d WHERE d.param = {} AND d.value LIKE {}))"
    ).format(sql.Literal(param.id), sql.Literal(pattern))


def _rest(table: str, param: Parameter, values: tuple[Any, ...]) -> list[sql.Composable]:
    """The tests of the ordered parts, and of the column `param`."""
    if table == "quantity_index":
        return [quantity.compare((param,), value) for value in values]
    return [one_of(sql.SQL("i.param"), [param.id]), *_ordered(table, values)]


def _ordered(table: str, values: tuple[Any, ...]) -> list[sql.Composable]:
    low, high = sql.SQL("i.low"), sql.SQL("i.high")
    match table, values:
        case "date_index", (value,):
            return [date.compare(value, low, high)]
        case "number_index", (value,):
            return [number.compare(value, low, high)]
        case "number_index", (start, end):
            return [number.compare(start, low, low), number.compare(end, high, high)]
        case _:
            return [string.compare(None, value) for value in values]


def present(param: Parameter, _: Scope | None = None) -> Condition:
    """Refused: whether all the parts are present together says little, and is not kept."""
    raise NotSupported(
        f"{param.code}: :missing is not supported for composites; use it on the parts"
    )
