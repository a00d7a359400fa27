"""The breach case file: what happened, whom it touches, how grave it is, who must be told by when.

45 CFR 164.400-414 (four factors, 60 days, 500 people); GDPR Art. 33, 34 (72 hours).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from osler.access import Principal
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import CLOCKS, OFFICER, Kind, code_of, concept
from osler.fhir import r4
from osler.kit.errors import Conflict, Invalid
from osler.kit.words import N_
from osler.record import Create, Record

FACTORS = {
    "nature": N_("What kind of data, and how easily a person is recognized by it"),
    "recipient": N_("Who used it or received it without authority"),
    "acquired": N_("Whether it was really acquired or seen"),
    "mitigated": N_("How far the risk has been mitigated"),
}
MANY = 500
"""People from whom on the authority and the media are told at once (164.406, 164.408)."""
_PATIENTS_AT_ONCE = 2000
Risk = Literal["low", "breach"]


@dataclass(frozen=True, slots=True)
class Duty:
    """One notification that must go out, and by which day."""

    whom: str
    due: date
    source: str


def discover(
    record: Record, principal: Principal, text: str, *, discovered: date, law: str = "us"
) -> str:
    """Open a case file; the clock runs from the day of discovery. The Task's logical id."""
    task = desk.new_task(
        Kind.BREACH,
        principal,
        text,
        patient=None,
        received=discovered,
        clock_of=CLOCKS[law][Kind.BREACH],
    )
    task.status = "in-progress"
    return desk.create(record, principal, task)


def affected(record: Record, principal: Principal, id: str, patients: Sequence[str]) -> int:
    """Note whose data it touches (logical ids, as an audit report has them); how many there are now."""
    found = desk.open_case(record, principal, id, Kind.BREACH)
    known = set(affected_patients(found))
    new = sorted(set(patients) - known)
    if len(known) + len(new) > _PATIENTS_AT_ONCE:
        raise Invalid(f"More than {_PATIENTS_AT_ONCE} people: keep them in several case files.")
    for patient in new:
        item = r4.TaskInput(
            type=concept("affected"), valueReference=r4.Reference(reference=f"Patient/{patient}")
        )
        found.task.input = [*(found.task.input or []), item]
    desk.log(found.task, principal, f"{len(new)} patients added; {len(known) + len(new)} in all.")
    desk.save(record, principal, found)
    return len(known) + len(new)


def affected_patients(found: desk.Case) -> list[str]:
    """The logical ids of the patients in a case file."""
    references = [
        one.valueReference for one in found.task.input or [] if code_of(one.type) == "affected"
    ]
    return [patient for one in references if (patient := desk.patient_of(one))]


def assess(
    record: Record,
    principal: Principal,
    id: str,
    factors: dict[str, str],
    risk: Risk,
    law: str = "us",
) -> list[Duty]:
    """Write down the four factors and what follows; the notifications that are due.

    A low probability of compromise closes the case; a breach opens a Task for each notification.

    Raises:
        Invalid: a factor is not answered.
    """
    found = desk.open_case(record, principal, id, Kind.BREACH)
    missing = [FACTORS[name] for name in FACTORS if not factors.get(name, "").strip()]
    if missing:
        raise Invalid("Not answered: " + "; ".join(missing) + ".")
    if any(code_of(one.type) == "risk" for one in found.task.output or []):
        raise Conflict("This case has been assessed already.")
    for name in FACTORS:
        desk.output(found.task, f"factor-{name}", text=factors[name].strip())
    desk.output(found.task, "risk", text=risk)
    if risk == "low":
        requests.end(found, principal, "completed", "low-risk", "Low probability of compromise.")
        desk.save(record, principal, found)
        return []
    duties = duties_of(found, law)
    desk.log(found.task, principal, f"A breach: {len(duties)} notifications to make.")
    desk.save(record, principal, found, *(_notification(found, one, principal) for one in duties))
    return duties


def duties_of(found: desk.Case, law: str = "us") -> list[Duty]:
    """Who must be told, by the number of people and the law."""
    day = desk.day_of(found.task.authoredOn) or desk.today()
    count = len(affected_patients(found))
    sixty = day + timedelta(days=60)
    if law == "eu":
        return [
            Duty("The supervisory authority", day + timedelta(days=3), "GDPR Art. 33"),
            Duty("Each person, without undue delay", day + timedelta(days=3), "GDPR Art. 34"),
        ]
    duties = [Duty(f"Each of {count} people, by letter", sixty, "45 CFR 164.404")]
    if count >= MANY:
        duties.append(Duty("The media", sixty, "45 CFR 164.406"))
        duties.append(Duty("The Secretary of HHS", sixty, "45 CFR 164.408(b)"))
    else:
        end_of_year = date(day.year, 12, 31) + timedelta(days=60)
        duties.append(
            Duty("The Secretary of HHS, in the yearly log", end_of_year, "45 CFR 164.408(c)")
        )
    return duties


def _notification(found: desk.Case, duty: Duty, principal: Principal) -> Create:
    period = r4.Period(end=duty.due.isoformat())
    return Create(
        r4.Task(
            status="requested",
            intent="order",
            code=concept(Kind.NOTIFICATION),
            description=f"Tell {duty.whom[0].lower()}{duty.whom[1:]} ({duty.source})",
            partOf=[r4.Reference(reference=f"Task/{found.id}")],
            authoredOn=desk.today().isoformat(),
            requester=desk.author(principal),
            performerType=[OFFICER],
            restriction=r4.TaskRestriction(period=period),
        )
    )
