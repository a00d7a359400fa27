"""Numbers; https://hl7.org/fhirpath/N1/#math"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, Decimal, DecimalException

from osler.fhir.path.equality import round_to
from osler.fhir.path.functions.registry import function
from osler.fhir.path.operators import numeric
from osler.fhir.path.values import (
    MATHS,
    Context,
    Items,
    Quantity,
    describe,
    is_number,
    number,
    single,
    whole,
    wrong,
)


@function("abs")
def abs_(context: Context, items: Items) -> Items:
    """Without sign; quantities too."""
    value = single(items, "abs()")
    if value is None:
        return []
    if isinstance(value, Quantity):
        return [Quantity(value.value.copy_abs(), value.unit, value.calendar)]
    if not is_number(value):
        raise wrong(f"abs() takes a number, found {describe(items[0])}")
    return [value.copy_abs() if isinstance(value, Decimal) else abs(value)]


def _to_integer(name: str, rounding: str) -> None:
    @function(name)
    def run(context: Context, items: Items) -> Items:
        value = number(items, f"{name}()")
        if value is None:
            return []
        # Decimals may be huge: only those that fit an integer are spelled out.
        if isinstance(value, Decimal) and value.adjusted() > 18:
            return []
        return numeric(int(Decimal(value).to_integral_value(rounding)))


_to_integer("ceiling", ROUND_CEILING)
_to_integer("floor", ROUND_FLOOR)
_to_integer("truncate", ROUND_DOWN)


def _guarded(operation: Callable[[], Decimal]) -> Items:
    """A result, or empty where it is undefined or overflows, as the specification wants."""
    try:
        value = operation()
    except DecimalException:
        return []
    return [value] if value.is_finite() else []


@function("exp")
def exp(context: Context, items: Items) -> Items:
    """e to the power of the input."""
    value = number(items, "exp()")
    return [] if value is None else _guarded(lambda: MATHS.exp(Decimal(value)))


@function("ln")
def ln(context: Context, items: Items) -> Items:
    """Natural logarithm."""
    value = number(items, "ln()")
    return [] if value is None or value <= 0 else _guarded(lambda: MATHS.ln(Decimal(value)))


@function("log", 1)
def log(context: Context, items: Items, base: Items) -> Items:
    """Logarithm to a base."""
    value, of = number(items, "log()"), number(base, "log()")
    if value is None or of is None or value <= 0 or of <= 0 or of == 1:
        return []

    def run() -> Decimal:
        if of == 10:
            return MATHS.log10(Decimal(value))
        found = MATHS.divide(MATHS.ln(Decimal(value)), MATHS.ln(Decimal(of)))
        near = found.to_integral_value()
        # Two rounded logarithms: a whole number missed by the last digits is the whole number.
        return near if abs(found - near) < Decimal("1e-30") else found

    return _guarded(run)


@function("power", 1)
def power(context: Context, items: Items, exponent: Items) -> Items:
    """The input to a power; integer when both are, empty where it is not a real number."""
    value, by = number(items, "power()"), number(exponent, "power()")
    if value is None or by is None:
        return []
    if isinstance(value, int) and isinstance(by, int) and by >= 0:
        if abs(value) > 1 and by > 64:
            return []
        return numeric(value ** (by if abs(value) > 1 else by % 2 + 2 if by else 0))
    if value == 0 and by == 0:
        return [Decimal(1)]
    return _guarded(lambda: MATHS.power(Decimal(value), Decimal(by)))


@function("sqrt")
def sqrt(context: Context, items: Items) -> Items:
    """Square root, empty for negative numbers."""
    value = number(items, "sqrt()")
    return [] if value is None or value < 0 else _guarded(lambda: MATHS.sqrt(Decimal(value)))


@function("round", 0, 1)
def round_(context: Context, items: Items, places: Items | None = None) -> Items:
    """Half up, to a number of digits after the point."""
    value, digits = number(items, "round()"), whole(places or [], "round()") or 0
    if value is None:
        return []
    if not 0 <= digits <= 30:
        raise wrong("round() takes 0 to 30 digits")
    return _guarded(lambda: round_to(Decimal(value), digits))
