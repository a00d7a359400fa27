"""The flowsheet: signs down, times across with the newest first; and what home pressures come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from osler.access import Principal
from osler.clinic.vitals.latest import newest
from osler.clinic.vitals.parsing import Pressure
from osler.clinic.vitals.ranges import Flag
from osler.clinic.vitals.reading import Person, Reading, flag_of
from osler.clinic.vitals.signs import SIGNS, Sign
from osler.record import Record

_MOST = 240
COLUMNS = 12
_HOME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Column:
    """What was measured at one time, in one place: at home, or by the practice."""

    at: datetime
    home: bool
    by: str
    encounter: str
    cells: dict[str, tuple[Reading, ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One sign with its readings, one cell a column; a cell has none, one, or repeated readings."""

    sign: Sign
    cells: tuple[tuple[Reading, ...], ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page of the flowsheet; `older` is the time before which the next page begins."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    older: datetime | None
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class HomeAverage:
    """The mean of the home pressures of the thirty days before the newest of them."""

    pressure: Pressure
    readings: int
    since: datetime
    until: datetime
    flag: Flag


def sheet(
    record: Record,
    principal: Principal,
    patient: str,
    who: Person,
    before: datetime | None = None,
) -> Sheet:
    """The newest columns, or those before a time. One search."""
    more = [("date", f"lt{before.isoformat()}")] if before else []
    found = newest(record, principal, patient, who, _MOST, *more)
    columns = _columns(found)
    # The last column of a full page may go on in the next one: leave it to that.
    cut = len(found) == _MOST and len(columns) > 1
    whole = columns[:-1] if cut else columns
    shown = whole[:COLUMNS]
    older = shown[-1].at if shown and (len(whole) > COLUMNS or cut) else None
    return Sheet(tuple(shown), tuple(_rows(shown)), older, tuple(found))


def home_average(readings: Sequence[Reading], who: Person) -> HomeAverage | None:
    """What the newest thirty days of home pressures come to; None without two of them."""
    home = [one for one in readings if one.home and one.pressure is not None]
    if len(home) < 2:
        return None
    last = max(one.at for one in home)
    recent = [one for one in home if one.at >= last - _HOME]
    if len(recent) < 2:
        return None
    pressed = [one.pressure for one in recent if one.pressure is not None]
    mean = Pressure(
        _mean([one.systolic for one in pressed]), _mean([one.diastolic for one in pressed])
    )
    since = min(one.at for one in recent)
    return HomeAverage(mean, len(recent), since, last, flag_of("bp", None, mean, who, last))


def _mean(values: Sequence[Decimal]) -> Decimal:
    return Decimal(round(sum(values, Decimal(0)) / len(values)))


def _columns(readings: Sequence[Reading]) -> list[Column]:
    """Readings of the same minute and place belong together."""
    found: dict[tuple[datetime, bool, str], dict[str, list[Reading]]] = {}
    for one in readings:
        key = (one.at.replace(second=0, microsecond=0), one.home, one.encounter)
        found.setdefault(key, {}).setdefault(one.sign.key, []).append(one)
    made = []
    for (_, home, encounter), cells in found.items():
        all_ = [one for some in cells.values() for one in some]
        by = next((one.by for one in all_ if one.by), "")
        oldest = min(one.at for one in all_)
        kept = {key: tuple(some) for key, some in cells.items()}
        made.append(Column(oldest, home, by, encounter, kept))
    return sorted(made, key=lambda one: one.at, reverse=True)


def _rows(columns: Sequence[Column]) -> list[Row]:
    """The signs that these columns have, and the usual five even where they have none."""
    usual = {"bp", "hr", "temp", "spo2", "weight"}
    return [
        Row(sign, tuple(one.cells.get(key, ()) for one in columns))
        for key, sign in SIGNS.items()
        if key in usual or any(key in one.cells for one in columns)
    ]
