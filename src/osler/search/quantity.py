"""Quantities: a number with a unit; units of UCUM are compared after conversion, others as they are.

https://hl7.org/fhir/R4/search.html#quantity
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search import number
from osler.search.hashing import key
from osler.search.number import NumberValue
from osler.search.parameter import Parameter
from osler.search.rows import IndexRows
from osler.search.scope import Scope, all_of, any_of, in_table
from osler.search.text import split, unescape
from osler.search.tree import Match
from osler.search.units import UCUM, canonical

CURRENCY = "urn:iso:std:iso:4217"
QUANTITIES = frozenset(
    {"Quantity", "Age", "Duration", "Distance", "Count", "MoneyQuantity", "SimpleQuantity"}
)

Cells: TypeAlias = tuple[Decimal, int, int, Decimal | None, int]
"""value, unit, code, canonical, canonical_unit"""


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


def cells(value: Any) -> Iterator[Cells]:
    """The rows of a Quantity; two where its code and its text differ and no other column tells them apart."""
    if value.value is None:
        return
    yield from _cells(value.value, value.system, value.code, value.unit)


def _cells(
    amount: Decimal, system: str | None, code: str | None, unit: str | None
) -> Iterator[Cells]:
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


def _range_cells(value: Any) -> Iterator[Cells]:
    """Both ends of a Range, each as a quantity of its own."""
    for end in (value.low, value.high):
        if end is not None:
            yield from cells(end)


def _money_cells(value: Any) -> Iterator[Cells]:
    if value.value is not None:
        yield from _cells(value.value, CURRENCY, value.currency, None)


def _sampled_cells(value: Any) -> Iterator[Cells]:
    """The least and the greatest value of the samples."""
    origin = value.origin
    if origin.value is None:
        return
    samples = [s for s in map(_decimal, (value.data or "").split()) if s is not None]
    factor = value.factor if value.factor is not None else Decimal(1)
    for sample in {min(samples), max(samples)} if samples else ():
        yield from _cells(origin.value + sample * factor, origin.system, origin.code, origin.unit)


def _decimal(text: str) -> Decimal | None:
    """A sample; None for the letters E, U and L that stand for no measurable value."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def cells_of(type: str) -> Callable[[Any], Iterator[Cells]] | None:
    """What gives the rows of a value of this FHIR type; None if it has none."""
    if type in QUANTITIES:
        return cells
    return {"Range": _range_cells, "Money": _money_cells, "SampledData": _sampled_cells}.get(type)


def emitter(param: Parameter, type: str) -> Callable[[Any, IndexRows], None] | None:
    """What writes the rows for values of a FHIR type."""
    make = cells_of(type)
    if make is None:
        return None
    number_ = param.id

    def into_rows(value: Any, rows: IndexRows) -> None:
        rows.quantities.extend((number_, 0, *row) for row in make(value))

    return into_rows


# ---- condition


def condition(match: Match, scope: Scope) -> sql.Composable:
    """Rows with a quantity that fits one of the values."""
    return in_table(
        scope, "quantity_index", match.param.stored(), any_of([compare(v) for v in match.values])
    )


def compare(value: QuantityValue) -> sql.Composable:
    """How the columns of `i` must relate to the value."""
    if value.code is None:
        return _compare(value.number, "value")
    if value.system == UCUM:
        converted = _converted(value.number, value.code)
        if converted is not None:
            ends, unit = converted
            test = sql.SQL("i.canonical_unit = {}").format(sql.Literal(code_key(unit)))
            return all_of([test, _compare(ends, "canonical")])
    return all_of([_unit_test(value.system, value.code), _compare(value.number, "value")])


def _compare(value: NumberValue, column: str) -> sql.Composable:
    place = sql.SQL("i.{}").format(sql.Identifier(column))
    return number.compare(value, place, place)


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
    return in_table(scope, "quantity_index", param.stored())
