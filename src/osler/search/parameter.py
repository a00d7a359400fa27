"""What a search parameter is: its name, type, expression, and where its values are stored."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal

from osler.search.hashing import param_id

Kind = Literal[
    "string", "token", "reference", "date", "number", "quantity", "uri", "composite", "special"
]


class Storage(Enum):
    """Where the values of a parameter are found."""

    ROWS = "keys and index rows"
    ID = "column id"
    UPDATED = "column updated"
    DATE = "columns date_low and date_high"
    PATIENT = "column patient, other targets in index rows"


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a composite: the parameter it means and its path from the composite's base."""

    code: str
    kind: Kind
    expression: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A search parameter of one resource type.

    `owner` is the type whose name its stored values carry: the type itself, or "Resource" for the
    parameters all types have. `served_by` are parameters whose stored values also answer this one,
    which then stores none of its own. `coded` says that its elements are of type `code`, whose system
    is implicit; `points` that no date of it spans more than a year; `apart` that the parts of a
    composite are searched one by one.
    """

    type: str
    code: str
    kind: Kind
    expression: str = ""
    url: str = ""
    owner: str = ""
    targets: tuple[str, ...] = ()
    components: tuple[Component, ...] = ()
    storage: Storage = Storage.ROWS
    served_by: tuple[Parameter, ...] = ()
    coded: bool = False
    points: bool = False
    apart: bool = False
    custom: bool = False

    def __hash__(self) -> int:
        return hash((self.type, self.code))  # trees with many parameters are keys of caches

    @property
    def name(self) -> str:
        """The name that is hashed into `param` and keys, e.g. "Observation.code"."""
        return (self.owner or self.type) + "." + self.code

    @property
    def id(self) -> int:
        """The number in the `param` column."""
        return param_id(self.name)

    @property
    def ends(self) -> tuple[int, int]:
        """The numbers under which quantities with a comparator keep their least and their greatest value."""
        return param_id(f"{self.name}.low"), param_id(f"{self.name}.high")

    def stored(self) -> tuple[Parameter, ...]:
        """The parameters whose stored values answer this one."""
        return self.served_by or (self,)
