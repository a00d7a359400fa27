"""The index rows of one resource, in the shape of the tables of store/schema, without the resource's rid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

StringRow: TypeAlias = tuple[int, int, bool, str]
"""param, token, lead, value"""
ReferenceRow: TypeAlias = tuple[int, str, str]
"""param, target_type, target_id"""
DateRow: TypeAlias = tuple[int, int, str, str]
"""param, token, low (inclusive), high (exclusive); as PostgreSQL reads timestamps"""
NumberRow: TypeAlias = tuple[int, int, Decimal, Decimal]
"""param, token, low, high"""
QuantityRow: TypeAlias = tuple[int, int, Decimal, int, int, Decimal | None, int]
"""param, token, value, unit, code, canonical, canonical_unit; an open range has one for each of `Parameter.ends`"""
TextRow: TypeAlias = tuple[int, str, int]
"""param, value, key"""


@dataclass(frozen=True, slots=True)
class Contained:
    """A resource inside another: what it can be found by itself, and its JSON.

    `inherits` says that it does not name whom it is about, so that this is whom its container is about.
    """

    type: str
    id: str
    content: bytes
    rows: IndexRows
    inherits: bool

    def patient(self, container: str | None) -> str | None:
        """The patient it is about, given the container's."""
        return self.rows.patient or (container if self.inherits else None)


ALWAYS_LOW = "-infinity"
ALWAYS_HIGH = "infinity"


@dataclass(slots=True)
class IndexRows:
    """What a resource can be found by. Filled by the emitters of the parameter types.

    `resource` is the resource being read, for composites whose parts lie apart. `beside` says that
    `references` also has targets that no element of type Reference names.
    """

    resource: Any = None
    patient: str | None = None
    others: dict[str, None] = field(default_factory=dict)
    date_low: str = ALWAYS_LOW
    date_high: str = ALWAYS_HIGH
    found: set[int] = field(default_factory=set)
    strings: list[StringRow] = field(default_factory=list)
    references: list[ReferenceRow] = field(default_factory=list)
    dates: list[DateRow] = field(default_factory=list)
    numbers: list[NumberRow] = field(default_factory=list)
    quantities: list[QuantityRow] = field(default_factory=list)
    texts: list[TextRow] = field(default_factory=list)
    base_url: str = ""
    beside: bool = False
    contained: tuple[Contained, ...] = ()

    @property
    def keys(self) -> list[int]:
        """The keys of the resource, for the column `keys`."""
        return list(self.found)

    def rows(self, table: str) -> Sequence[tuple[Any, ...]]:
        """The rows for one of the five index tables."""
        match table:
            case "string_index":
                return self.strings
            case "reference_index":
                return self.references
            case "date_index":
                return self.dates
            case "number_index":
                return self.numbers
            case "quantity_index":
                return self.quantities
            case _:
                raise KeyError(table)
