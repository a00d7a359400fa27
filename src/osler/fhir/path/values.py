"""What flows through an evaluation, and how FHIR values become System values.

An item is a FHIR element (a Struct), a `Primitive` (a FHIR primitive with its type and extensions), or a System value:
str, bool, int, Decimal, `Temporal`, `Quantity`, `TypeInfo`. https://hl7.org/fhir/R4/fhirpath.html#types
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context as Precision
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, cast

from osler.fhir.path.temporal import Temporal, parse
from osler.kit.errors import Invalid

Item = Any
Items = list[Any]

UCUM = "http://unitsofmeasure.org"
TEMPORAL = frozenset({"date", "dateTime", "instant", "time"})
QUANTITIES = frozenset(
    {"Quantity", "Age", "Count", "Distance", "Duration", "SimpleQuantity", "MoneyQuantity"}
)
MATHS = Precision(
    prec=40, Emax=6144, Emin=-6143, traps=[InvalidOperation, DivisionByZero, Overflow]
)
"""Exact for sums and products of clinical numbers; 40 digits where a quotient must be cut."""

BUDGET = 2_000_000
"""Steps of one evaluation: items looked at by lambdas, items made. A few seconds, and some 100 MB."""


class Primitive:
    """A FHIR primitive: raw `value` (None when only extensions are there), FHIR `type`, `ext` (its Element)."""

    __slots__ = ("ext", "type", "value")

    def __init__(self, value: Any, type: str, ext: Any) -> None:
        self.value = value
        self.type = type
        self.ext = ext

    def __repr__(self) -> str:
        return f"Primitive({self.value!r}, {self.type!r})"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A System quantity. `unit` is a UCUM code, or a calendar word when `calendar`."""

    value: Decimal
    unit: str
    calendar: bool = False

    def __str__(self) -> str:
        return f"{self.value} {self.unit}" if self.calendar else f"{self.value} '{self.unit}'"


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """What `type()` answers; `namespace` is System or FHIR."""

    namespace: str
    name: str


class Context:
    """One evaluation: what is injected, and the little state that lambdas need."""

    __slots__ = ("budget", "env", "index", "moment", "resolver", "root", "total")

    def __init__(
        self, root: Item, env: Mapping[str, Any], resolver: Callable[[str], Any] | None
    ) -> None:
        self.root = root
        self.env = env
        self.resolver = resolver
        self.index: int | None = None
        self.total: Items = []
        self.budget = BUDGET
        self.moment: Temporal | None = None

    def spend(self, amount: int) -> None:
        """Count work, so that a hostile expression ends. Raises Invalid."""
        self.budget -= amount + 1
        if self.budget < 0:
            raise wrong("the expression takes too many steps")

    def spend_on(self, made: Items) -> None:
        """Count items that were made, long texts for more."""
        self.spend(len(made) + sum(len(each) >> 2 for each in made if each.__class__ is str))


Eval = Callable[[Items, Context], Items]


def wrong(message: str) -> Invalid:
    """The one error of evaluation, to be raised."""
    return Invalid(f"FHIRPath: {message}")


def system(item: Item) -> Item:
    """The System value of an item; elements that have none (and unreadable dates) stay as they are, None if empty."""
    if item.__class__ is Primitive:
        if item.type in TEMPORAL and item.value is not None:
            value = parse(item.value, item.type)
            return item.value if value is None else value
        return item.value
    if getattr(item.__class__, "__fhir_type__", None) in QUANTITIES:
        return quantity(item) or item
    return item


def quantity(element: Item) -> Quantity | None:
    """The System quantity of a FHIR Quantity; None when it has no value or only a bound (a comparator)."""
    if element.value is None or element.comparator is not None:
        return None
    if element.code is None:
        return Quantity(Decimal(element.value), element.unit or "1")
    if element.system is None or element.system == UCUM:
        return Quantity(Decimal(element.value), element.code)
    return Quantity(Decimal(element.value), f"{element.system}|{element.code}")


def is_element(item: Item) -> bool:
    """Whether an item is a FHIR element or resource (not a primitive, not a System value)."""
    return hasattr(item.__class__, "__fhir_elements__")


def is_number(value: Item) -> bool:
    """int or Decimal, and not a boolean (which Python counts among the integers)."""
    return value.__class__ is int or value.__class__ is Decimal


def describe(item: Item) -> str:
    """The type of an item in words, for errors."""
    if item.__class__ is Primitive:
        return str(item.type)
    name = getattr(item.__class__, "__fhir_type__", None) or {
        str: "String", bool: "Boolean", int: "Integer", Decimal: "Decimal",
    }.get(item.__class__)  # fmt: skip
    if name:
        return str(name)
    return item.kind if isinstance(item, Temporal) else type(item).__name__


def single(items: Items, what: str) -> Item:
    """The System value of a collection of at most one; None when empty. Raises Invalid for more."""
    if not items:
        return None
    if len(items) > 1:
        raise wrong(f"{what} takes one item, found {len(items)}")
    item = items[0]
    return system(item) if item.__class__ is not str else item


def text(items: Items, what: str) -> str | None:
    """The one string of a collection."""
    value = single(items, what)
    if value is None or value.__class__ is str:
        return value
    if items[0].__class__ is Primitive and isinstance(items[0].value, str):
        return items[0].value  # a FHIR date is text too
    raise wrong(f"{what} takes a string, found {describe(items[0])}")


def whole(items: Items, what: str) -> int | None:
    """The one integer of a collection."""
    value = single(items, what)
    if value is None or value.__class__ is int:
        return value
    if value.__class__ is Decimal and value == value.to_integral_value():
        return int(value)
    raise wrong(f"{what} takes an integer, found {describe(items[0])}")


def number(items: Items, what: str) -> int | Decimal | None:
    """The one number of a collection."""
    value = single(items, what)
    if value is None or is_number(value):
        return cast("int | Decimal | None", value)
    raise wrong(f"{what} takes a number, found {describe(items[0])}")


def truth(items: Items) -> bool | None:
    """A collection as a condition: a boolean is itself, any other single item is true, none is unknown."""
    if not items:
        return None
    if len(items) > 1:
        raise wrong(f"a condition takes one item, found {len(items)}")
    item = items[0]
    if item is True or item is False:
        return bool(item)
    if item.__class__ is Primitive and item.type == "boolean":
        return cast("bool | None", item.value)
    return True


def unwrap(items: Items) -> Items:
    """Items as the caller gets them: raw Python values and Structs; primitives without a value are left out."""
    out = []
    for item in items:
        if item.__class__ is Primitive:
            if item.value is not None:
                out.append(item.value)
        elif item.__class__ is Temporal:
            out.append(item.text)
        else:
            out.append(item)
    return out
