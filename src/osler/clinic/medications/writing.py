"""Changes of the medication list: record, edit, stop, hold, resume, complete, review. Nothing is prescribed here."""

from __future__ import annotations

from dataclasses import dataclass, field

from osler.clinic.lists.concepts import keep
from osler.clinic.lists.items import Chart, Item, concept, note, set_note
from osler.clinic.lists.mistakes import is_mistake
from osler.clinic.medications.listing import LOINC, REVIEWED, Drug, both
from osler.clinic.medications.sig import Sig, dosage
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.record import Version

SOURCES = {
    "patient": N_("Patient reports"),
    "family": N_("Family or caregiver reports"),
    "record": N_("Another record or pharmacy"),
    "prescribed": N_("Prescribed"),
}
STEPS = {
    "stop": ("stopped", N_("Stop")),
    "hold": ("on-hold", N_("Hold")),
    "resume": ("active", N_("Resume")),
    "complete": ("completed", N_("Complete")),
}
"""What can be done with one: the status that follows, and the word on the button."""
_FROM = {
    "stop": frozenset({"active", "on-hold", "draft"}),
    "hold": frozenset({"active"}),
    "resume": frozenset({"on-hold", "stopped", "completed"}),
    "complete": frozenset({"active", "on-hold"}),
}
REASONS = (
    N_("Side effect"),
    N_("Allergic reaction"),
    N_("Did not help"),
    N_("No longer needed"),
    N_("Dose changed"),
    N_("Replaced by another drug"),
    N_("Cost or coverage"),
    N_("Patient stopped it"),
    N_("Before a procedure"),
)


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of a drug. `problem` is the id and name of what it is taken for."""

    drug: r4.CodeableConcept
    sig: Sig = field(default_factory=Sig)
    source: str = "patient"
    prescriber: str = ""
    start: str = ""
    stop: str = ""
    problem: tuple[str, str] = ("", "")
    reason: str = ""
    note: str = ""


def add(chart: Chart, entered: Entered) -> Version:
    """Put a drug on the list: what was prescribed as a request, what is only said as a statement."""
    one: Drug
    if entered.source == "prescribed":
        one = r4.MedicationRequest(
            status="active",
            intent="plan",
            reportedBoolean=True,
            subject=chart.subject,
            authoredOn=clock.now().isoformat(),
            medicationCodeableConcept=entered.drug,
        )
    else:
        one = r4.MedicationStatement(
            status="active",
            subject=chart.subject,
            dateAsserted=clock.now().isoformat(),
            medicationCodeableConcept=entered.drug,
        )
    _fill(chart, one, entered)
    return chart.add(one)[0]


def edit(chart: Chart, item: Item[Drug], entered: Entered, version: int) -> Version:
    """Change what is recorded of a drug, over the version that the form was made from."""
    one = item.resource
    if isinstance(one, r4.MedicationRequest) and not one.reportedBoolean:
        raise Invalid(
            "This was prescribed here: its prescription is changed, not its line in the list."
        )
    one.medicationCodeableConcept = keep(one.medicationCodeableConcept, entered.drug)
    _fill(chart, one, entered)
    return chart.change(item, version)


def _fill(chart: Chart, one: Drug, entered: Entered) -> None:
    if entered.start and entered.stop and entered.stop < entered.start[: len(entered.stop)]:
        raise Invalid("It was stopped before it was started: check the dates.")
    made = dosage(entered.sig)
    period = (
        r4.Period(start=entered.start or None, end=entered.stop or None)
        if entered.start or entered.stop
        else None
    )
    if isinstance(one, r4.MedicationRequest):
        one.dosageInstruction = _bounded(made, period)
        one.requester = (
            r4.Reference(display=entered.prescriber)
            if entered.prescriber
            else one.requester or chart.me
        )
    else:
        one.dosage = [made] if made else None
        one.effectiveDateTime, one.effectivePeriod = None, period
        one.informationSource = _source(chart, entered)
    if entered.stop and one.status == "active" and _is_past(entered.stop):
        one.status = "stopped"
    id, name = entered.problem
    one.reasonReference = (
        [r4.Reference(reference=f"Condition/{id}", display=name or None)] if id else None
    )
    one.reasonCode = [r4.CodeableConcept(text=entered.reason)] if entered.reason.strip() else None
    set_note(one, entered.note)


def _is_past(day: str) -> bool:
    """Whether a day, month or year is not still to come: a course that ends next week is taken until then."""
    return day <= clock.today().isoformat()[: len(day)]


def _bounded(made: r4.Dosage | None, period: r4.Period | None) -> list[r4.Dosage] | None:
    if period is None:
        return [made] if made else None
    made = made or r4.Dosage()
    made.timing = made.timing or r4.Timing()
    made.timing.repeat = made.timing.repeat or r4.TimingRepeat()
    made.timing.repeat.boundsPeriod = period
    return [made]


def _source(chart: Chart, entered: Entered) -> r4.Reference:
    if entered.source == "patient":
        return r4.Reference(reference=f"Patient/{chart.patient}", display="Patient")
    return r4.Reference(display=entered.prescriber or SOURCES.get(entered.source, entered.source))


def may_step(status: str, step: str) -> bool:
    """Whether a step makes sense for a drug of this status."""
    return step in STEPS and status in _FROM[step]


def take_step(chart: Chart, item: Item[Drug], step: str, reason: str, version: int) -> Version:
    """Stop, hold, resume or complete a drug, with the reason. Raises Invalid where it makes no sense."""
    one = item.resource
    if not may_step(str(one.status), step):
        raise Invalid(f"A drug that is {one.status} cannot be changed so ({step[:20]}).")
    why = " ".join(reason.split())
    if not why and step in {"stop", "hold"}:
        raise Invalid("Say why it is stopped or held: the next who reads the list will ask.")
    status, word = STEPS[step]
    one.status = status  # type: ignore[assignment]  # of the table above, which both types have
    said = r4.CodeableConcept(text=why) if why else None
    if isinstance(one, r4.MedicationRequest):
        one.statusReason = said
    else:
        one.statusReason = [said] if said else None
        _close(one, step)
    note(chart, one, f"{word}: {why}" if why else word)
    return chart.change(item, version)


def _close(one: r4.MedicationStatement, step: str) -> None:
    """A statement's period ends when it is stopped, and is open again when it is resumed."""
    if step == "hold":
        return
    period = one.effectivePeriod or r4.Period(start=one.effectiveDateTime)
    period.end = None if step == "resume" else clock.today().isoformat()
    one.effectiveDateTime, one.effectivePeriod = None, period


def reviewed(chart: Chart) -> Version:
    """State that somebody went through the list with the patient now; what was on it is kept with it."""
    held = [one for one in both(chart, 200) if one.resource.status in {"active", "on-hold"}]
    entries = [
        r4.ListEntry(item=r4.Reference(reference=f"{type(one.resource).__name__}/{one.id}"))
        for one in held
        if not is_mistake(one.resource)
    ]
    made = r4.List(
        status="current",
        mode="snapshot",
        title="Medications reviewed",
        code=concept(LOINC, REVIEWED, "History of Medication use Narrative"),
        subject=chart.subject,
        date=clock.now().isoformat(),
        source=chart.me,
        entry=entries or None,
    )
    return chart.add(made)[0]
