"""The numbers behind a chart, for whoever cannot or does not want to see the picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from osler.ui.charts.svg import join, tag


def numbers(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> SafeString:
    """A closed <details> with the table; the first cell of each row names it."""
    head = tag("tr", *(tag("th", text, scope="col") for text in heads))
    body = join(_row(cells) for cells in rows)
    table = tag(
        "table",
        tag("caption", caption, class_="vh"),
        tag("thead", head),
        tag("tbody", body),
        class_="tbl",
    )
    said = _("Table: %(title)s") % {"title": caption}
    region = tag("div", table, class_="scroll-x", role="region", tabindex="0", aria_label=said)
    return tag("details", tag("summary", _("Show as a table")), region, class_="chart-data")


def _row(cells: Sequence[str]) -> SafeString:
    first, *rest = cells
    return tag(
        "tr", tag("th", first, scope="row"), *(tag("td", text, class_="num") for text in rest)
    )
