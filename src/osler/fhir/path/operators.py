"""The operators that take whole collections; https://hl7.org/fhirpath/N1/#operations"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, DecimalException
from typing import Any

from osler.fhir.path import equality, measure
from osler.fhir.path.temporal import Temporal
from osler.fhir.path.values import (
    MATHS,
    Items,
    Quantity,
    describe,
    is_number,
    single,
    text,
    wrong,
)

LONGEST_TEXT = 2_000_000
_LARGEST_INTEGER = 2**63


def _logic(value: bool | None) -> Items:
    return [] if value is None else [value]


def equals(left: Items, right: Items) -> Items:
    """`=`"""
    return _logic(equality.equal(left, right))


def differs(left: Items, right: Items) -> Items:
    """`!=`"""
    found = equality.equal(left, right)
    return [] if found is None else [not found]


def alike(left: Items, right: Items) -> Items:
    """`~`"""
    return [equality.equivalent(left, right)]


def unlike(left: Items, right: Items) -> Items:
    """`!~`"""
    return [not equality.equivalent(left, right)]


def _ordering(operator: str) -> Callable[[Items, Items], Items]:
    return lambda left, right: _logic(equality.order(left, right, operator))


def is_in(left: Items, right: Items) -> Items:
    """`in`: empty left is empty, empty right is false."""
    if not left:
        return []
    if len(left) > 1:
        raise wrong(f"the item looked for must be one, found {len(left)}")
    return [equality.holds(right, left[0])]


def contains(left: Items, right: Items) -> Items:
    """`contains`, the converse of `in`."""
    return is_in(right, left)


def limited(value: str) -> Items:
    """A string as a result, refused when an expression has blown it up."""
    if len(value) > LONGEST_TEXT:
        raise wrong(f"a string grew over {LONGEST_TEXT} characters")
    return [value]


def concatenate(left: Items, right: Items) -> Items:
    """`&`: an empty side counts as the empty string."""
    return limited((_written(left) or "") + (_written(right) or ""))


def _written(items: Items) -> str | None:
    value = single(items, "&")
    if isinstance(value, Temporal):
        return value.text
    return text(items, "&")


def numeric(value: int | Decimal) -> Items:
    """A number as a result; empty when it overflows."""
    if value.__class__ is int and abs(value) >= _LARGEST_INTEGER:
        return []
    return [value]


def plus(left: Items, right: Items) -> Items:
    """`+`"""
    a, b = single(left, "+"), single(right, "+")
    if isinstance(a, str) and isinstance(b, str):
        return limited(a + b)
    return _sum(a, b, 1, left, right)


def minus(left: Items, right: Items) -> Items:
    """`-`"""
    return _sum(single(left, "-"), single(right, "-"), -1, left, right)


def _sum(a: Any, b: Any, sign: int, left: Items, right: Items) -> Items:
    if a is None or b is None:
        return []
    if isinstance(a, Temporal) and isinstance(b, Quantity):
        moved = measure.shift(a, b, sign)
        return [] if moved is None else [moved]
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        total = measure.plus(a, b, sign)
        return [] if total is None else [total]
    if not (is_number(a) and is_number(b)):
        word = "add" if sign > 0 else "subtract"
        raise wrong(f"cannot {word} {describe(left[0])} and {describe(right[0])}")
    if a.__class__ is int and b.__class__ is int:
        return numeric(a + b * sign)
    return _exactly(MATHS.add if sign > 0 else MATHS.subtract, a, b)


def _exactly(operation: Callable[[Decimal, Decimal], Decimal], a: Any, b: Any) -> Items:
    try:
        return [operation(Decimal(a), Decimal(b))]
    except DecimalException:  # overflow is empty by the specification
        return []


def multiply(left: Items, right: Items) -> Items:
    """`*`"""
    a, b = single(left, "*"), single(right, "*")
    if a is None or b is None:
        return []
    if isinstance(a, Quantity) or isinstance(b, Quantity):
        return _scaled(a, b, "*", left, right)
    _numbers(a, b, "*", left, right)
    if a.__class__ is int and b.__class__ is int:
        return numeric(a * b)
    return _exactly(MATHS.multiply, a, b)


def divide(left: Items, right: Items) -> Items:
    """`/`, always a decimal; by zero it is empty."""
    a, b = single(left, "/"), single(right, "/")
    if a is None or b is None:
        return []
    if isinstance(a, Quantity) or isinstance(b, Quantity):
        return _scaled(a, b, "/", left, right)
    _numbers(a, b, "/", left, right)
    return [] if b == 0 else _exactly(MATHS.divide, a, b)


def _scaled(a: Any, b: Any, operator: str, left: Items, right: Items) -> Items:
    if is_number(a):
        a = Quantity(Decimal(a), "1")
    if is_number(b):
        b = Quantity(Decimal(b), "1")
    if not (isinstance(a, Quantity) and isinstance(b, Quantity)):
        _numbers(a, b, operator, left, right)
    try:
        found = measure.times(a, b, operator)
    except DecimalException:  # overflow is empty by the specification
        return []
    return [] if found is None else [found]


def _numbers(a: Any, b: Any, operator: str, left: Items, right: Items) -> None:
    if not (is_number(a) and is_number(b)):
        raise wrong(f"{operator} takes numbers, found {describe(left[0])} and {describe(right[0])}")


def _whole_division(name: str) -> Callable[[Items, Items], Items]:
    def operate(left: Items, right: Items) -> Items:
        a, b = single(left, name), single(right, name)
        if a is None or b is None:
            return []
        _numbers(a, b, name, left, right)
        if b == 0:
            return []
        if a.__class__ is int and b.__class__ is int:
            quotient = abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
            return [quotient if name == "div" else a - b * quotient]
        try:
            cut = MATHS.divide_int(Decimal(a), Decimal(b))
        except DecimalException:  # a quotient over 40 digits
            return []
        return [int(cut)] if name == "div" else [MATHS.remainder(Decimal(a), Decimal(b))]

    return operate


def negate(items: Items) -> Items:
    """Unary `-`."""
    value = single(items, "-")
    if value is None:
        return []
    if isinstance(value, Quantity):
        return [Quantity(value.value.copy_negate(), value.unit, value.calendar)]
    if not is_number(value):
        raise wrong(f"- takes a number, found {describe(items[0])}")
    return [value.copy_negate() if isinstance(value, Decimal) else -value]


def keep_sign(items: Items) -> Items:
    """Unary `+`."""
    value = single(items, "+")
    if value is not None and not (is_number(value) or isinstance(value, Quantity)):
        raise wrong(f"+ takes a number, found {describe(items[0])}")
    return [] if value is None else [value]


def implies(left: bool | None, right: bool | None) -> bool | None:
    """`implies` in three values."""
    if left is False or right is True:
        return True
    if left is None:
        return None
    return right


BINARY: dict[str, Callable[[Items, Items], Items]] = {
    "=": equals, "!=": differs, "~": alike, "!~": unlike,
    "<": _ordering("<"), "<=": _ordering("<="), ">": _ordering(">"), ">=": _ordering(">="),
    "in": is_in, "contains": contains, "&": concatenate, "+": plus, "-": minus, "*": multiply,
    "/": divide, "div": _whole_division("div"), "mod": _whole_division("mod"),
}  # fmt: skip
