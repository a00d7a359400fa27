"""The parts that all workflows of the privacy desk share: reading a Task, its clock, its log, writing it back."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, timedelta

from osler.access import Principal
from osler.clinic.privacy.codes import OFFICER, SYSTEM, Clock, Kind, code_of, concept
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotFound
from osler.kit.words import N_
from osler.record import Create, Op, Record, Update
from osler.search.parse import parse

OPEN = ("requested", "received", "accepted", "in-progress", "on-hold")
_SHORTEST = 3
_MOST = 200
_MOST_CLOSED = 1000


_STATES = {
    "requested": N_("received"),
    "in-progress": N_("being worked on"),
    "on-hold": N_("on hold"),
    "completed": N_("answered"),
    "rejected": N_("denied"),
    "cancelled": N_("taken back"),
    "entered-in-error": N_("entered in error"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """One Task of the desk as read: its version guards against another officer's change."""

    task: r4.Task
    version: int

    @property
    def id(self) -> str:
        """The Task's logical id."""
        return self.task.id or ""

    @property
    def kind(self) -> Kind:
        """What it is about."""
        return _kinds(self.task)[0]

    @property
    def patient(self) -> str | None:
        """Logical id of the patient it concerns."""
        return patient_of(self.task.for_)

    @property
    def due(self) -> date | None:
        """The day by which it must be answered."""
        period = self.task.restriction.period if self.task.restriction else None
        return day_of(period.end if period else None)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.task.status in OPEN

    @property
    def state(self) -> str:
        """Where it stands, in words for officers and patients alike."""
        return _STATES.get(self.task.status or "", self.task.status or "")

    def overdue(self, today: date) -> bool:
        """Whether the clock has run out."""
        return self.is_open and self.due is not None and self.due < today


def _kinds(task: r4.Task) -> list[Kind]:
    """What a Task says it is about; others may write Tasks too, and more than one code into them."""
    codings = (task.code.coding or []) if task.code else []
    known = {str(kind) for kind in Kind}
    return [Kind(one.code) for one in codings if one.system == SYSTEM and one.code in known]


def day_of(text: str | None) -> date | None:
    """The day of a FHIR date or dateTime; of a year or a month alone, its last day."""
    match (text or "")[:10].split("-"):
        case [year, *rest] if year.isdigit():
            month = int(rest[0]) if rest else 12
            day = int(rest[1]) if len(rest) > 1 else monthrange(int(year), month)[1]
            return date(int(year), month, day)
        case _:
            return None


def patient_of(reference: r4.Reference | None) -> str | None:
    """The logical id in a reference to a Patient."""
    text = (reference.reference or "") if reference else ""
    return text.removeprefix("Patient/") if text.startswith("Patient/") else None


def today() -> date:
    """The day where the practice is, by which the clocks of the law run."""
    return clock.today()


def moment() -> str:
    """Now, as a FHIR dateTime."""
    return clock.now().astimezone(UTC).replace(microsecond=0).isoformat()


def said(text: str, what: str) -> str:
    """The text itself, refused where nothing is said."""
    text = text.strip()
    if len(text) < _SHORTEST:
        raise Invalid(f"{what} is missing; say it in a few words.")
    return text


def case(record: Record, principal: Principal, id: str, *kinds: Kind) -> Case:
    """A Task of the desk of one of these kinds (none: any). Raises NotFound."""
    version = record.read(principal, "Task", id)
    task = decode(version.content)
    assert isinstance(task, r4.Task)
    found = _kinds(task)
    if not found or found[0] not in (kinds or tuple(Kind)):
        raise NotFound(f"Task/{id} is not such a matter of the privacy desk.")
    return Case(task, version.version)


def open_case(record: Record, principal: Principal, id: str, *kinds: Kind) -> Case:
    """The same, refused where it is closed already."""
    found = case(record, principal, id, *kinds)
    if not found.is_open:
        raise Conflict(f"This matter is closed ({found.task.status}); open a new one.")
    return found


def cases(
    record: Record,
    principal: Principal,
    *,
    patient: str | None = None,
    kinds: tuple[Kind, ...] = (),
    closed: bool = False,
) -> list[Case]:
    """The desk's Tasks that the principal may see, those due first at the top."""
    codes = ",".join(f"{SYSTEM}|{kind}" for kind in kinds or tuple(Kind))
    pairs = [("code", codes), ("_count", str(_MOST))]
    if not closed:
        pairs.append(("status", ",".join(OPEN)))
    if patient is not None:
        pairs.append(("patient", f"Patient/{patient}"))
    found: list[Case] = []
    after: list[tuple[str, str]] = []
    while True:  # All of them: the longest overdue may be on the last page.
        page = record.search(principal, parse("Task", [*pairs, *after], record.registry))
        found += [Case(_task(match.content), match.version) for match in page.matches]
        if page.next is None or (closed and len(found) >= _MOST_CLOSED):
            break
        after = [("_cursor", page.next)]
    found = [one for one in found if _kinds(one.task)]
    return sorted(found, key=lambda one: (not one.is_open, one.due or date.max))


def _task(content: bytes) -> r4.Task:
    task = decode(content)
    assert isinstance(task, r4.Task)
    return task


def new_task(
    kind: Kind,
    principal: Principal,
    text: str,
    *,
    patient: str | None,
    received: date,
    clock_of: Clock,
    focus: str | None = None,
) -> r4.Task:
    """A Task of the desk with its clock running from the day of receipt."""
    if received > today():
        raise Invalid(f"{received} is still to come; the day of receipt is today or earlier.")
    due = received + timedelta(days=clock_of.days)
    return r4.Task(
        status="requested",
        intent="order",
        code=concept(kind),
        description=said(text, "What is asked for"),
        for_=r4.Reference(reference=f"Patient/{patient}") if patient else None,
        focus=r4.Reference(reference=focus) if focus else None,
        authoredOn=received.isoformat(),
        lastModified=moment(),
        requester=author(principal),
        performerType=[OFFICER],
        restriction=r4.TaskRestriction(period=r4.Period(end=due.isoformat())),
        note=[entry(principal, f"Received; to be answered by {due} ({clock_of.source}).")],
    )


def author(principal: Principal) -> r4.Reference:
    """Who acts, as a reference; the account where the record knows no person."""
    if principal.person:
        return r4.Reference(reference=principal.person, display=principal.name or None)
    return r4.Reference(display=principal.name or principal.id)


def entry(principal: Principal, text: str) -> r4.Annotation:
    """A line of the log: who, when, what."""
    if principal.person:
        return r4.Annotation(authorReference=author(principal), time=moment(), text=text)
    return r4.Annotation(authorString=principal.name or principal.id, time=moment(), text=text)


def log(task: r4.Task, principal: Principal, text: str) -> None:
    """Add a line to the log of a Task that is about to be saved."""
    task.note = [*(task.note or []), entry(principal, text)]
    task.lastModified = moment()


def create(record: Record, principal: Principal, task: r4.Task, *others: Op) -> str:
    """Write a new Task, and whatever belongs to it, in one transaction; its logical id."""
    outcome = record.commit(principal, [Create(task), *others])[0]
    assert outcome.version is not None
    return outcome.version.id


def save(record: Record, principal: Principal, found: Case, *others: Op) -> list[str]:
    """Write the changed Task, if nobody else has changed it, and what follows from it, in one transaction.

    The answer has the logical ids of the others.
    """
    outcomes = record.commit(principal, [Update(found.task, if_match=found.version), *others])
    return [one.version.id for one in outcomes[1:] if one.version is not None]


def output(
    task: r4.Task, code: str, *, text: str | None = None, reference: str | None = None
) -> None:
    """Note a result in the Task: words, or a reference to a resource."""
    value = r4.Reference(reference=reference) if reference else None
    result = r4.TaskOutput(type=concept(code), valueString=text, valueReference=value)
    task.output = [*(task.output or []), result]


def texts(task: r4.Task, code: str) -> list[str]:
    """The words noted under a code, in the order in which they were noted."""
    return [
        one.valueString
        for one in task.output or []
        if code_of(one.type) == code and one.valueString
    ]


def exists(record: Record, principal: Principal, reference: str) -> Resource:
    """The resource (or version) that a reference names. Raises NotFound, Gone."""
    type, id, *rest = reference.split("/")
    if rest[:1] == ["_history"] and len(rest) == 2 and rest[1].isdigit():
        return decode(record.vread(principal, type, id, int(rest[1])).content)
    return decode(record.read(principal, type, id).content)
