"""Unit expressions to units: terms, division, exponents, parentheses, annotations, prefixes; https://ucum.org/ucum#section-Syntax-Rules"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache

from osler.fhir.ucum import table
from osler.fhir.ucum.unit import ONE, Scale, Unit

LONGEST = 200
_DEEPEST = 20
_LARGEST_EXPONENT = 30
_ANNOTATION = re.compile(r"\{[\x21-\x7a\x7c\x7e ]*?\}")
# Square brackets may hold anything, digits too; outside of them an exponent ends the symbol.
_SYMBOL = re.compile(r"(?:\[[^\[\]\s]*\]|[^\[\](){}./\s0-9+\-])+(?:\[[^\[\]\s]*\])*")
_POWER = re.compile(r"[+-]?\d{1,2}")
_DIGITS = re.compile(r"\d{1,30}")
_TEN = re.compile(r"10[*^]")


class NotAUnit(ValueError):
    """The text is no UCUM expression, or uses a unit that is not in the table."""


@lru_cache(maxsize=4096)
def parse(code: str) -> Unit:
    """The unit of a UCUM code (case sensitive). Raises NotAUnit."""
    if not code or len(code) > LONGEST:
        raise NotAUnit(code)
    parser = _Parser(code)
    unit = parser.expression(0)
    if parser.at != len(code):
        raise NotAUnit(code)
    return unit


class _Parser:
    def __init__(self, code: str) -> None:
        self.code = code
        self.at = 0

    def peek(self) -> str:
        return self.code[self.at : self.at + 1]

    def take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self.code, self.at)
        if match is None:
            return None
        self.at = match.end()
        return match.group()

    def expression(self, depth: int) -> Unit:
        """Terms from left to right: a/b.c is (a/b).c; a leading slash divides one."""
        if depth > _DEEPEST:
            raise NotAUnit(self.code)
        unit = ONE if self.peek() == "/" else self.component(depth)
        while (operator := self.peek()) in ("/", "."):
            self.at += 1
            right = self.component(depth)
            if unit.scale or right.scale:
                # A scale with its own zero cannot be part of a product, save times one.
                if operator == "." and ONE in (unit, right):
                    unit = right if unit == ONE else unit
                    continue
                raise NotAUnit(self.code)
            unit = unit.times(right if operator == "." else right.power(-1))
        return unit

    def component(self, depth: int) -> Unit:
        if self.peek() == "(":
            self.at += 1
            unit = self.expression(depth + 1)
            if self.peek() != ")":
                raise NotAUnit(self.code)
            self.at += 1
            return self.annotated(unit)
        if self.take(_ANNOTATION) is not None:
            return ONE
        if (unit_of_ten := self.power_of_ten()) is not None:
            return self.annotated(unit_of_ten)
        digits = self.take(_DIGITS)
        if digits is not None:
            if int(digits) == 0:
                raise NotAUnit(self.code)
            return self.annotated(Unit(Fraction(int(digits)), ()))
        symbol = self.take(_SYMBOL)
        if symbol is None:
            raise NotAUnit(self.code)
        return self.annotated(self.raised(_atom(symbol)))

    def power_of_ten(self) -> Unit | None:
        """`10*3` and `10^3`: the ten is a symbol there, its digits no number."""
        if self.take(_TEN) is None:
            return None
        return self.raised(Unit(Fraction(10), ()))

    def raised(self, unit: Unit) -> Unit:
        text = self.take(_POWER)
        if text is None:
            return unit
        exponent = int(text)
        if unit.scale or abs(exponent) > _LARGEST_EXPONENT:
            raise NotAUnit(self.code)
        return unit.power(exponent)

    def annotated(self, unit: Unit) -> Unit:
        self.take(_ANNOTATION)
        return unit


@lru_cache(maxsize=4096)
def _atom(symbol: str) -> Unit:
    """A symbol with or without a prefix. A whole symbol goes before a prefixed one: `cd` is candela, `min` minute."""
    definition = table.UNITS.get(symbol)
    if definition is not None:
        return _defined(symbol, definition)
    for size in (2, 1):
        prefix, rest = symbol[:size], symbol[size:]
        factor = table.PREFIXES.get(prefix) if len(prefix) == size else None
        definition = table.UNITS.get(rest)
        if factor is not None and definition is not None and definition.metric:
            unit = _defined(rest, definition)
            if unit.scale is not None:
                scale = Scale(unit.scale.kind, unit.scale.factor * factor)
                return Unit(unit.factor, unit.dimension, scale)
            return Unit(unit.factor * factor, unit.dimension)
    raise NotAUnit(symbol)


def _defined(symbol: str, definition: table.Definition) -> Unit:
    if definition.unit == "":  # a base unit, or an arbitrary one that measures only itself
        return Unit(definition.factor, ((symbol, 1),))
    base = parse(definition.unit)
    if definition.scale:
        return Unit(base.factor, base.dimension, Scale(definition.scale, definition.factor))
    return Unit(base.factor * definition.factor, base.dimension)
