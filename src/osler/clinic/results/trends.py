"""One test over time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from osler.clinic.chart.asking import Asking
from osler.clinic.chart.values import instant_of
from osler.clinic.chart.words import code_of, said
from osler.clinic.results.values import GONE, Row, row_of
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import NotFound
from osler.kit.words import N_

SPANS = {
    "1m": (N_("1 month"), 31),
    "6m": (N_("6 months"), 183),
    "1y": (N_("1 year"), 366),
    "5y": (N_("5 years"), 1827),
    "all": (N_("All"), 0),
}
"""The ranges of a trend: words and days."""
_MOST = 500


@dataclass(frozen=True, slots=True)
class Trend:
    """The values of one test, newest first; `all` is how many there are without regard to the span."""

    name: str
    unit: str
    rows: tuple[Row, ...]
    all: int
    span: str

    @property
    def points(self) -> list[tuple[datetime, Decimal, Row]]:
        """What can be drawn, oldest first: numbers in the unit of the newest."""
        return [
            (at, row.value.number, row)
            for row in reversed(self.rows)
            if row.value.number is not None
            and row.value.unit == self.unit
            and (at := instant_of(row.at)) is not None
        ]

    @property
    def other_units(self) -> int:
        """How many numbers are in another unit: they stand in the table and not in the drawing."""
        return sum(
            row.value.number is not None and row.value.unit != self.unit for row in self.rows
        )


def trend(asking: Asking, observation: str, *, span: str = "all") -> Trend:
    """How the test of one observation went. Raises NotFound where it is not this patient's."""
    one = decode(asking.reader.read("Observation", observation).content)
    of = one.subject.reference if isinstance(one, r4.Observation) and one.subject else ""
    if not isinstance(one, r4.Observation) or of != f"Patient/{asking.patient}":
        raise NotFound("There is no such result in this chart.")
    code = code_of(one.code, "http://loinc.org")
    alike = ("code", f"http://loinc.org|{code}")
    found = asking.newest(r4.Observation, _MOST, alike) if code else [one]
    held = [each for each in found if each.status not in GONE]
    rows = [replace(row_of(each), numbers=()) for each in held]
    days = SPANS.get(span, SPANS["all"])[1]
    since = clock.now() - timedelta(days=days) if days else None
    shown = [row for row in rows if since is None or ((at := instant_of(row.at)) and at >= since)]
    unit = next((row.value.unit for row in rows if row.value.number is not None), "")
    return Trend(said(one.code), unit, tuple(shown), len(rows), span if span in SPANS else "all")
