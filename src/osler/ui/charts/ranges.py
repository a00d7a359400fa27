"""One value on a number line with the range it should be in."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from osler.ui.charts.axis import widened, written
from osler.ui.charts.svg import Box, drawing, tag


def range_bar(
    value: float, low: float | None, high: float | None, *, unit: str = "", label: str = ""
) -> SafeString:
    """The range as a band with its ends named, and the value as a mark; nothing without a range.

    An open end reaches to the edge. `label` is what is said of it; without one it is made.
    """
    ends = [end for end in (low, high) if end is not None]
    if not ends:
        return SafeString()
    box = Box(320, 34, across=widened(min([value, *ends]), max([value, *ends])), left=0, right=0)
    start = box.x(low) if low is not None else 0.0
    stop = box.x(high) if high is not None else box.width
    x = box.x(value)
    texts = [tag("text", written(end), x=box.x(end), y=31, text_anchor="middle") for end in ends]
    said = label or _said(value, low, high, unit)
    return drawing(
        said,
        "",
        box,
        tag("rect", class_="tr", x=0, y=8, width=box.width, height=8, rx=4),
        tag("rect", class_="g", x=start, y=8, width=stop - start, height=8, rx=4),
        tag("path", class_="m", d=f"M{x:.1f} 3l4 5v8l-4 5-4-5V8z"),
        *texts,
        class_="rng",
    )


def _said(value: float, low: float | None, high: float | None, unit: str) -> str:
    about = {
        "value": f"{written(value)} {unit}".strip(),
        "low": "" if low is None else written(low),
        "high": "" if high is None else written(high),
    }
    if low is None:
        return _("%(value)s; expected up to %(high)s") % about
    if high is None:
        return _("%(value)s; expected from %(low)s") % about
    return _("%(value)s; expected from %(low)s to %(high)s") % about
