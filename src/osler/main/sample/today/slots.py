"""When whom is seen: the timetable of each clinician for a day that is lived, past or to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from osler.main.sample.cast import PATIENTS
from osler.main.sample.practice import Practice
from osler.main.sample.roster import STAFF

Kind = Literal["visit", "no-show", "cancelled", "walk-in"]
RESIDENT = next(i for i, one in enumerate(STAFF) if one.resident)
TEACHER = 0
SEEING = tuple(i for i, one in enumerate(STAFF) if one.suffix != "RN")

# Minutes from the moment the day was opened, how long, and what comes of it.
_LIVED: tuple[tuple[int, int, Kind], ...] = (
    (-200, 30, "visit"),
    (-160, 20, "visit"),
    (-120, 20, "visit"),
    (-90, 20, "no-show"),
    (-60, 30, "visit"),
    (-20, 30, "visit"),
    (10, 20, "visit"),
    (40, 20, "visit"),
    (80, 40, "visit"),
    (140, 20, "visit"),
    (180, 30, "visit"),
)
_SOME = {  # which of these each clinician has; the resident sees fewer
    0: (0, 1, 2, 4, 5, 6, 8, 9),
    1: (0, 1, 3, 4, 5, 6, 7, 9),
    2: (0, 1, 2, 4, 5, 6, 8, 10),
    3: (0, 2, 3, 4, 5, 6, 9, 10),
    5: (1, 4, 5, 8),
}
_OTHER_DAYS = ((8, 40), (9, 20), (10, 0), (13, 20), (14, 40))
_OTHER_COUNT = 3
_WALK_IN = {3: 4}  # clinician -> the slot that came without an appointment
_CANCELLED = {2: 8}
_STEP = 10


@dataclass(frozen=True, slots=True)
class Slot:
    """One appointment of one clinician with one patient (their numbers)."""

    clinician: int
    index: int
    patient: int
    start: datetime
    minutes: int
    kind: Kind

    @property
    def end(self) -> datetime:
        """When it should be over."""
        return self.start + timedelta(minutes=self.minutes)


def slots(practice: Practice, day: date, opened: datetime | None, zone: datetime) -> Iterator[Slot]:
    """The day's timetable; around `opened`, the moment at which somebody looked in first, if it was lived.

    `zone` is any moment with the practice's time zone.
    """
    for clinician in SEEING:
        people = panel(practice, clinician)
        first = day.toordinal() * len(_SOME[clinician])
        times = _lived(opened, clinician) if opened else _planned(day, clinician, zone)
        for index, start, minutes, kind in times:
            if start.date() == day and (start + timedelta(minutes=minutes)).date() == day:
                patient = people[(first + index) % len(people)]
                yield Slot(clinician, index, patient, start, minutes, kind)


def _lived(opened: datetime, clinician: int) -> Iterator[tuple[int, datetime, int, Kind]]:
    base = opened.replace(minute=opened.minute // _STEP * _STEP, second=0, microsecond=0)
    for index, which in enumerate(_SOME[clinician]):
        offset, minutes, kind = _LIVED[which]
        if _WALK_IN.get(clinician) == which:
            kind = "walk-in"
        if _CANCELLED.get(clinician) == which:
            kind = "cancelled"
        yield index, base + timedelta(minutes=offset), minutes, kind


def _planned(
    day: date, clinician: int, zone: datetime
) -> Iterator[tuple[int, datetime, int, Kind]]:
    if day.weekday() > 4:
        return
    for index in range(_OTHER_COUNT):
        hour, minute = _OTHER_DAYS[(index + clinician) % len(_OTHER_DAYS)]
        yield index, datetime.combine(day, time(hour, minute), zone.tzinfo), 20, "visit"


def panel(practice: Practice, clinician: int) -> list[int]:
    """The patients whom this clinician sees; the resident shares those of the teacher."""
    owner = TEACHER if clinician == RESIDENT else clinician
    id = practice.staff[owner].id
    numbers = [
        number
        for number, person in enumerate(PATIENTS)
        if "deceased" not in person.marks
        and practice.doctor(number, child=person.age < 18).id == id
    ]
    if owner != TEACHER:
        return numbers
    shared = numbers[1::3]
    return shared if clinician == RESIDENT else [n for n in numbers if n not in shared]
