"""What is always in view of a patient: who they are, and what must not be overlooked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from osler.clinic.chart.allergies import HIDDEN, Allergies, allergies_of
from osler.clinic.chart.asking import Asking
from osler.clinic.chart.persons import Person, person_of
from osler.clinic.chart.words import categorized, coded, display, said
from osler.fhir import r4
from osler.kit import clock
from osler.record.several import Reader
from osler.search.parse import parse

_STANDING = (r4.AllergyIntolerance, r4.Flag, r4.Coverage, r4.CareTeam)
_PREGNANCY = "82810-3"
_DUE = "11778-8"
_PREGNANT = frozenset({"77386006", "LA15173-0"})
_CODE_STATUS = "code-status"
_CONFIDENTIAL = "confidential-communications"
_HERE = frozenset({"arrived", "triaged", "in-progress", "onleave"})
VISITS = 8
"""The newest visits, of which one may be under way."""
_MOST = 300
_OVERDUE = 14
"""Days past the due date after which a pregnancy that nobody ended is not shown any more."""
_MARKS = str.maketrans({"\\": "\\\\", ",": "\\,", "|": "\\|", "$": "\\$"})


@dataclass(frozen=True, slots=True)
class Visit:
    """The visit that is under way: where, since when."""

    id: str
    status: str
    place: str
    since: str
    virtual: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Who pays first; `status` is the resource's."""

    text: str
    status: str


@dataclass(frozen=True, slots=True)
class Banner:
    """Everything a banner says. `alike` is how many other patients have the same names.

    `flags` is how much of the alerts and the code status the reader may see: "all", "some" or "none". That no code
    status is shown means that there is none only to who sees all.
    """

    id: str
    person: Person
    allergies: Allergies
    alerts: tuple[str, ...] = ()
    flags: Literal["all", "some", "none"] = "all"
    code_status: str = ""
    confidential: tuple[str, ...] = ()
    coverage: Coverage | None = None
    visits: tuple[r4.Encounter, ...] = ()
    teams: tuple[r4.CareTeam, ...] = ()
    pregnant: bool = False
    due: str = ""
    alike: int = 0

    @property
    def visit(self) -> Visit | None:
        """The one that is under way."""
        return next((visit_of(one) for one in self.visits if one.status in _HERE), None)


def read_banner(asking: Asking, patient: r4.Patient) -> Banner:
    """The banner of a patient; what the reader may not see is left out of it."""
    person = person_of(patient)
    found = asking.all_of(_STANDING, _MOST)
    flags = [one for one in found if isinstance(one, r4.Flag) and one.status == "active"]
    known = [one for one in found if isinstance(one, r4.AllergyIntolerance)]
    allergies = HIDDEN
    if asking.may_read("AllergyIntolerance"):
        allergies = allergies_of(known, partly=not asking.sees_all("AllergyIntolerance"))
    pregnant, due = _pregnancy(asking, patient)
    return Banner(
        id=patient.id or "",
        person=person,
        allergies=allergies,
        flags=_how_many(asking),
        alerts=tuple(_texts(flags, but=(_CODE_STATUS, _CONFIDENTIAL))),
        code_status=" / ".join(_texts(flags, only=_CODE_STATUS)),
        confidential=tuple(_texts(flags, only=_CONFIDENTIAL)),
        coverage=_coverage([one for one in found if isinstance(one, r4.Coverage)]),
        visits=tuple(asking.newest(r4.Encounter, VISITS)),
        teams=tuple(one for one in found if isinstance(one, r4.CareTeam)),
        pregnant=pregnant,
        due=due,
        alike=_alike(asking.reader, person),
    )


def _how_many(asking: Asking) -> Literal["all", "some", "none"]:
    if not asking.may_read("Flag"):
        return "none"
    return "all" if asking.sees_all("Flag") else "some"


def _texts(flags: Sequence[r4.Flag], *, only: str = "", but: Sequence[str] = ()) -> list[str]:
    """What the flags say: of one category, or of all but some."""
    found = [
        said(one.code)
        for one in flags
        if (categorized(one.category, only) if only else not categorized(one.category, *but))
    ]
    return list(dict.fromkeys(filter(None, found)))


def _coverage(found: Sequence[r4.Coverage]) -> Coverage | None:
    held = [one for one in found if one.status == "active"]
    first = min(held, key=lambda one: one.order or 99, default=None)
    if first is None:
        return None
    payor = next((display(one) for one in first.payor or []), "")
    plan = next((one.name or one.value for one in first.class_ or []), "")
    text = " ".join(dict.fromkeys(filter(None, (payor, plan)))) or said(first.type)
    return Coverage(text, str(first.status or ""))


def visit_of(one: r4.Encounter) -> Visit:
    """A visit under way, where it is and since when it is there."""
    places = [place for place in one.location or [] if place.status in {None, "active"}]
    here = places[-1] if places else None
    entered = here.period.start if here and here.period else None
    history = one.statusHistory or []
    begun = next((h.period.start for h in reversed(history) if h.status == one.status), None)
    start = one.period.start if one.period else None
    return Visit(
        id=one.id or "",
        status=str(one.status or ""),
        place=display(here.location) if here else "",
        since=str(entered or begun or start or ""),
        virtual=one.class_.code == "VR",
        reason=", ".join(filter(None, map(said, one.reasonCode or []))),
    )


def _pregnancy(asking: Asking, patient: r4.Patient) -> tuple[bool, str]:
    """Whether a pregnancy is recorded that can still be under way, and when the child is due."""
    if patient.gender == "male":
        return False, ""
    since = (clock.today() - timedelta(days=300)).isoformat()
    found = asking.newest(
        r4.Observation, 4, ("code", f"{_PREGNANCY},{_DUE}"), ("date", f"ge{since}")
    )
    status = next((one for one in found if coded(one.code, _PREGNANCY)), None)
    due = str(next((one.valueDateTime for one in found if coded(one.code, _DUE)), None) or "")
    if status is not None:
        pregnant = coded(status.valueCodeableConcept, *_PREGNANT)
    else:
        pregnant = due[:10] >= (clock.today() - timedelta(days=_OVERDUE)).isoformat()
    return pregnant, due if pregnant else ""


def _alike(reader: Reader, person: Person) -> int:
    """How many others bear the same names. A count: to show who they are would be an access to their charts."""
    given = person.given.split(" ")[0]
    if not person.family or not given:
        return 0
    pairs = [("family", person.family.translate(_MARKS)), ("given", given.translate(_MARKS))]
    return reader.others(parse("Patient", pairs, reader.registry))
