"""Conversion between the System types; https://hl7.org/fhirpath/N1/#conversion"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from osler.fhir import ucum
from osler.fhir.path import temporal
from osler.fhir.path.functions.registry import function
from osler.fhir.path.parser import CALENDAR
from osler.fhir.path.temporal import Temporal
from osler.fhir.path.values import (
    Context,
    Eval,
    Items,
    Quantity,
    is_element,
    is_number,
    single,
    text,
    truth,
)

_TRUE = frozenset({"true", "t", "yes", "y", "1", "1.0"})
_FALSE = frozenset({"false", "f", "no", "n", "0", "0.0"})
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:'([^']+)'|([a-zA-Z]+))?", re.ASCII)


@function("iif", 2, 3, "lambda")
def iif(
    context: Context, items: Items, test: Eval, then: Eval, otherwise: Eval | None = None
) -> Items:
    """One or the other; only the one chosen is evaluated."""
    if truth(test(items, context)) is True:
        return then(items, context)
    return [] if otherwise is None else otherwise(items, context)


def to_boolean(value: Any) -> bool | None:
    """true/false, 1/0, and their spellings."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        lower = value.lower()
        return True if lower in _TRUE else False if lower in _FALSE else None
    if is_number(value) and value in (0, 1):
        return bool(value == 1)
    return None


def to_integer(value: Any) -> int | None:
    """Integers, booleans, digits."""
    if isinstance(value, bool | int):
        return int(value)
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else None


def to_decimal(value: Any) -> Decimal | None:
    """Numbers, booleans, digits with or without a point."""
    if isinstance(value, bool | int | Decimal):
        return Decimal(value)
    return Decimal(value) if isinstance(value, str) and _DECIMAL.fullmatch(value) else None


def to_string(value: Any) -> str | None:
    """Every System value has a writing; elements have none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, Quantity):
        unit = value.unit if value.calendar else f"'{value.unit}'"
        return f"{value.value:f} {unit}"
    return str(value) if isinstance(value, str | int | Temporal) else None


def to_date(value: Any) -> Temporal | None:
    """Dates, the day of dateTimes, text."""
    if isinstance(value, str):
        value = temporal.parse(value, "date") or temporal.parse(value, "dateTime")
    if not isinstance(value, Temporal) or value.kind == "time":
        return None
    return value if value.kind == "date" else temporal.as_date(value)


def to_date_time(value: Any) -> Temporal | None:
    """DateTimes, dates as such, text."""
    if isinstance(value, str):
        value = temporal.parse(value, "dateTime")
    if not isinstance(value, Temporal) or value.kind == "time":
        return None
    return temporal.as_datetime(value)


def to_time(value: Any) -> Temporal | None:
    """Times and text."""
    if isinstance(value, str):
        value = temporal.parse(value, "time")
    return value if isinstance(value, Temporal) and value.kind == "time" else None


def to_quantity(value: Any) -> Quantity | None:
    """Quantities, numbers (of unit 1), text such as `4 days` or `5 'mg'`."""
    if isinstance(value, Quantity):
        return value
    if isinstance(value, bool | int | Decimal):
        return Quantity(Decimal(value), "1")
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    number, unit, word = Decimal(match.group(1)), match.group(2), match.group(3)
    if word:
        return Quantity(number, CALENDAR[word], True) if word in CALENDAR else None
    return Quantity(number, unit or "1")


def _converter(name: str, convert: Callable[[Any], Any]) -> None:
    def value_of(items: Items) -> Any:
        value = single(items, f"to{name}()")
        return None if value is None or is_element(value) else convert(value)

    @function(f"to{name}")
    def to(context: Context, items: Items) -> Items:
        value = value_of(items)
        return [] if value is None else [value]

    @function(f"convertsTo{name}")
    def converts(context: Context, items: Items) -> Items:
        return [value_of(items) is not None] if items else []


for _name, _convert in (
    ("Boolean", to_boolean),
    ("Integer", to_integer),
    ("Decimal", to_decimal),
    ("String", to_string),
    ("Date", to_date),
    ("DateTime", to_date_time),
    ("Time", to_time),
):
    _converter(_name, _convert)


def _quantity_in(items: Items, unit: Items) -> Quantity | None:
    value = to_quantity(single(items, "toQuantity()"))
    wanted = text(unit, "toQuantity()")
    if value is None or wanted is None:
        return value
    if wanted in CALENDAR and value.calendar and CALENDAR[wanted] == value.unit:
        return value
    converted = ucum.convert(value.value, value.unit, wanted)
    return None if converted is None else Quantity(converted, wanted)


@function("toQuantity", 0, 1)
def to_quantity_(context: Context, items: Items, unit: Items | None = None) -> Items:
    """A quantity, in the wanted unit if one is given."""
    value = _quantity_in(items, unit or [])
    return [] if value is None else [value]


@function("convertsToQuantity", 0, 1)
def converts_to_quantity(context: Context, items: Items, unit: Items | None = None) -> Items:
    """Whether toQuantity() yields one."""
    return [_quantity_in(items, unit or []) is not None] if items else []
