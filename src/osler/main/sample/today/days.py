"""The days around now, each built by itself: so a later day adds to what is there and finishes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.main.sample.accounts import members
from osler.main.sample.cast import PATIENTS
from osler.main.sample.chart import Chart
from osler.main.sample.make import moment
from osler.main.sample.practice import Practice
from osler.main.sample.today import results, visits
from osler.main.sample.today.desk import ERRANDS, LETTERS, Errand, Letter
from osler.main.sample.today.slots import RESIDENT, SEEING, Slot, panel, slots
from osler.main.sample.today.tasks import message, task

_BEFORE, _AHEAD = 6, 8
_MOST = 45  # days that are made up for after a long pause


@dataclass(frozen=True, slots=True)
class _Day:
    """One day: `opened` when somebody looked in first, None if nobody did."""

    day: date
    opened: datetime | None
    now: datetime
    practice: Practice
    patients: Sequence[r4.Patient]
    seed: int

    @property
    def current(self) -> bool:
        """Whether it is today."""
        return self.day == self.now.date()

    def chart(self, number: int, *key: str) -> Chart:
        """An empty chart of this patient for this day."""
        parts = (self.day.isoformat(), *key)
        random = Random("/".join((str(self.seed), str(number), *parts)))  # noqa: S311
        person, patient = PATIENTS[number], self.patients[number]
        return Chart(number, person, self.day, self.practice, patient, random, key=parts)


def around(
    now: datetime,
    opened: Mapping[date, datetime],
    practice: Practice,
    patients: Sequence[r4.Patient],
    *,
    seed: int = 1,
) -> Iterator[Resource]:
    """Every resource of the days before, of today and of the days to come, as they are at `now`."""
    today = now.date()
    first = min([today - timedelta(days=_BEFORE), *opened])
    first = max(first, today - timedelta(days=_MOST))
    recent = {today, _day_before(today)}
    for offset in range((today - first).days + _AHEAD):
        day = first + timedelta(days=offset)
        one = _Day(day, opened.get(day), now, practice, patients, seed)
        yield from _visits(one, recent=day in recent)
        if one.opened is not None:
            yield from _results(one, one.opened)
            yield from _desk(one, one.opened)


def _day_before(today: date) -> date:
    """The working day before."""
    return today - timedelta(days={0: 3, 6: 2}.get(today.weekday(), 1))


def _visits(one: _Day, *, recent: bool) -> Iterator[Resource]:
    for slot in slots(one.practice, one.day, one.opened, one.now):
        yield from _visit(one, slot, recent=recent)


def _visit(one: _Day, slot: Slot, *, recent: bool) -> Iterator[Resource]:
    patient = one.patients[slot.patient]
    born = date.fromisoformat(patient.birthDate or "")
    scene = visits.Scene(one.practice, PATIENTS[slot.patient], patient, born, one.now, recent)
    yield from visits.visit(slot, scene, one.chart(slot.patient, "visit"))


def _results(one: _Day, opened: datetime) -> Iterator[Resource]:
    for clinician in SEEING:
        people = panel(one.practice, clinician)
        taken: set[int] = set()
        for index, arrival in enumerate(results.ARRIVALS[clinician]):
            number = _choose(people, arrival.stories, one.day.toordinal() + index, taken)
            taken.add(number)
            chart = one.chart(number, "result", str(index))
            who = one.practice.staff[clinician]
            results.arrive(chart, arrival, who, opened, open_=one.current or index % 3 == 0)
            yield from chart.resources


def _choose(people: Sequence[int], stories: Sequence[str], turn: int, taken: set[int]) -> int:
    """Who has the first of the stories that anybody has, in turn, and nobody twice in a day."""
    free = [number for number in people if number not in taken]
    for story in stories:
        fit = [number for number in free if story in PATIENTS[number].stories]
        if fit:
            return fit[turn % len(fit)]
    return free[turn % len(free)]


def _desk(one: _Day, opened: datetime) -> Iterator[Resource]:
    known = {member.username: member for member in members()}
    refer = {
        name: r4.Reference(reference=member.person, display=member.name)
        for name, member in known.items()
    }
    for name, errands in ERRANDS.items():
        for index, errand in enumerate(errands):
            yield _errand(one, opened, name, index, errand, refer)
    for name, letters in LETTERS.items():
        for index, letter in enumerate(letters):
            yield _letter(one, opened, name, index, letter, refer)


def _errand(
    one: _Day,
    opened: datetime,
    name: str,
    index: int,
    errand: Errand,
    refer: Mapping[str, r4.Reference],
) -> r4.Task:
    made = opened + timedelta(hours=errand.made)
    done = not one.current and index % 3 != 0
    result = task(
        ("errand", one.day, name, index),
        errand.code,
        errand.text,
        patient=_about(one, name, index) if errand.about_patient else None,
        owner=refer[name],
        requester=refer["becker" if name != "becker" else "dubois"],
        at=made,
        due=opened + timedelta(hours=errand.due),
        priority=errand.priority,
    )
    if done:
        result.status = "completed"
        result.lastModified = moment(opened + timedelta(hours=4))
    return result


def _letter(
    one: _Day,
    opened: datetime,
    name: str,
    index: int,
    letter: Letter,
    refer: Mapping[str, r4.Reference],
) -> r4.Communication:
    sent = opened - timedelta(minutes=letter.minutes)
    seen = letter.read or not one.current
    return message(
        (one.day, name, index),
        letter.topic,
        letter.text,
        patient=_about(one, name, index) if letter.about_patient else None,
        sender=refer[letter.sender],
        recipient=refer[name],
        at=sent,
        read=sent + timedelta(minutes=9) if seen else None,
    )


def _about(one: _Day, name: str, index: int) -> r4.Reference:
    """A patient of this person's; of anybody's where they treat nobody themselves."""
    clinician = _clinician(name)
    people = (
        panel(one.practice, clinician)
        if clinician is not None
        else [n for n, person in enumerate(PATIENTS) if "deceased" not in person.marks]
    )
    number = people[(one.day.toordinal() + 3 * index + len(name)) % len(people)]
    patient = one.patients[number]
    return r4.Reference(reference=f"Patient/{patient.id}", display=PATIENTS[number].name)


def _clinician(name: str) -> int | None:
    numbers = {member.username: i for i, member in enumerate(members())}
    number = numbers.get(name)
    return number if number in (*SEEING, RESIDENT) else None
