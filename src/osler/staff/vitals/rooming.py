"""What the entry form needs to know: whose vitals, in which units, what they were before, which visits there are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.urls import reverse

from osler.clinic.vitals import LatestVitals, Person, Units, latest, person
from osler.clinic.vitals.parsing import Measure
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import NotAllowed
from osler.search.parse import parse
from osler.staff.chart.frame import ChartAsked, Frame, units_of
from osler.staff.chart.words import ago
from osler.ui import formats

_VISITS = 6
_HERE = frozenset({"arrived", "triaged", "in-progress"})
_HEIGHT_KEPT_YEARS = 20
_CHILD_HEIGHT = timedelta(days=183)


@dataclass(frozen=True, slots=True)
class Rooming:
    """The circumstances of one entry; `visits` are (id, words), `visit` the one under way.

    `check` is where a field's value is posted for a look at it, `sure` the questions answered already.
    """

    who: Person
    units: Units
    last: LatestVitals
    visits: tuple[tuple[str, str], ...]
    visit: str
    now: datetime
    staff: str
    staff_name: str
    check: str = ""
    sure: frozenset[str] = frozenset()

    @property
    def age(self) -> Decimal:
        """In years; an adult's where the birth date is not known."""
        found = self.who.age(self.now)
        return Decimal(40) if found is None else found

    @property
    def asks_about_pregnancy(self) -> bool:
        """Whether last period and pregnancy are asked for."""
        return self.who.sex != "male" and 10 <= self.age < 56

    def before(self, key: str) -> str:
        """The previous value of a sign and its age: "142/88 mmHg, 3 months ago"."""
        found = self.last.get(key)
        if found is None:
            return ""
        return f"{found.shown(self.units)}, {ago(found.at)}"

    def earlier_height(self) -> tuple[Measure, str] | None:
        """A height that holds today: any of an adult's since they were grown, a child's of this day."""
        found = self.last.get("height")
        if found is None or found.measure is None:
            return None
        then = self.who.age(found.at)
        grown = then is not None and then >= _HEIGHT_KEPT_YEARS
        same = formats.as_date(found.at) == formats.as_date(self.now)
        return (found.measure, f"Observation/{found.id}") if grown or same else None

    def child_height(self) -> Measure | None:
        """A child's height that their pressures can be looked up by: of the last six months."""
        found = self.last.get("height")
        if found is None or found.measure is None or self.age >= _HEIGHT_KEPT_YEARS:
            return None
        return found.measure if self.now - found.at < _CHILD_HEIGHT else None


def rooming(request: ChartAsked, frame: Frame) -> Rooming:
    """Two searches, whatever the history."""
    who = person(frame.patient)
    visits = _visits(request, frame)
    here = next((id for id, _words, status in visits if status in _HERE), "")
    return Rooming(
        who,
        units_of(request),
        latest(frame.record, request.principal, frame.id, who),
        tuple((id, words) for id, words, _status in visits),
        here,
        clock.now(),
        request.principal.person or "",
        request.principal.name,
        reverse("vital-check", args=[frame.id]),
        frozenset(request.POST.getlist("sure")),
    )


def require(frame: Frame) -> None:
    """An empty page would say that nothing was measured. Raises NotAllowed for who may not see what was."""
    if not frame.may_read("Observation"):
        raise NotAllowed("Your role does not see measurements.")


def _visits(request: ChartAsked, frame: Frame) -> list[tuple[str, str, str]]:
    if not frame.may_read("Encounter"):
        return []
    pairs = [("patient", f"Patient/{frame.id}"), ("_sort", "-date"), ("_count", str(_VISITS))]
    page = frame.record.search(request.principal, parse("Encounter", pairs, frame.record.registry))
    found: list[tuple[str, str, str]] = []
    for one in (decode(match.content) for match in page.matches):
        if isinstance(one, r4.Encounter) and one.id:
            began = formats.moment(one.period.start) if one.period and one.period.start else ""
            reasons = (reason.text for reason in one.reasonCode or [] if reason.text)
            words = " · ".join(filter(None, [began, next(reasons, "")])) or one.id
            found.append((one.id, words, one.status or ""))
    return found
