"""Resources as events of a timeline: when, what, and a line about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinic.chart.values import at_of, flag_of, instant_of, value_of
from osler.clinic.chart.words import display, said
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.r4.datatypes import Annotation, CodeableConcept

_HIDDEN = frozenset({"entered-in-error"})


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `kind` is one of KINDS; `more` are (what, text) to read when it is opened."""

    kind: str
    at: str
    title: str
    sub: str
    status: str
    type: str
    id: str
    more: tuple[tuple[str, str], ...] = ()

    @property
    def moment(self) -> float:
        """For sorting; what has no date comes last."""
        found = instant_of(self.at)
        return found.timestamp() if found else 0.0


def newest_first(events: Iterable[Event]) -> list[Event]:
    """In the order of a timeline."""
    return sorted(events, key=lambda one: (one.moment, one.id), reverse=True)


def event_of(one: Resource, *, undated: bool = False) -> Event | None:
    """The event that a resource is; None for what belongs in no timeline, as what has no date."""
    made = _event(one)
    if made is None or made.status in _HIDDEN:
        return None
    return made if made.at or undated else None


def _event(one: Resource) -> Event | None:
    match one:
        case r4.Encounter() | r4.Appointment():
            return _visit(one)
        case r4.Condition() | r4.AllergyIntolerance() | r4.Procedure() | r4.Immunization():
            return _clinical(one)
        case r4.MedicationRequest() | r4.MedicationStatement():
            return _medication(one)
        case r4.DiagnosticReport() | r4.Observation():
            return _finding(one)
        case r4.Composition() | r4.DocumentReference() | r4.Communication():
            return _writing(one)
    return None


def _made(
    one: Resource,
    kind: str,
    at: object,
    title: str,
    *sub: str | None,
    status: object = "",
    **more: str,
) -> Event:
    told = ((name.replace("_", " "), text) for name, text in more.items() if text)
    return Event(
        kind,
        str(at or ""),
        title,
        ", ".join(part for part in sub if part),
        str(status or ""),
        one.resourceType,
        one.id or "",
        tuple(told),
    )


def _visit(one: r4.Encounter | r4.Appointment) -> Event:
    if isinstance(one, r4.Appointment):
        actors = [display(part.actor) for part in one.participant]
        what = said(one.appointmentType) or ", ".join(map(said, one.serviceType or []))
        return _made(
            one, "appointments", one.start, what or one.description or "",
            *actors[1:], status=one.status, Reason=_all(one.reasonCode),
        )  # fmt: skip
    people = [display(part.individual) for part in one.participant or []]
    return _made(
        one, "visits", one.period.start if one.period else None,
        _all(one.type) or one.class_.display or "", _all(one.reasonCode), *people[:1],
        status=one.status, Reason=_all(one.reasonCode), With=", ".join(filter(None, people)),
        Where=", ".join(filter(None, (display(place.location) for place in one.location or []))),
        Ended=(one.period.end or "") if one.period else "",
    )  # fmt: skip


def _clinical(
    one: r4.Condition | r4.AllergyIntolerance | r4.Procedure | r4.Immunization,
) -> Event:
    match one:
        case r4.Condition():
            return _made(
                one, "problems", one.recordedDate or one.onsetDateTime, said(one.code),
                said(one.clinicalStatus), status=said(one.verificationStatus),
                Onset=one.onsetDateTime or "", Note=_notes(one.note),
            )  # fmt: skip
        case r4.AllergyIntolerance():
            signs = [said(sign) for r in one.reaction or [] for sign in r.manifestation or []]
            return _made(
                one, "allergies", one.recordedDate or one.onsetDateTime, said(one.code),
                *signs, status=said(one.verificationStatus), Note=_notes(one.note),
            )  # fmt: skip
        case r4.Procedure():
            period = one.performedPeriod.start if one.performedPeriod else None
            return _made(
                one, "procedures", one.performedDateTime or period, said(one.code),
                *[display(part.actor) for part in one.performer or []],
                status=one.status, Note=_notes(one.note),
            )  # fmt: skip
    return _made(
        one, "immunizations", one.occurrenceDateTime, said(one.vaccineCode),
        *[display(part.actor) for part in one.performer or []],
        status=one.status, Lot=one.lotNumber or "", Site=said(one.site), Note=_notes(one.note),
    )  # fmt: skip


def _medication(one: r4.MedicationRequest | r4.MedicationStatement) -> Event:
    dosage = (one.dosageInstruction if isinstance(one, r4.MedicationRequest) else one.dosage) or []
    sig = "; ".join(filter(None, (part.text for part in dosage)))
    if isinstance(one, r4.MedicationRequest):
        at: object = one.authoredOn
        by = display(one.requester)
    else:
        at, by = one.effectiveDateTime or one.dateAsserted, display(one.informationSource)
    return _made(
        one, "medications", at, said(one.medicationCodeableConcept) or display(one.medicationReference),
        sig, status=one.status, By=by, Note=_notes(one.note),
    )  # fmt: skip


def _finding(one: r4.DiagnosticReport | r4.Observation) -> Event:
    if isinstance(one, r4.DiagnosticReport):
        tests = [display(result) for result in one.result or []]
        start = one.effectivePeriod.start if one.effectivePeriod else None
        return _made(
            one, "results", one.effectiveDateTime or start or one.issued, said(one.code),
            one.conclusion, status=one.status, Tests=", ".join(filter(None, tests)),
            From=", ".join(filter(None, map(display, one.performer or []))),
        )  # fmt: skip
    value = value_of(one)
    number = "" if value.number is None else f"{value.comparator}{value.number} {value.unit}"
    return _made(
        one, "vitals", at_of(one), said(one.code), (number or value.text).strip(),
        flag_of(one.interpretation), status=one.status,
    )  # fmt: skip


def _writing(one: r4.Composition | r4.DocumentReference | r4.Communication) -> Event:
    match one:
        case r4.Composition():
            return _made(
                one, "notes", one.date, one.title or said(one.type),
                *map(display, one.author), status=one.status,
                Sections=", ".join(filter(None, (part.title for part in one.section or []))),
            )  # fmt: skip
        case r4.DocumentReference():
            return _made(
                one, "documents", one.date, one.description or said(one.type),
                *map(display, one.author or []), status=one.status, Type=said(one.type),
                Category=_all(one.category),
            )  # fmt: skip
    text = " ".join(filter(None, (part.contentString for part in one.payload or [])))
    return _made(
        one, "messages", one.sent or one.received, said(one.topic) or _all(one.category),
        display(one.sender), status=one.status, Message=text,
    )  # fmt: skip


def _all(concepts: list[CodeableConcept] | None) -> str:
    return ", ".join(filter(None, map(said, concepts or [])))


def _notes(notes: list[Annotation] | None) -> str:
    return " ".join(one.text for one in notes or [] if one.text)
