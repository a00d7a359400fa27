"""Equality, equivalence and order of items; https://hl7.org/fhirpath/N1/#equality"""

from __future__ import annotations

from collections.abc import Hashable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import msgspec

from osler.fhir.path import measure, navigate, temporal
from osler.fhir.path.temporal import Temporal
from osler.fhir.path.values import (
    MATHS,
    Item,
    Items,
    Primitive,
    Quantity,
    describe,
    is_element,
    is_number,
    system,
    wrong,
)


def equal(left: Items, right: Items) -> bool | None:
    """The `=` of two collections, None when unknown: in order, item by item."""
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    outcome: bool | None = True
    for a, b in zip(left, right, strict=True):
        one = same(a, b)
        if one is False:
            return False
        if one is None:
            outcome = None
    return outcome


def same(a: Item, b: Item) -> bool | None:
    """The `=` of two items, None when unknown."""
    a_raw, b_raw = a, b
    if a.__class__ is not str:
        a = system(a)
    if b.__class__ is not str:
        b = system(b)
    if a.__class__ is b.__class__:
        return _same_class(a, b)
    if is_number(a) and is_number(b):
        return bool(a == b)
    if isinstance(a, Temporal) and isinstance(b, str):
        return _same_written(a, b, a_raw)
    if isinstance(b, Temporal) and isinstance(a, str):
        return _same_written(b, a, b_raw)
    if isinstance(a, Quantity) and is_number(b):
        return measure.equal(a, Quantity(Decimal(b), "1"))
    if isinstance(b, Quantity) and is_number(a):
        return measure.equal(Quantity(Decimal(a), "1"), b)
    return None if a is None or b is None else False


def _same_class(a: Any, b: Any) -> bool | None:
    if isinstance(a, Temporal):
        return temporal.equal(a, b)
    if isinstance(a, Quantity):
        return measure.equal(a, b)
    return None if a is None else bool(a == b)


def _same_written(value: Temporal, text: str, item: Item) -> bool | None:
    """A FHIR date against text: people write birthDate = '1970-01-01' and mean the date."""
    if item.__class__ is not Primitive:
        return False
    other = temporal.parse(text, value.kind)
    return False if other is None else temporal.equal(value, other)


def equivalent(left: Items, right: Items) -> bool:
    """The `~` of two collections: in any order."""
    if len(left) != len(right):
        return False
    if len(left) == 1:
        return alike(left[0], right[0])
    rest = list(right)
    for a in left:
        for position, b in enumerate(rest):
            if alike(a, b):
                del rest[position]
                break
        else:
            return False
    return True


def alike(a: Item, b: Item) -> bool:
    """The `~` of two items."""
    x, y = system(a), system(b)
    if isinstance(x, str) and isinstance(y, str):
        return " ".join(x.casefold().split()) == " ".join(y.casefold().split())
    if is_number(x) and is_number(y):
        return _alike_numbers(Decimal(x), Decimal(y))
    if isinstance(x, Temporal) and isinstance(y, Temporal):
        return temporal.equivalent(x, y)
    if isinstance(x, Quantity) and isinstance(y, Quantity):
        return measure.equivalent(x, y)
    if is_element(a) and is_element(b):
        return _alike_elements(a, b)
    return same(a, b) is True


def _alike_numbers(a: Decimal, b: Decimal) -> bool:
    """Equal when both are rounded to the digits of the less precise one."""
    return round_to(a, places := min(decimals(a), decimals(b))) == round_to(b, places)


def decimals(value: Decimal) -> int:
    """Digits after the point, trailing zeros not counted."""
    exponent = value.normalize(MATHS).as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def round_to(value: Decimal, places: int) -> Decimal:
    """Half up, as people round."""
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=MATHS)


def _alike_elements(a: Item, b: Item) -> bool:
    if a.__class__ is not b.__class__:
        return False
    return all(
        equivalent(walk(a, None), walk(b, None)) for walk in navigate.child_walks(a.__class__)
    )


def key(item: Item) -> Hashable:
    """A hashable that is the same for items that are `=`; for distinct, union and membership in long lists."""
    if item.__class__ is str:
        return ("s", item)
    value = system(item)
    match value:
        case str():
            return ("s", value)
        case bool():
            return ("b", value)
        case int() | Decimal():
            return ("n", value)
        case Temporal():
            kind = "time" if value.kind == "time" else "dateTime"
            return (kind, value.precision, value.low, value.offset is None)
        case Quantity():
            return ("q", *measure.canonical(value))
        case None:
            # A primitive that has only extensions is equal to itself alone.
            return ("x", id(item.ext))
        case _ if is_element(item):
            return (item.__fhir_type__, msgspec.json.encode(item))
        case _:
            return ("o", value)


def distinct(items: Items) -> Items:
    """The items without repetition, in order of first appearance."""
    if len(items) < 2:
        return items
    seen: dict[Hashable, Item] = {}
    for item in items:
        seen.setdefault(key(item), item)
    return list(seen.values())


def holds(items: Items, item: Item) -> bool:
    """Whether an equal item is in the collection."""
    return any(same(each, item) is True for each in items)


def order(left: Items, right: Items, operator: str) -> bool | None:
    """`<`, `<=`, `>` or `>=` of two collections of at most one; None when unknown. Raises Invalid for other types."""
    if not left or not right:
        return None
    if len(left) > 1 or len(right) > 1:
        raise wrong(f"{operator} takes one item on each side, found {max(len(left), len(right))}")
    a, b = system(left[0]), system(right[0])
    if a is None or b is None or _without_number(a) or _without_number(b):
        return None
    if operator in (">", ">="):
        a, b, operator = b, a, "<" if operator == ">" else "<="
    return _ordered(a, b, operator == "<=")


def _ordered(a: Item, b: Item, or_equal: bool) -> bool | None:
    if isinstance(a, Temporal) or isinstance(b, Temporal):
        a, b = _both_temporal(a, b)
        return temporal.less(a, b, or_equal=or_equal)
    if isinstance(a, Quantity) or isinstance(b, Quantity):
        return measure.less(_as_quantity(a, b), _as_quantity(b, a), or_equal=or_equal)
    if (is_number(a) and is_number(b)) or (isinstance(a, str) and isinstance(b, str)):
        return bool(a <= b if or_equal else a < b)
    raise wrong(f"cannot order {describe(a)} and {describe(b)}")


def _without_number(item: Item) -> bool:
    """Whether an element is a quantity that stands for no number (no value, or only a bound)."""
    return is_element(item) and hasattr(item, "comparator")


def _both_temporal(a: Item, b: Item) -> tuple[Temporal, Temporal]:
    if isinstance(a, str) and isinstance(b, Temporal):
        a = temporal.parse(a, b.kind)
    if isinstance(b, str) and isinstance(a, Temporal):
        b = temporal.parse(b, a.kind)
    if not (isinstance(a, Temporal) and isinstance(b, Temporal) and temporal.comparable(a, b)):
        raise wrong(f"cannot order {describe(a)} and {describe(b)}")
    return a, b


def _as_quantity(value: Item, other: Item) -> Quantity:
    if isinstance(value, Quantity):
        return value
    if is_number(value):
        return Quantity(Decimal(value), "1")
    raise wrong(f"cannot order {describe(value)} and {describe(other)}")
