"""The medication list: what is prescribed and what the patient says they take, as one list with its history."""

from __future__ import annotations

from dataclasses import dataclass

from osler.clinic.allergies.listing import allergy
from osler.clinic.chart.allergies import NONE_KNOWN
from osler.clinic.chart.words import coded, display, said, target
from osler.clinic.lists.concepts import coded_in
from osler.clinic.lists.items import Chart, Item, remarks
from osler.clinic.lists.mistakes import is_mistake
from osler.clinic.medications import clashes
from osler.clinic.terms import drugs
from osler.clinic.terms.tables import RXNORM
from osler.fhir import r4
from osler.kit.words import N_

Drug = r4.MedicationRequest | r4.MedicationStatement
LOINC = "http://loinc.org"
REVIEWED = "10160-0"
"""LOINC, History of medication use: the code of the List that says who went through the list when."""
STATUSES = {
    "active": N_("Active"),
    "on-hold": N_("On hold"),
    "stopped": N_("Stopped"),
    "completed": N_("Completed"),
    "draft": N_("Draft, to be signed"),
}
_NOW = frozenset({"active", "on-hold", "draft", "intended", "unknown"})


@dataclass(frozen=True, slots=True)
class Medication:
    """One line of the list; `type` is the FHIR type behind it."""

    type: str
    id: str
    version: int
    name: str
    sig: str
    status: str
    why: str
    start: str
    stop: str
    by: str
    reported: bool
    reason: str
    note: str
    coded: bool
    allergies: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        """Whether it is taken now, or will be again."""
        return self.status in _NOW


@dataclass(frozen=True, slots=True)
class Review:
    """Who went through the list with the patient, and when."""

    by: str
    at: str


@dataclass(frozen=True, slots=True)
class Medications:
    """Current and past ones, the last review, and whether there are older ones."""

    current: list[Medication]
    past: list[Medication]
    review: Review | None = None
    more: bool = False


def both(chart: Chart, most: int) -> list[Item[Drug]]:
    """All resources behind the list that the reader may see, mistakes left out."""
    found: list[Item[Drug]] = []
    if chart.may_search("MedicationRequest"):
        found += chart.items(r4.MedicationRequest, most, ("_sort", "-authoredon"))
    if chart.may_search("MedicationStatement"):
        found += chart.items(r4.MedicationStatement, most, ("_sort", "-effective"))
    return [one for one in found if not is_mistake(one.resource)]


def read_medications(chart: Chart, most: int) -> Medications:
    """The list with its allergy clashes; five searches at most."""
    found = both(chart, most)
    allergies = active_allergies(chart)
    lines = [medication(one, allergies) for one in found]
    lines.sort(key=lambda one: one.name.casefold())
    past = sorted(
        (one for one in lines if not one.current),
        key=lambda one: one.stop or one.start,
        reverse=True,
    )
    return Medications(
        [one for one in lines if one.current], past, _review(chart), len(found) >= most
    )


def active_allergies(chart: Chart) -> list[r4.CodeableConcept | None] | None:
    """What the patient is allergic to; None where this reader may not know."""
    if not chart.may_search("AllergyIntolerance"):
        return None
    held = [one for one in chart.items(r4.AllergyIntolerance, 200) if not is_mistake(one.resource)]
    real = [one for one in held if not coded(one.resource.code, *NONE_KNOWN)]
    return [one.resource.code for one in real if allergy(one).active]


def medication(
    item: Item[Drug], allergies: list[r4.CodeableConcept | None] | None = None
) -> Medication:
    """One as the list shows it."""
    one = item.resource
    code = one.medicationCodeableConcept
    if isinstance(one, r4.MedicationRequest):
        dosage, start = (
            one.dosageInstruction or [],
            _start(one.dosageInstruction) or str(one.authoredOn or ""),
        )
        by, why, stop = display(one.requester), said(one.statusReason), _stop(one.dosageInstruction)
        reported = bool(one.reportedBoolean)
    else:
        dosage, start = (
            one.dosage or [],
            str((one.effectivePeriod and one.effectivePeriod.start) or one.effectiveDateTime or ""),
        )
        by, why = (
            display(one.informationSource),
            ", ".join(filter(None, map(said, one.statusReason or []))),
        )
        stop, reported = str((one.effectivePeriod and one.effectivePeriod.end) or ""), True
    clash = clashes.check(code, allergies).clashes if allergies else ()
    reasons = [display(ref) for ref in one.reasonReference or []] + [
        said(c) for c in one.reasonCode or []
    ]
    return Medication(
        type=type(one).__name__,
        id=item.id,
        version=item.version,
        name=shown(code) or display(one.medicationReference),
        sig="; ".join(d.text for d in dosage if d.text),
        status=str(one.status or ""),
        why=why,
        start=start,
        stop=stop,
        by=by,
        reported=reported,
        reason=", ".join(filter(None, reasons)),
        note=remarks(one),
        coded=bool(coded_in(code, RXNORM)),
        allergies=tuple(dict.fromkeys(c.allergy for c in clash)),
    )


def shown(code: r4.CodeableConcept | None) -> str:
    """A drug's name with safe units and tall man letters."""
    return drugs.readable(said(code)) if coded_in(code, RXNORM) else said(code)


def _period(dosage: list[r4.Dosage] | None) -> r4.Period | None:
    repeats = (one.timing.repeat for one in dosage or [] if one.timing and one.timing.repeat)
    return next((one.boundsPeriod for one in repeats if one.boundsPeriod), None)


def _start(dosage: list[r4.Dosage] | None) -> str:
    period = _period(dosage)
    return str(period.start or "") if period else ""


def _stop(dosage: list[r4.Dosage] | None) -> str:
    period = _period(dosage)
    return str(period.end or "") if period else ""


def _review(chart: Chart) -> Review | None:
    if not chart.may_search("List"):
        return None
    found = chart.items(r4.List, 1, ("code", f"{LOINC}|{REVIEWED}"), ("_sort", "-date"))
    return (
        Review(display(found[0].resource.source), str(found[0].resource.date or ""))
        if found
        else None
    )


def indication(one: Drug) -> str:
    """The id of the problem that it is taken for."""
    return next(
        (id for kind, id in map(target, one.reasonReference or []) if kind == "Condition"), ""
    )
