"""Birth dates as people type them: every date that a text could mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from osler.search.text import normal

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril",
            "may mayo", "jun june junio", "jul july julio", "aug august ago agosto",
            "sep sept september septiembre", "oct october octubre", "nov november noviembre",
            "dec december dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MARK = r"\s*[-/.\s]\s*"
_DAY = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"'?(?P<y>\d{4}|\d{2})"
_EDGE_BEFORE, _EDGE_AFTER = r"(?<![\w/.-])", r"(?![\w/]|[.-]\d)"
_SHAPES = tuple(
    re.compile(_EDGE_BEFORE + shape + _EDGE_AFTER, re.IGNORECASE)
    for shape in (
        rf"(?P<y>\d{{4}}){_MARK}(?P<m>\d{{1,2}}){_MARK}(?P<d>\d{{1,2}})",
        rf"(?P<a>\d{{1,2}}){_MARK}(?P<b>\d{{1,2}}){_MARK}{_YEAR}",
        rf"(?P<name>{_MONTH})\.?[\s.-]*{_DAY},?[\s.-]+{_YEAR}",
        rf"{_DAY}[\s.-]*(?:of\s+|de\s+)?(?P<name>{_MONTH})\.?,?[\s.-]*(?:of\s+|de\s+)?{_YEAR}",
        rf"(?P<y>\d{{4}})[\s.-]+(?P<name>{_MONTH})\.?[\s.-]+{_DAY}",
        rf"(?P<name>{_MONTH})\.?[\s,.-]+(?P<y>\d{{4}})",
        r"(?P<y>\d{4})[-/](?P<m>\d{1,2})",
        r"(?P<m>\d{1,2})/(?P<y>\d{4})",
        r"(?P<run>\d{8}|\d{6})",
        r"(?P<year>(?:19|20)\d{2})",
    )
)
_OLDEST = 130
_NAME = re.compile(r"[^\W\d_]{2}")


def split(text: str, today: date) -> tuple[str, tuple[str, ...], str]:
    """(the text without a date, the dates it may mean as FHIR writes them, the text of the date).

    The first shape that means a day until today counts; 3/4/68 means both March 4 and April 3.
    """
    for shape in _SHAPES:
        for match in shape.finditer(text):
            found = tuple(dict.fromkeys(_meanings(match, today)))
            rest = f"{text[: match.start()]} {text[match.end() :]}"
            # Four digits are a year beside a name; alone, or beside digits, they are of a number.
            if found and (match.groupdict().get("year") is None or _NAME.search(rest)):
                return " ".join(rest.split()), found, match.group()
    return text, (), ""


def meanings(text: str, today: date) -> tuple[str, ...]:
    """The dates that a whole text may mean; none where there is more than a date in it."""
    rest, found, _ = split(text.strip(), today)
    return found if not rest else ()


def _meanings(match: re.Match[str], today: date) -> Iterator[str]:
    part = match.groupdict()
    if year := part.get("year"):
        if today.year - _OLDEST <= int(year) <= today.year:
            yield year
        return
    if run := part.get("run"):
        yield from _of_run(run, today)
        return
    years = _years(part["y"], today)
    if part.get("a"):
        days = [(part["a"], part["b"]), (part["b"], part["a"])]
    else:
        month = part.get("m") or str(_MONTHS[normal(part["name"])])
        days = [(month, part.get("d") or "")]
    for year in years:
        for month, day in days:
            yield from _valid(year, int(month), int(day) if day else None, today)


def _of_run(run: str, today: date) -> Iterator[str]:
    """Digits without marks: year first, or last."""
    if len(run) == 8:
        orders = [(run[:4], run[4:6], run[6:]), (run[4:], run[:2], run[2:4])]
        orders.append((run[4:], run[2:4], run[:2]))
    else:
        orders = [(run[4:], run[:2], run[2:4]), (run[4:], run[2:4], run[:2])]
        orders.append((run[:2], run[2:4], run[4:]))
    for year_text, month, day in orders:
        for year in _years(year_text, today):
            yield from _valid(year, int(month), int(day), today)


def _years(text: str, today: date) -> list[int]:
    """Of two digits both centuries that a living person may be born in."""
    if len(text) == 4:
        return [int(text)]
    century = today.year - today.year % 100
    return [year for base in (century, century - 100) if (year := base + int(text)) <= today.year]


def _valid(year: int, month: int, day: int | None, today: date) -> Iterator[str]:
    if not today.year - _OLDEST <= year <= today.year or not 1 <= month <= 12:
        return
    if day is None:
        yield f"{year:04}-{month:02}"
        return
    try:
        found = date(year, month, day)
    except ValueError:
        return
    if found <= today:
        yield found.isoformat()
