"""What waits for somebody: results, notes to sign, tasks, messages; three searches."""

from __future__ import annotations

from dataclasses import dataclass

from osler.access import Principal
from osler.clinic.chart.values import instant_of
from osler.clinic.chart.words import display, said, target
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.kit import clock
from osler.kit.errors import Conflict, Invalid, NotAllowed, PreconditionFailed
from osler.record import Page, Record, Update, Version
from osler.search.parse import parse

_OPEN = "requested,received,accepted,ready,in-progress"
_MOST = 100
_REVIEW = "review-result"
_COSIGN = "cosign-note"
_TICKED = frozenset({"follow-up", "call-back", "refill", "document-to-sign", "to-do", ""})
_URGENT = frozenset({"urgent", "asap", "stat"})


@dataclass(frozen=True, slots=True)
class Duty:
    """A task or an unsigned note. `due` is a date or empty; `kind` the code of the task or "note"."""

    id: str
    kind: str
    title: str
    patient: r4.Patient | None
    patient_id: str
    at: str
    due: str = ""
    urgent: bool = False
    focus: tuple[str, str] = ("", "")
    version: int = 0

    @property
    def ticked(self) -> bool:
        """Whether it is done by saying so; others are done by what they ask for."""
        return self.kind in _TICKED

    @property
    def overdue(self) -> bool:
        """Whether its day is over."""
        return bool(self.due) and self.due[:10] < clock.today().isoformat()


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that nobody has marked as received."""

    id: str
    sender: str
    subject: str
    text: str
    patient: r4.Patient | None
    patient_id: str
    at: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Everything that waits for one person; `more` where a list was longer than what was read."""

    results: tuple[Duty, ...] = ()
    cosign: tuple[Duty, ...] = ()
    notes: tuple[Duty, ...] = ()
    tasks: tuple[Duty, ...] = ()
    messages: tuple[Letter, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How much waits, for the rail and for pages that are open."""

    results: int
    notes: int
    tasks: int
    messages: int


def waiting(record: Record, principal: Principal) -> Waiting:
    """What waits for the principal; nothing where the account is nobody in the record."""
    me = principal.person
    if not me:
        return Waiting()
    tasks = _page(
        record, principal, "Task", ("owner", me), ("status", _OPEN), ("_include", "Task:patient")
    )
    notes = _page(
        record,
        principal,
        "Composition",
        ("author", me),
        ("status", "preliminary"),
        ("_include", "Composition:patient"),
        ("_sort", "-date"),
    )
    letters = _page(
        record,
        principal,
        "Communication",
        ("recipient", me),
        ("received:missing", "true"),
        ("status", "completed,in-progress"),
        ("_include", "Communication:patient"),
        ("_sort", "-sent"),
    )
    duties = sorted(_duties(tasks), key=lambda one: (not one.urgent, one.due or "9999", one.at))
    kinds = {_REVIEW, _COSIGN}
    return Waiting(
        results=tuple(one for one in duties if one.kind == _REVIEW),
        cosign=tuple(one for one in duties if one.kind == _COSIGN),
        notes=tuple(_notes(notes)),
        tasks=tuple(one for one in duties if one.kind not in kinds),
        messages=tuple(_letters(letters)),
        more=any(page.next is not None for page in (tasks, notes, letters)),
    )


def counts(record: Record, principal: Principal) -> Counts:
    """How much waits for the principal."""
    found = waiting(record, principal)
    return Counts(
        len(found.results),
        len(found.notes) + len(found.cosign),
        len(found.tasks),
        len(found.messages),
    )


def _page(record: Record, principal: Principal, type: str, *pairs: tuple[str, str]) -> Page:
    query = parse(type, [*pairs, ("_count", str(_MOST)), ("_total", "none")], record.registry)
    try:
        return record.search(principal, query)
    except NotAllowed:
        return Page(())  # A role without such things has none that wait.


def _patients(page: Page) -> dict[str, r4.Patient]:
    beside = [decode(one.content) for one in page.included]
    return {one.id or "": one for one in beside if isinstance(one, r4.Patient)}


def _duties(page: Page) -> list[Duty]:
    patients = _patients(page)
    found = [decode(match.content) for match in page.matches]
    return [_duty(one, patients) for one in found if isinstance(one, r4.Task)]


def _duty(one: r4.Task, patients: dict[str, r4.Patient]) -> Duty:
    codes = [coding.code or "" for coding in (one.code.coding if one.code else None) or []]
    patient = target(one.for_)[1]
    period = one.restriction.period if one.restriction else None
    return Duty(
        id=one.id or "",
        kind=next(iter(codes), ""),
        title=one.description or said(one.code),
        patient=patients.get(patient),
        patient_id=patient,
        at=str(one.authoredOn or ""),
        due=str((period.end if period else "") or ""),
        urgent=one.priority in _URGENT,
        focus=target(one.focus),
        version=int((one.meta.versionId if one.meta else None) or 0),
    )


def _notes(page: Page) -> list[Duty]:
    patients = _patients(page)
    found = [decode(match.content) for match in page.matches]
    return [
        Duty(
            id=one.id or "",
            kind="note",
            title=one.title or said(one.type),
            patient=patients.get(target(one.subject)[1]),
            patient_id=target(one.subject)[1],
            at=str(one.date or ""),
            urgent=_older_than_a_day(str(one.date or "")),
        )
        for one in found
        if isinstance(one, r4.Composition)
    ]


def _older_than_a_day(text: str) -> bool:
    at = instant_of(text)
    return at is not None and (clock.now() - at).total_seconds() > 86_400


def _letters(page: Page) -> list[Letter]:
    patients = _patients(page)
    found = [decode(match.content) for match in page.matches]
    return [
        Letter(
            id=one.id or "",
            sender=display(one.sender),
            subject=said(one.topic),
            text=next((part.contentString for part in one.payload or [] if part.contentString), ""),
            patient=patients.get(target(one.subject)[1]),
            patient_id=target(one.subject)[1],
            at=str(one.sent or ""),
        )
        for one in found
        if isinstance(one, r4.Communication)
    ]


def done(record: Record, principal: Principal, id: str, version: int) -> tuple[Version, str]:
    """Tick a task off: the version that did it, and the patient's id ("" for none).

    Raises:
        Conflict: somebody has changed it since. Invalid: it is not done by saying so.
    """
    one = decode(record.read(principal, "Task", id).content)
    assert isinstance(one, r4.Task), "a Task was asked for"
    codes = [coding.code or "" for coding in (one.code.coding if one.code else None) or []]
    if next(iter(codes), "") not in _TICKED:
        raise Invalid("This task is done by what it asks for. Open it.")
    if one.status not in _OPEN.split(","):
        raise Conflict("This task is not open any more. Reload the page.")
    one.status = "completed"
    one.lastModified = clock.now().isoformat()
    try:
        outcome = record.commit(principal, [Update(one, if_match=version, source="typed")])[0]
    except PreconditionFailed as error:
        raise Conflict("Somebody has changed this task meanwhile. Reload the page.") from error
    assert outcome.version is not None, "an update has a version"
    return outcome.version, target(one.for_)[1]
