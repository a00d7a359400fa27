"""Numbers from one unit to another, exact wherever decimals can be."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Context, Decimal, DecimalException
from fractions import Fraction
from functools import lru_cache

from osler.fhir.ucum.grammar import NotAUnit, parse
from osler.fhir.ucum.unit import Unit, written

_MATHS = Context(prec=34, Emax=6144, Emin=-6143)
_LOG2 = _MATHS.ln(Decimal(2))


def _decimal(value: Fraction) -> Decimal:
    return _MATHS.divide(Decimal(value.numerator), Decimal(value.denominator))


# Special units: from the number on the scale to the number of proper units, and back.
_FROM: dict[str, Callable[[Decimal], Decimal]] = {
    "Cel": lambda x: _MATHS.add(x, Decimal("273.15")),
    "degF": lambda x: _MATHS.divide((x + Decimal("459.67")) * 5, Decimal(9)),
    "degRe": lambda x: x * Decimal("1.25") + Decimal("273.15"),
    "pH": lambda x: _MATHS.power(Decimal(10), -x),
    "ln": _MATHS.exp,
    "lg": lambda x: _MATHS.power(Decimal(10), x),
    "lgTimes2": lambda x: _MATHS.power(Decimal(10), x / 2),
    "ld": lambda x: _MATHS.power(Decimal(2), x),
    "100tan": lambda x: Decimal(math.atan(x / 100)),
    "sqrt": lambda x: x * x,
    "hpX": lambda x: _MATHS.power(Decimal(10), -x),
    "hpC": lambda x: _MATHS.power(Decimal(100), -x),
    "hpM": lambda x: _MATHS.power(Decimal(1000), -x),
    "hpQ": lambda x: _MATHS.power(Decimal(50000), -x),
}
_TO: dict[str, Callable[[Decimal], Decimal]] = {
    "Cel": lambda x: _MATHS.subtract(x, Decimal("273.15")),
    "degF": lambda x: _MATHS.divide(x * 9, Decimal(5)) - Decimal("459.67"),
    "degRe": lambda x: (x - Decimal("273.15")) * Decimal("0.8"),
    "pH": lambda x: -_MATHS.log10(x),
    "ln": _MATHS.ln,
    "lg": _MATHS.log10,
    "lgTimes2": lambda x: _MATHS.log10(x) * 2,
    "ld": lambda x: _MATHS.divide(_MATHS.ln(x), _LOG2),
    "100tan": lambda x: Decimal(math.tan(x)) * 100,
    "sqrt": _MATHS.sqrt,
    "hpX": lambda x: -_MATHS.log10(x),
    "hpC": lambda x: -_MATHS.log10(x) / 2,
    "hpM": lambda x: -_MATHS.log10(x) / 3,
    "hpQ": lambda x: -_MATHS.divide(_MATHS.log10(x), _MATHS.log10(Decimal(50000))),
}


@lru_cache(maxsize=4096)
def _known(code: str) -> tuple[Unit, str, Decimal | None] | None:
    """The unit, its canonical writing and its factor where that is a decimal; None for what is no unit."""
    try:
        unit = parse(code)
    except NotAUnit:
        return None
    factor = _decimal(unit.factor)
    exact = Fraction(factor) == unit.factor
    return unit, written(unit.dimension), factor if exact and unit.scale is None else None


def valid(code: str) -> bool:
    """Whether a text is a UCUM expression over units in Osler's table."""
    return _known(code) is not None


def canonical(value: Decimal, code: str) -> tuple[Decimal, str] | None:
    """The value in base units and the unit that all comparable units share; None when the code is no unit."""
    found = _known(code)
    if found is None:
        return None
    unit, name, factor = found
    try:
        if factor is not None:
            return _MATHS.multiply(value, factor), name
        return _finite(_to_base(value, unit)), name
    except (DecimalException, OverflowError):  # a number beyond any measurement
        return None


def _finite(value: Decimal) -> Decimal:
    if not value.is_finite():
        raise DecimalException
    return value


def _to_base(value: Decimal, unit: Unit) -> Decimal:
    if unit.scale is None:
        return _scaled(value, unit.factor)
    proper = _FROM[unit.scale.kind](_scaled(value, unit.scale.factor))
    return _scaled(proper, unit.factor)


def _from_base(value: Decimal, unit: Unit) -> Decimal:
    if unit.scale is None:
        return _scaled(value, 1 / unit.factor)
    proper = _scaled(value, 1 / unit.factor)
    return _scaled(_TO[unit.scale.kind](proper), 1 / unit.scale.factor)


def _scaled(value: Decimal, factor: Fraction) -> Decimal:
    """One rounding at most, and none where the result is a decimal of 34 digits."""
    product = _MATHS.multiply(value, Decimal(factor.numerator))
    return _MATHS.divide(product, Decimal(factor.denominator))


def convert(value: Decimal, source: str, target: str) -> Decimal | None:
    """The value in another unit; None when either is no unit or they measure different things."""
    a, b = _known(source), _known(target)
    if a is None or b is None or a[1] != b[1]:
        return None
    if source == target:
        return value
    try:
        if a[0].scale is None and b[0].scale is None:
            return _scaled(value, a[0].factor / b[0].factor)
        return _finite(_from_base(_to_base(value, a[0]), b[0]))
    except (DecimalException, OverflowError):  # a logarithm of nothing, or beyond any measurement
        return None


def comparable(a: str, b: str) -> bool:
    """Whether two codes measure the same kind of thing."""
    x, y = _known(a), _known(b)
    return x is not None and y is not None and x[1] == y[1]
