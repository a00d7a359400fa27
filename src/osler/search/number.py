"""Numbers: equality means within the precision that was written; the other prefixes compare exactly.

https://hl7.org/fhir/R4/search.html#number
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search.parameter import Parameter
from osler.search.rows import IndexRows
from osler.search.scope import Scope, any_of, in_table
from osler.search.tree import Match

_NUMBER = re.compile(
    r"(?P<prefix>eq|ne|gt|lt|ge|le|sa|eb|ap)?(?P<number>[+ -]?\d+(?:\.\d+)?(?:[eE][+ -]?\d+)?)",
    re.ASCII,
)
_LARGEST = 400  # powers of ten; more would only make the database work
_INFINITY = Decimal("Infinity")


@dataclass(frozen=True, slots=True)
class NumberValue:
    """A prefix, a number, and the range from `low` (inclusive) to `high` (exclusive) it stands for."""

    prefix: str
    number: Decimal
    low: Decimal
    high: Decimal


def parse(param: Parameter, _: str | None, text: str) -> NumberValue:
    """A number with its prefix, e.g. `lt0.8`."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise Invalid(f"{param.code}: found {text!r}, expected a number such as 5.40 or gt1e-3")
    written = found["number"].replace(" ", "+")
    number = Decimal(written)
    if (number and abs(number.adjusted()) > _LARGEST) or len(written) > _LARGEST:
        raise Invalid(f"{param.code}: {text!r} is too large, too small or too long a number")
    return ranged(found["prefix"] or "eq", number, written)


def ranged(prefix: str, number: Decimal, written: str) -> NumberValue:
    """The number with its range: half a unit of its last digit to both sides; for `ap` a tenth of it.

    With an exponent the specification's example (1e2 is 95 to 105) takes one digit more.
    """
    if prefix == "ap":
        margin = abs(number) / 10
    else:
        exponent = number.as_tuple().exponent
        assert isinstance(exponent, int)  # the pattern has no NaN or infinity
        margin = Decimal(5).scaleb(exponent - 1 - ("e" in written.lower()))
    return NumberValue(prefix, number, number - margin, number + margin)


def emitter(param: Parameter, type: str) -> Callable[[Any, IndexRows], None] | None:
    """What writes the rows for values of a FHIR type; None if this type has no numbers."""
    number = param.id
    match type:
        case "decimal" | "integer" | "positiveInt" | "unsignedInt":

            def plain(value: Any, rows: IndexRows) -> None:
                rows.numbers.append((number, 0, Decimal(value), Decimal(value)))

            return plain
        case "Range":

            def extent(value: Any, rows: IndexRows) -> None:
                low = value.low.value if value.low is not None else None
                high = value.high.value if value.high is not None else None
                if low is not None or high is not None:
                    rows.numbers.append(
                        (
                            number,
                            0,
                            -_INFINITY if low is None else low,
                            _INFINITY if high is None else high,
                        )
                    )

            return extent
        case _:
            return None


def condition(match: Match, scope: Scope) -> sql.Composable:
    """Rows with a number that fits one of the values."""
    low, high = sql.SQL("i.low"), sql.SQL("i.high")
    tests = [compare(value, low, high) for value in match.values]
    return in_table(scope, "number_index", match.param.stored(), any_of(tests))


COMPARISONS = {
    "eq": sql.SQL("({low} >= {start} AND {low} < {end} AND {high} < {end})"),
    "ap": sql.SQL("({low} <= {end} AND {high} >= {start})"),
    "ne": sql.SQL("NOT ({low} >= {start} AND {high} < {end})"),
    "gt": sql.SQL("{high} > {number}"),
    "sa": sql.SQL("{low} > {number}"),
    "lt": sql.SQL("{low} < {number}"),
    "eb": sql.SQL("{high} < {number}"),
    "ge": sql.SQL("{high} >= {number}"),
    "le": sql.SQL("{low} <= {number}"),
}


def compare(value: NumberValue, low: sql.Composable, high: sql.Composable) -> sql.Composable:
    """How the range from `low` to `high` (both inclusive) must lie to the value."""
    return COMPARISONS[value.prefix].format(
        low=low,
        high=high,
        start=sql.Literal(value.low),
        end=sql.Literal(value.high),
        number=sql.Literal(value.number),
    )


def present(param: Parameter, scope: Scope) -> sql.Composable:
    """Rows with any number of the parameter."""
    return in_table(scope, "number_index", param.stored())
