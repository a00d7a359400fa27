"""Tables that the server sorts and whose columns the reader chooses; the choice is in the address, no names are.

    table = Table.of(request, "results", COLUMNS, default="-drawn")
    rows = sorted(rows, key=KEYS[table.by], reverse=table.descending)

`{% include "ui/parts/table_head.html" %}` writes the head, `{% if table.shows.drawn %}<td>…` a cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `always`: it cannot be left out; `offered`: it is shown only to who asks for it."""

    name: str
    label: str
    sorts: bool = True
    numeric: bool = False
    always: bool = False
    offered: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head as a template shows it; `url` sorts by it, the other way if it does already."""

    column: Column
    url: str
    order: str


@dataclass(frozen=True, slots=True)
class Table:
    """What the address says of a table: the columns that are shown, and the one it is sorted by."""

    name: str
    columns: tuple[Column, ...]
    chosen: frozenset[str]
    by: str
    descending: bool

    @classmethod
    def of(
        cls, request: HttpRequest, name: str, columns: tuple[Column, ...], *, default: str
    ) -> Table:
        """From the address; what it has of other tables or of nobody is passed over."""
        sortable = {one.name for one in columns if one.sorts}
        wanted = request.GET.get(f"{name}.sort", default)
        by = wanted if wanted.lstrip("-") in sortable else default
        asked = set(request.GET.getlist(f"{name}.show"))
        usual = {one.name for one in columns if not one.offered}
        kept = {one.name for one in columns if one.always or one.name in (asked or usual)}
        return cls(name, columns, frozenset(kept), by.lstrip("-"), by.startswith("-"))

    @property
    def shows(self) -> dict[str, bool]:
        """By column: whether it is shown."""
        return {one.name: one.name in self.chosen for one in self.columns}

    @property
    def heads(self) -> list[Head]:
        """The heads of the columns that are shown."""
        return [self._head(one) for one in self.columns if one.name in self.chosen]

    @property
    def sort(self) -> str:
        """As the address has it."""
        return f"-{self.by}" if self.descending else self.by

    def _head(self, column: Column) -> Head:
        if not column.sorts:
            return Head(column, "", "")
        mine = column.name == self.by
        then = f"-{column.name}" if mine and not self.descending else column.name
        order = ("descending" if self.descending else "ascending") if mine else "none"
        pairs = [(f"{self.name}.sort", then)]
        pairs += [(f"{self.name}.show", one.name) for one in self.columns if self._marked(one)]
        return Head(column, f"?{urlencode(pairs)}", order)

    def _marked(self, column: Column) -> bool:
        """Whether the address must name it, so that the choice of columns stays."""
        usual = {one.name for one in self.columns if not one.offered or one.always}
        return column.name in self.chosen and usual != self.chosen
