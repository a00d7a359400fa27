"""Tables: what an address says of their order and columns, and what it cannot."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from osler.ui.tables import Column, Table

COLUMNS = (
    Column("test", "Test", always=True),
    Column("drawn", "Drawn"),
    Column("spark", "Trend", sorts=False),
    Column("unit", "Unit", offered=True),
)


class _Given(dict[str, Any]):
    def getlist(self, name: str) -> list[str]:
        value = self.get(name, [])
        return value if isinstance(value, list) else [value]


def _table(**given: Any) -> Table:
    pairs = _Given({name.replace("_", "."): value for name, value in given.items()})
    return Table.of(SimpleNamespace(GET=pairs), "t", COLUMNS, default="-drawn")  # type: ignore[arg-type]


def test_the_default_is_newest_first_and_a_click_turns_it_round() -> None:
    table = _table()
    assert (table.by, table.descending, table.sort) == ("drawn", True, "-drawn")
    heads = {one.column.name: one for one in table.heads}
    assert heads["drawn"].order == "descending"
    assert heads["drawn"].url == "?t.sort=drawn"
    assert heads["test"].order == "none"
    assert (heads["spark"].url, heads["spark"].order) == ("", "")
    assert "unit" not in heads


def test_an_order_that_nobody_offers_is_passed_over() -> None:
    for wanted in ("spark", "secret", "--drawn'", ""):
        assert _table(t_sort=wanted).by == "drawn"


def test_chosen_columns_stay_while_one_sorts() -> None:
    table = _table(t_show=["unit"], t_sort="test")
    assert table.shows == {"test": True, "drawn": False, "spark": False, "unit": True}
    assert table.heads[0].url == "?t.sort=-test&t.show=test&t.show=unit"
