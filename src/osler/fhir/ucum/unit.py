"""A unit reduced to base units: an exact factor, the powers of the bases, and for scales such as °C a function."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

Dimension = tuple[tuple[str, int], ...]
"""Base unit and exponent, sorted by base unit; exponents are never 0."""


@dataclass(frozen=True, slots=True)
class Scale:
    """A special unit: `kind` names its function in `convert`, `factor` multiplies what that function takes."""

    kind: str
    factor: Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """`factor` base units of `dimension`. A `scale` unit is measured from another zero or by a logarithm."""

    factor: Fraction
    dimension: Dimension
    scale: Scale | None = None

    def times(self, other: Unit) -> Unit:
        """The product. Both must be plain."""
        powers = dict(self.dimension)
        for base, exponent in other.dimension:
            powers[base] = powers.get(base, 0) + exponent
        kept = tuple(sorted((base, power) for base, power in powers.items() if power))
        return Unit(self.factor * other.factor, kept)

    def power(self, exponent: int) -> Unit:
        """The unit to a whole power."""
        dimension = tuple((base, power * exponent) for base, power in self.dimension if exponent)
        return Unit(self.factor**exponent, dimension)


ONE = Unit(Fraction(1), ())


def written(dimension: Dimension) -> str:
    """The canonical unit as UCUM writes it: `g.m-1.s-2`; `1` without dimension."""
    terms = [base if power == 1 else f"{base}{power}" for base, power in dimension]
    return ".".join(terms) or "1"
