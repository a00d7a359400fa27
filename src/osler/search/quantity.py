"""Quantities: a number with a unit; units of UCUM are compared after conversion, others as they are.

A quantity with a comparator, `<5`, is a range without an end. It has a row for each of its two ends,
under numbers of their own (`Parameter.ends`), as what is equal to 5 must not find it, nor what is below 3
by its greatest value.

https://hl7.org/fhir/R4/search.html#quantity
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, InvalidOperation
from typing import Any, TypeAlias

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search import number
from osler.search.hashing import key
from osler.search.number import NumberValue
from osler.search.parameter import Parameter
from osler.search.rows import IndexRows
from osler.search.scope import Scope, all_of, any_of, one_of
from osler.search.text import split, unescape
from osler.search.tree import Match
from osler.search.units import UCUM, canonical

CURRENCY = "urn:iso:std:iso:4217"
QUANTITIES = frozenset(
    {"Quantity", "Age", "Duration", "Distance", "Count", "MoneyQuantity", "SimpleQuantity"}
)
_INFINITY = Decimal("Infinity")
_PLACES = 40  # digits after the last one written

Cells: TypeAlias = tuple[Decimal, int, int, Decimal | None, int]
"""value, unit, code, canonical, canonical_unit"""
Placed: TypeAlias = tuple[int, Cells]
"""A row and its place among the numbers of a parameter: `POINT`, `LOW` or `HIGH`."""
POINT, LOW, HIGH = 0, 1, 2


@dataclass(frozen=True, slots=True)
class QuantityValue:
    """A number with its range, and a unit: `system` None: any; `code` None: any."""

    number: NumberValue
    system: str | None = None
    code: str | None = None


def parse(param: Parameter, modifier: str | None, text: str) -> QuantityValue:
    """`5.4`, `le5.4|http://unitsofmeasure.org|mg` or `5.4||mg`."""
    parts = [unescape(part) for part in split(text, "|")]
    found = number.parse(param, modifier, parts[0])
    match parts:
        case [_]:
            return QuantityValue(found)
        case [_, system, code] if code:
            return QuantityValue(found, system or None, code)
        case _:
            raise Invalid(f"{param.code}: found {text!r}, expected number or number|system|code")


# ---- extract


def unit_key(system: str, code: str) -> int:
    """The key of a unit in its system."""
    return key("unit", system, code)


def code_key(code: str) -> int:
    """The key of a unit's code or text alone."""
    return key("unit", code)


def numbers(param: Parameter) -> tuple[int, int, int]:
    """The numbers under which rows are kept, by their place."""
    return (param.id, *param.ends)


def cells(value: Any) -> Iterator[Placed]:
    """The rows of a Quantity; of each two where it has a comparator."""
    if value.value is None:
        return
    made = _cells(value.value, value.system, value.code, value.unit)
    if value.comparator is None:
        for row in made:
            yield POINT, row
    else:
        for row in made:
            yield from _open(row, value.comparator)


def _open(row: Cells, comparator: str) -> Iterator[Placed]:
    """Both ends of what is less or greater than a value."""
    amount, unit, code, base, base_unit = row
    below = comparator.startswith("<")
    endless = -_INFINITY if below else _INFINITY
    if comparator in {"<", ">"}:
        amount = _beside(amount, below=below)
        base = None if base is None else _beside(base, below=below)
    near = amount, unit, code, base, base_unit
    far = endless, unit, code, None if base is None else endless, base_unit
    yield (LOW, far) if below else (LOW, near)
    yield (HIGH, near) if below else (HIGH, far)


def _beside(amount: Decimal, *, below: bool) -> Decimal:
    """A number so close that nobody asks for one between: ranges are stored with their ends."""
    digits = amount.as_tuple()
    assert isinstance(digits.exponent, int)  # FHIR has no NaN or infinity
    step = Decimal(1).scaleb(digits.exponent - _PLACES)
    exactly = Context(prec=len(digits.digits) + _PLACES + 1)
    return exactly.subtract(amount, step) if below else exactly.add(amount, step)


def _cells(
    amount: Decimal, system: str | None, code: str | None, unit: str | None
) -> Iterator[Cells]:
    """The rows of an amount; two where its code and its text differ and no other column tells them apart."""
    shown = unit or code
    in_system = unit_key(system, code) if system and code else 0
    base, base_unit = (None, 0)
    if system == UCUM and code:
        converted = canonical(amount, code)
        if converted is not None:
            base, base_unit = converted[0], code_key(converted[1])
    yield amount, in_system, code_key(shown) if shown else 0, base, base_unit
    if code and unit and unit != code and system != UCUM:
        yield amount, in_system, code_key(code), base, base_unit


def _range_cells(value: Any) -> Iterator[Placed]:
    """Both ends of a Range, each as a quantity of its own."""
    for end in (value.low, value.high):
        if end is not None:
            yield from cells(end)


def _money_cells(value: Any) -> Iterator[Placed]:
    if value.value is not None:
        for row in _cells(value.value, CURRENCY, value.currency, None):
            yield POINT, row


def _sampled_cells(value: Any) -> Iterator[Placed]:
    """The least and the greatest value of the samples."""
    origin = value.origin
    if origin.value is None:
        return
    samples = [s for s in map(_decimal, (value.data or "").split()) if s is not None]
    factor = value.factor if value.factor is not None else Decimal(1)
    for sample in {min(samples), max(samples)} if samples else ():
        amount = origin.value + sample * factor
        for row in _cells(amount, origin.system, origin.code, origin.unit):
            yield POINT, row


def _decimal(text: str) -> Decimal | None:
    """A sample; None for the letters E, U and L that stand for no measurable value."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def cells_of(type: str) -> Callable[[Any], Iterator[Placed]] | None:
    """What gives the rows of a value of this FHIR type; None if it has none."""
    if type in QUANTITIES:
        return cells
    return {"Range": _range_cells, "Money": _money_cells, "SampledData": _sampled_cells}.get(type)


def emitter(param: Parameter, type: str) -> Callable[[Any, IndexRows], None] | None:
    """What writes the rows for values of a FHIR type."""
    make = cells_of(type)
    if make is None:
        return None
    places = numbers(param)

    def into_rows(value: Any, rows: IndexRows) -> None:
        rows.quantities.extend((places[place], 0, *row) for place, row in make(value))

    return into_rows


# ---- condition


def condition(match: Match, scope: Scope) -> sql.Composable:
    """Rows with a quantity that fits one of the values."""
    params = match.param.stored()
    return _in_table(scope, any_of([compare(params, value) for value in match.values]))


def _in_table(scope: Scope, where: sql.Composable) -> sql.Composable:
    return sql.SQL("{} IN (SELECT i.rid FROM quantity_index i WHERE {})").format(
        scope.column("rid"), where
    )


def compare(params: Sequence[Parameter], value: QuantityValue) -> sql.Composable:
    """How the columns of `i`, `param` among them, must relate to the value."""
    if value.code is None:
        return _compare(params, value.number, "value")
    if value.system == UCUM:
        converted = _converted(value.number, value.code)
        if converted is not None:
            ends, unit = converted
            test = sql.SQL("i.canonical_unit = {}").format(sql.Literal(code_key(unit)))
            return all_of([test, _compare(params, ends, "canonical")])
    unit_test = _unit_test(value.system, value.code)
    return all_of([unit_test, _compare(params, value.number, "value")])


_ENDS = {"gt": (HIGH,), "ge": (HIGH,), "eb": (HIGH,), "lt": (LOW,), "le": (LOW,), "sa": (LOW,)}
"""Which end of a range is compared as plain values are, by prefix."""


def _compare(params: Sequence[Parameter], value: NumberValue, column: str) -> sql.Composable:
    """A range that is open to one side fits as the specification says of ranges.

    Never equal; never contained, so always unequal; near where its one end is not beyond.
    """
    place = sql.SQL("i.{}").format(sql.Identifier(column))
    test = number.compare(value, place, place)
    fits = all_of([_of(params, (POINT, *_ENDS.get(value.prefix, ()))), test])
    match value.prefix:
        case "ne":
            return any_of([fits, _of(params, (LOW,))])
        case "ap":
            return any_of([fits, *_near(params, value, place)])
        case _:
            return fits


def _near(
    params: Sequence[Parameter], value: NumberValue, place: sql.Composable
) -> Iterator[sql.Composable]:
    """Ranges that begin or end, at the side that is not open, near the value or beyond it."""
    for end, test in ((LOW, _BEGINS), (HIGH, _ENDS_AT)):
        near = test.format(place=place, low=sql.Literal(value.low), high=sql.Literal(value.high))
        yield all_of([_of(params, (end,)), near])


_BEGINS = sql.SQL("({place} <= {high} AND {place} > '-Infinity')")
_ENDS_AT = sql.SQL("({place} >= {low} AND {place} < 'Infinity')")


def _of(params: Sequence[Parameter], places: Sequence[int]) -> sql.Composable:
    """Rows at these places of one of the parameters."""
    return one_of(sql.SQL("i.param"), [numbers(p)[place] for p in params for place in places])


def _unit_test(system: str | None, code: str) -> sql.Composable:
    if system is not None:
        return sql.SQL("i.unit = {}").format(sql.Literal(unit_key(system, code)))
    return sql.SQL("(i.code = {} OR i.unit = {})").format(
        sql.Literal(code_key(code)), sql.Literal(unit_key(UCUM, code))
    )


def _converted(value: NumberValue, code: str) -> tuple[NumberValue, str] | None:
    ends = [canonical(amount, code) for amount in (value.number, value.low, value.high)]
    number_, low, high = ends
    if number_ is None or low is None or high is None:
        return None
    return NumberValue(value.prefix, number_[0], low[0], high[0]), number_[1]


def present(param: Parameter, scope: Scope) -> sql.Composable:
    """Rows with any quantity of the parameter."""
    return _in_table(scope, _of(param.stored(), (POINT, LOW)))
