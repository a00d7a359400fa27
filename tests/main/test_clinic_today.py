"""The sample practice on any day: nobody is in two places, everything fits, every story is told."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import TypeVar

import pytest

from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import encode
from osler.fhir.validate import validate
from osler.main.sample import generate, practice
from osler.main.sample.accounts import members
from osler.main.sample.cast import PATIENTS
from osler.main.sample.make import ZONE, identity
from osler.main.sample.roster import STAFF
from osler.record import documents, parameters
from osler.staff.people.tours import PEOPLE, TOURS

T = TypeVar("T")
NOW = datetime(2026, 11, 23, 11, 5, tzinfo=ZONE)
MOMENTS = (
    NOW,
    datetime(2028, 2, 29, 14, 55, tzinfo=ZONE),
    datetime(2026, 11, 22, 9, 1, tzinfo=ZONE),  # a Sunday
    datetime(2026, 12, 31, 16, 40, tzinfo=ZONE),
    datetime(2027, 1, 1, 0, 12, tzinfo=ZONE),
    datetime(2026, 7, 4, 23, 48, tzinfo=ZONE),
)
_PLAUSIBLE = {
    "8867-4": (45, 200),
    "9279-1": (8, 60),
    "8310-5": (35, 41),
    "59408-5": (85, 100),
    "8302-2": (45, 205),
    "29463-7": (2.3, 160),
    "39156-5": (10, 48),
    "8480-6": (70, 200),
    "8462-4": (38, 120),
}


@cache
def _made(now: datetime) -> tuple[Resource, ...]:
    return tuple(generate(now))


def _of(kind: type[T], now: datetime = NOW) -> list[T]:
    return [made for made in _made(now) if isinstance(made, kind)]


def _today(now: datetime) -> list[r4.Appointment]:
    day = now.date().isoformat()
    return [one for one in _of(r4.Appointment, now) if (one.start or "").startswith(day)]


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_everything_is_valid_and_leads_somewhere_on_any_day(now: datetime) -> None:
    there = Counter(f"{one.resourceType}/{one.id}" for one in _made(now))
    assert max(there.values()) == 1
    for made in _made(now):
        issues = [*validate(made), *parameters.findings(made), *documents.findings(made)]
        assert issues == [], f"{made.resourceType}/{made.id}"
        text = encode(made).decode()
        for found in re.findall(r'"(?:reference|url)":"([A-Z][A-Za-z]+/[^"]+)"', text):
            assert found in there, f"{made.resourceType}/{made.id} refers to {found}"
        for found in re.findall(r'href=\\"([A-Z][A-Za-z]+/[^/]+)/_history/1', text):
            assert found in there, f"{made.resourceType}/{made.id} links to {found}"


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_nobody_and_no_room_is_booked_twice(now: datetime) -> None:
    held: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for one in _of(r4.Appointment, now):
        if one.status in ("cancelled", "noshow"):
            continue
        for part in one.participant:
            assert part.actor
            held[part.actor.reference or ""].append((one.start or "", one.end or ""))
    for whose, times in held.items():
        times.sort()
        for (_, end), (start, _) in pairwise(times):
            assert end <= start, f"{whose} is booked twice at {start}"


@pytest.mark.parametrize("now", MOMENTS, ids=str)
def test_nothing_but_appointments_and_deadlines_lies_ahead(now: datetime) -> None:
    for made in _made(now):
        for at in _times(made):
            assert datetime.fromisoformat(at) <= now, f"{made.resourceType}/{made.id}: {at}"


def _times(made: Resource) -> Iterator[str]:
    match made:
        case r4.Observation(effectiveDateTime=str(at)) if len(at) > 10:
            yield at
            yield made.issued or at
        case r4.Encounter(period=r4.Period(start=str(start))):
            yield start
            yield (made.period.end if made.period else None) or start
        case r4.Composition(date=str(at)):
            yield at
        case r4.Task(authoredOn=str(at)):
            yield at
            yield made.lastModified or at
        case r4.Communication(sent=str(at)):
            yield at


@pytest.mark.parametrize("now", MOMENTS[:4], ids=str)
def test_today_is_full(now: datetime) -> None:
    seen = Counter(one.status for one in _today(now))
    assert {"fulfilled", "checked-in", "arrived", "booked", "noshow", "cancelled"} <= set(seen)
    assert any(
        (one.appointmentType and one.appointmentType.text) == "Walk-in" for one in _today(now)
    )
    for clinician, person in zip(practice.build().staff, STAFF, strict=True):
        if person.suffix == "RN":
            continue
        own = f"Practitioner/{clinician.id}"
        mine = [one for one in _today(now) if own in _actors(one)]
        assert len(mine) >= 4
        assert any(one.status == "checked-in" for one in mine)


def _actors(one: r4.Appointment) -> set[str]:
    return {part.actor.reference or "" for part in one.participant if part.actor}


def test_who_is_in_a_room_is_there_since_a_moment_ago() -> None:
    here = [one for one in _of(r4.Encounter) if one.status == "in-progress"]
    assert len(here) == 5
    rooms = set()
    for one in here:
        assert one.location and one.appointment
        place = one.location[-1]
        assert place.status == "active" and place.period
        since = datetime.fromisoformat(place.period.start or "")
        assert timedelta() <= NOW - since < timedelta(minutes=45)
        rooms.add(place.location.reference)
    assert len(rooms) == len(here)


def test_every_desk_has_work_on_it() -> None:
    tasks = [one for one in _of(r4.Task) if one.status == "requested"]
    kinds = Counter(one.code.coding[0].code for one in tasks if one.code and one.code.coding)
    wanted = {"review-result", "cosign-note", "call-back", "refill", "to-do", "follow-up"}
    assert wanted | {"waitlist", "document-to-sign"} <= set(kinds)
    due = [
        one.restriction.period.end for one in tasks if one.restriction and one.restriction.period
    ]
    assert any(datetime.fromisoformat(end or "") < NOW for end in due), "nothing is overdue"
    unread = [one for one in _of(r4.Communication) if one.received is None]
    owners = {one.owner.reference for one in tasks if one.owner}
    readers = {to.reference for one in unread for to in one.recipient or ()}
    for member in members():
        if member.role in ("physician", "nurse", "front-desk", "medical-assistant"):
            assert member.person in owners, member
            assert member.person in readers, member


def test_results_wait_for_each_clinician_and_one_is_critical() -> None:
    reports = {f"DiagnosticReport/{one.id}": one for one in _of(r4.DiagnosticReport)}
    flags = {f"Observation/{one.id}": _flag(one) for one in _of(r4.Observation)}
    found: dict[str, set[str]] = defaultdict(set)
    for one in _of(r4.Task):
        if one.status == "requested" and one.focus and one.focus.reference in reports:
            results = reports[one.focus.reference].result or ()
            assert one.owner
            found[one.owner.reference or ""] |= {flags[r.reference or ""] for r in results}
    assert len(found) == 5
    assert "HH" in set().union(*found.values())
    assert all(each for each in found.values())


def _flag(one: r4.Observation) -> str:
    coding = (one.interpretation[0].coding or []) if one.interpretation else []
    return (coding[0].code or "") if coding else ""


def test_notes_are_signed_but_for_a_few() -> None:
    notes = _of(r4.Composition)
    for one in notes:
        assert bool(one.attester) == (one.status == "final")
        assert [part.title for part in one.section or ()] == [
            "Subjective",
            "Objective",
            "Assessment",
            "Plan",
        ]
    unsigned = [one for one in notes if one.status == "preliminary"]
    assert {(one.date or "")[:10] for one in unsigned} >= {"2026-11-23", "2026-11-20"}
    assert any('class="fact"' in _text(one) for one in notes)


def _text(one: r4.Composition) -> str:
    return "".join((part.text.div or "") for part in one.section or () if part.text)


def test_what_was_measured_is_plausible() -> None:
    for one in _of(r4.Observation):
        for part in (one, *(one.component or ())):
            code = part.code.coding[0].code if part.code.coding else None
            if code in _PLAUSIBLE and part.valueQuantity:
                low, high = _PLAUSIBLE[code]
                value = part.valueQuantity.value or Decimal(0)
                assert low <= value <= high, (one.subject, code, value)


def test_the_same_moment_makes_the_same_clinic() -> None:
    assert [encode(one) for one in generate(NOW)] == [encode(one) for one in _made(NOW)]


def test_every_story_is_there() -> None:
    assert len(_active("Eleanor Whitcombe")) == 14
    assert len(_results("Frank Delgado")) > 500
    assert len([one for one in _results("Helen Brandt") if _named(one, "INR")]) >= 15
    filtration = [
        v for one in _results("María Núñez") if _named(one, "eGFR") for v in [_value(one)]
    ]
    assert filtration[-1] < filtration[0] and filtration[-1] < 60
    died = [one for one in _of(r4.Patient) if one.deceasedDateTime]
    assert [one.name[0].family for one in died if one.name] == ["Jensen"]
    vip = [one for one in _of(r4.Patient) if one.meta and one.meta.security]
    assert [one.name[0].family for one in vip if one.name] == ["Ashdown"]
    flags = {one.code.text for one in _of(r4.Flag)}
    assert any("DNR" in (text or "") for text in flags)
    assert [one.provision.type for one in _of(r4.Consent) if one.provision] == ["deny"]
    kinds = Counter(one.contentType for one in _of(r4.Binary))
    assert kinds["application/pdf"] >= 6 and kinds["image/png"] >= 1


def _subject(one: r4.Observation | r4.MedicationRequest) -> str | None:
    return one.subject.display if one.subject else None


def _active(name: str) -> list[r4.MedicationRequest]:
    found: Iterable[r4.MedicationRequest] = _of(r4.MedicationRequest)
    return [one for one in found if _subject(one) == name and one.status == "active"]


def _results(name: str) -> list[r4.Observation]:
    return [one for one in _of(r4.Observation) if _subject(one) == name and one.referenceRange]


def _named(one: r4.Observation, name: str) -> bool:
    return one.code.text == name


def _value(one: r4.Observation) -> Decimal:
    assert one.valueQuantity and one.valueQuantity.value is not None
    return one.valueQuantity.value


def test_not_asked_is_not_the_same_as_none() -> None:
    known = {one.patient.display for one in _of(r4.AllergyIntolerance)}
    assert "Lena Fischer" not in known
    codes = [
        one.code.coding[0].code
        for one in _of(r4.AllergyIntolerance)
        if one.code and one.code.coding
    ]
    assert "716186003" in codes


def test_the_tours_know_the_people_of_the_demo() -> None:
    ids = {identity("patient", number): one for number, one in enumerate(PATIENTS)}
    for given, id in PEOPLE.items():
        assert ids[id].given[0] == given
    assert set(TOURS) == {one.username for one in members()} | {"jose", "denise"}
    for tour in TOURS.values():
        assert tour.steps and all(step.url.startswith("/") for step in tour.steps)
