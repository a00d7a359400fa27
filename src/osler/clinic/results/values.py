"""One value of a report as a row: value, flag, range, and the value before it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal

from osler.clinic.chart.values import (
    CRITICAL,
    Range,
    Value,
    at_of,
    flag_of,
    instant_of,
    range_of,
    test_of,
    value_of,
)
from osler.clinic.chart.words import said
from osler.fhir import r4

GONE = frozenset({"entered-in-error", "cancelled"})
_RANK = {"HH": 0, "LL": 0, "AA": 0, "H": 1, "L": 1, "A": 1}
NORMAL = 2


@dataclass(frozen=True, slots=True)
class Before:
    """An earlier value of the same test."""

    value: Value
    at: str


@dataclass(frozen=True, slots=True)
class Row:
    """One value. `before` is the value before it, `numbers` all that are known, oldest first, this one last."""

    id: str
    test: str
    name: str
    value: Value
    flag: str
    range: Range
    at: str
    comment: str = ""
    status: str = "final"
    before: Before | None = None
    numbers: tuple[float, ...] = ()

    @property
    def rank(self) -> int:
        """0 critical, 1 abnormal, 2 in range or without a range."""
        return _RANK.get(self.flag, NORMAL)

    @property
    def critical(self) -> bool:
        """Whether it must not wait."""
        return self.flag in CRITICAL

    @property
    def band(self) -> tuple[float, float] | None:
        """The range as a chart's band; None where it is open on one side or in words."""
        if self.range.low is None or self.range.high is None:
            return None
        return float(self.range.low), float(self.range.high)

    @property
    def change(self) -> Decimal | None:
        """The difference from the value before it, where both are numbers of one unit."""
        then = self.before.value if self.before else None
        if then is None or then.number is None or self.value.number is None:
            return None
        if then.unit != self.value.unit or then.comparator or self.value.comparator:
            return None
        return self.value.number - then.number


def rows_of(
    found: Iterable[r4.Observation], history: dict[str, list[r4.Observation]]
) -> tuple[Row, ...]:
    """The values of one report; those with parts give a row for each part."""
    rows: list[Row] = []
    for one in found:
        if one.status in GONE:
            continue
        if one.component and not value_of(one):
            rows += _parts(one)
        else:
            rows.append(row_of(one, history.get(test_of(one), ())))
    return tuple(rows)


def row_of(one: r4.Observation, series: Sequence[r4.Observation] = ()) -> Row:
    """One observation with what is known of its test; `series` is newest first."""
    now = instant_of(at_of(one))
    earlier = [
        other
        for other in series
        if other.id != one.id and now is not None and _earlier(other, now.timestamp())
    ]
    values = [value_of(other) for other in (*reversed(earlier), one)]
    numbers = [each.number for each in values if each.unit == values[-1].unit]
    return Row(
        id=one.id or "",
        test=test_of(one),
        name=said(one.code),
        value=value_of(one),
        flag=flag_of(one.interpretation)
        or out_of_range(value_of(one), range_of(one.referenceRange)),
        range=range_of(one.referenceRange),
        at=at_of(one),
        comment="\n".join(note.text for note in one.note or [] if note.text),
        status=one.status or "",
        before=Before(value_of(earlier[0]), at_of(earlier[0])) if earlier else None,
        numbers=tuple(float(number) for number in numbers if number is not None),
    )


def day_of(text: str) -> date | None:
    """The day of a moment as searches by date count days; None where there is none."""
    instant = instant_of(text)
    return instant.astimezone(UTC).date() if instant else None


def _earlier(other: r4.Observation, than: float) -> bool:
    at = instant_of(at_of(other))
    return at is not None and at.timestamp() < than and other.status not in GONE


def _parts(one: r4.Observation) -> list[Row]:
    rows = []
    for part in one.component or []:
        value = value_of(part.valueQuantity)
        words = said(part.valueCodeableConcept) or part.valueString or ""
        bounds = range_of(part.referenceRange)
        rows.append(
            Row(
                id=one.id or "",
                test=said(part.code).casefold(),
                name=f"{said(one.code)}: {said(part.code)}",
                value=value or Value(text=words),
                flag=flag_of(part.interpretation) or out_of_range(value, bounds),
                range=bounds,
                at=at_of(one),
                status=one.status or "",
            )
        )
    return rows


def out_of_range(value: Value, bounds: Range) -> str:
    """H or L where the laboratory gave a range and no flag; the bounds themselves are normal.

    A value below a limit ("<5") is low only where the range begins at that limit or above; one above
    a limit (">90") is high only where the range ends there or below.
    """
    number = value.number
    if number is None:
        return ""
    low, high = bounds.low, bounds.high
    match value.comparator:
        case "<" | "<=":
            return "L" if low is not None and number <= low else ""
        case ">" | ">=":
            return "H" if high is not None and number >= high else ""
    if low is not None and number < low:
        return "L"
    return "H" if high is not None and number > high else ""
