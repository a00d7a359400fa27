"""Quantities: comparison and arithmetic with UCUM conversion and calendar durations.

https://hl7.org/fhirpath/N1/#quantity
"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal

from osler.fhir import ucum
from osler.fhir.path.temporal import Temporal, add
from osler.fhir.path.values import MATHS, Quantity, wrong

# From seconds down a calendar duration is a definite one; days and weeks are taken as such too.
_DEFINITE = {
    "week": "wk", "day": "d", "hour": "h", "minute": "min", "second": "s", "millisecond": "ms",
}  # fmt: skip
_MONTHS = {"year": 12, "month": 1}
_CALENDAR = {
    "a": "year", "mo": "month", "wk": "week", "d": "day", "h": "hour", "min": "minute",
    "s": "second", "ms": "millisecond",
}  # fmt: skip


def calendar_unit(unit: str) -> str | None:
    """The calendar word for a UCUM unit of time, if it has one."""
    return _CALENDAR.get(unit)


def _definite(value: Quantity) -> Quantity:
    if value.calendar and value.unit in _DEFINITE:
        return Quantity(value.value, _DEFINITE[value.unit])
    return value


def _aligned(a: Quantity, b: Quantity) -> tuple[Decimal, Decimal] | None:
    """Both numbers in one unit; None when the units measure different things."""
    a, b = _definite(a), _definite(b)
    if a.unit == b.unit and a.calendar == b.calendar:
        return a.value, b.value
    if a.calendar and b.calendar:
        return a.value * _MONTHS[a.unit], b.value * _MONTHS[b.unit]
    if a.calendar or b.calendar:
        return None
    x, y = ucum.canonical(a.value, a.unit), ucum.canonical(b.value, b.unit)
    if x is None or y is None or x[1] != y[1]:
        return None
    return x[0], y[0]


def _nearly(a: Decimal, b: Decimal) -> bool:
    """Equal up to the last digits that a conversion through a fraction may cost."""
    return a == b or abs(a - b) <= abs(b) * Decimal("1e-25")


def equal(a: Quantity, b: Quantity) -> bool | None:
    """a = b; None when the units cannot be compared."""
    pair = _aligned(a, b)
    return None if pair is None else _nearly(*pair)


def less(a: Quantity, b: Quantity, *, or_equal: bool = False) -> bool | None:
    """a < b (or a <= b); None when the units cannot be compared."""
    pair = _aligned(a, b)
    if pair is None:
        return None
    if _nearly(*pair):
        return or_equal
    return pair[0] < pair[1]


def equivalent(a: Quantity, b: Quantity) -> bool:
    """a ~ b: in the larger of the two units, rounded to the digits of the less precise number."""
    from osler.fhir.path.equality import decimals, round_to

    a, b = _loosely(a), _loosely(b)
    there, back = ucum.convert(b.value, b.unit, a.unit), ucum.convert(a.value, a.unit, b.unit)
    if a.unit == b.unit:
        x, y = a.value, b.value
    elif there is None or back is None:
        return False
    elif abs(there) <= abs(b.value):  # a's unit is the larger one
        x, y = a.value, there
    else:
        x, y = back, b.value
    places = min(decimals(x), decimals(y))
    return round_to(x, places) == round_to(y, places)


def _loosely(value: Quantity) -> Quantity:
    """Equivalence does not tell a calendar year or month from the mean one."""
    if value.calendar:
        word = {"year": "a", "month": "mo"} | _DEFINITE
        return Quantity(value.value, word[value.unit])
    return value


def canonical(value: Quantity) -> tuple[Hashable, ...]:
    """The number and unit that all equal quantities share."""
    value = _definite(value)
    if value.calendar:
        return (value.value * _MONTHS[value.unit], "month")
    found = ucum.canonical(value.value, value.unit)
    return (value.value, value.unit, "as written") if found is None else found


def plus(a: Quantity, b: Quantity, sign: int) -> Quantity | None:
    """a + b or a - b in a's unit; None when the units cannot be compared."""
    number = b.value if sign > 0 else b.value.copy_negate()
    if a.unit == b.unit and a.calendar == b.calendar:
        return Quantity(MATHS.add(a.value, number), a.unit, a.calendar)
    x, y = _definite(a), _definite(b)
    if x.calendar and y.calendar:
        months = MATHS.add(x.value * _MONTHS[x.unit], number * _MONTHS[y.unit])
        return Quantity(MATHS.divide(months, Decimal(_MONTHS[x.unit])), x.unit, True)
    if x.calendar or y.calendar:
        return None
    converted = ucum.convert(number, y.unit, x.unit)
    if converted is None:
        return None
    return Quantity(MATHS.add(a.value, converted), a.unit, a.calendar)


def times(a: Quantity, b: Quantity, operator: str) -> Quantity | None:
    """a * b or a / b, units with them; None when dividing by zero."""
    x, y = _loosely(a), _loosely(b)
    if operator == "*":
        value = MATHS.multiply(x.value, y.value)
    elif y.value == 0:
        return None
    else:
        value = MATHS.divide(x.value, y.value)
    if y.unit == "1":
        return Quantity(value, a.unit, a.calendar)
    if x.unit == y.unit and operator == "/":
        return Quantity(value, "1")
    left = "" if x.unit == "1" else f"({x.unit})" if "/" in x.unit else x.unit
    joint = "." if operator == "*" else "/"
    right = f"({y.unit})" if "/" in y.unit or "." in y.unit else y.unit
    if not left:
        return Quantity(value, right if operator == "*" else f"/{right}")
    return Quantity(value, left + joint + right)


def shift(moment: Temporal, span: Quantity, sign: int) -> Temporal | None:
    """A date or time moved by a duration. Raises Invalid when the unit is not one of time."""
    unit = span.unit if span.calendar else _CALENDAR.get(span.unit)
    if unit is None:
        raise wrong(f"cannot move a {moment.kind} by {span}")
    return add(moment, span.value * sign, unit)
