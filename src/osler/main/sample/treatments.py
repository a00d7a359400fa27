"""What a patient is given: prescriptions and vaccines; and what they must not be given: allergies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from osler.fhir import r4
from osler.main.sample.chart import Chart, Visit
from osler.main.sample.facts import Drug
from osler.main.sample.make import (
    RXNORM,
    SNOMED,
    Code,
    concept,
    moment,
    narrative,
    quantity,
    ref,
    terminology,
)


@dataclass(frozen=True, slots=True)
class Allergen:
    """A substance with how people react to it."""

    code: Code
    category: Literal["food", "medication", "environment"]
    criticality: Literal["low", "high"]
    reaction: Code
    severity: Literal["mild", "moderate", "severe"]


_RASH = Code(SNOMED, "271807003", "Eruption of skin")
_HIVES = Code(SNOMED, "126485001", "Urticaria")
_ANAPHYLAXIS = Code(SNOMED, "39579001", "Anaphylaxis")
_NAUSEA = Code(SNOMED, "422587007", "Nausea")

ALLERGENS = (
    Allergen(Code(RXNORM, "7980", "penicillin G"), "medication", "high", _HIVES, "moderate"),
    Allergen(Code(RXNORM, "10180", "sulfamethoxazole"), "medication", "low", _RASH, "mild"),
    Allergen(Code(RXNORM, "2670", "codeine"), "medication", "low", _NAUSEA, "mild"),
    Allergen(Code(RXNORM, "5640", "ibuprofen"), "medication", "low", _HIVES, "moderate"),
    Allergen(Code(SNOMED, "762952008", "Peanut"), "food", "high", _ANAPHYLAXIS, "severe"),
    Allergen(Code(SNOMED, "735029006", "Shellfish"), "food", "high", _HIVES, "moderate"),
    Allergen(Code(SNOMED, "111088007", "Latex"), "environment", "low", _RASH, "mild"),
)
_NO_KNOWN_ALLERGY = Code(SNOMED, "716186003", "No known allergy")


def prescribe(
    chart: Chart,
    visit: Visit,
    drug: Drug,
    reason: r4.Condition | None = None,
    *,
    until: date | None = None,
) -> r4.MedicationRequest:
    """Adds a prescription; `until` is when it was stopped, or its short course ended."""
    short = drug.days < 28
    request = r4.MedicationRequest(
        id=chart.identify("medication"),
        text=narrative(f"{drug.code.display}. {drug.sig}"),
        status="completed" if short else "stopped" if until else "active",
        intent="order",
        category=[concept(terminology("medicationrequest-category", "outpatient", "Outpatient"))],
        medicationCodeableConcept=concept(drug.code),
        subject=chart.subject,
        encounter=ref(visit.encounter),
        authoredOn=moment(visit.start),
        requester=ref(visit.clinician),
        reasonReference=[ref(reason)] if reason is not None else None,
        dosageInstruction=[_dosage(drug)],
        dispenseRequest=_supply(drug),
    )
    if until is not None and not short:
        request.statusReason = concept(text="Changed to another dose or drug")
    chart.resources.append(request)
    return request


def _dosage(drug: Drug) -> r4.Dosage:
    return r4.Dosage(
        text=drug.sig,
        timing=r4.Timing(
            repeat=r4.TimingRepeat(
                frequency=drug.per_day, period=Decimal(drug.every), periodUnit="d"
            )
        ),
        asNeededBoolean=True if drug.as_needed else None,
        doseAndRate=[
            r4.DosageDoseAndRate(
                doseQuantity=r4.Quantity(value=Decimal(str(drug.dose)), unit=drug.unit)
            )
        ],
    )


def _supply(drug: Drug) -> r4.MedicationRequestDispenseRequest:
    units = Decimal(str(drug.dose)) * drug.per_day * (drug.days // drug.every)
    return r4.MedicationRequestDispenseRequest(
        numberOfRepeatsAllowed=0 if drug.days < 28 else 3,
        quantity=r4.Quantity(value=units, unit=drug.unit),
        expectedSupplyDuration=_days(drug.days),
    )


def _days(count: int) -> r4.Duration:
    days = quantity(count, "days", "d")
    return r4.Duration(value=days.value, unit=days.unit, system=days.system, code=days.code)


def allergy(chart: Chart, visit: Visit, allergen: Allergen | None, *, severe: bool = False) -> None:
    """Adds an allergy, or the statement that there is none."""
    recorded = r4.AllergyIntolerance(
        id=chart.identify("allergy"),
        text=narrative(allergen.code.display if allergen else _NO_KNOWN_ALLERGY.display),
        clinicalStatus=concept(terminology("allergyintolerance-clinical", "active", "Active")),
        verificationStatus=concept(
            terminology("allergyintolerance-verification", "confirmed", "Confirmed")
        ),
        code=concept(allergen.code if allergen else _NO_KNOWN_ALLERGY),
        patient=chart.subject,
        recordedDate=moment(visit.start),
        recorder=ref(visit.clinician),
    )
    if allergen is not None:
        recorded.type = "allergy"
        recorded.category = [allergen.category]
        recorded.criticality = allergen.criticality
        recorded.reaction = [
            r4.AllergyIntoleranceReaction(
                manifestation=[concept(_ANAPHYLAXIS if severe else allergen.reaction)],
                severity="severe" if severe else allergen.severity,
            )
        ]
    chart.resources.append(recorded)


def vaccinate(chart: Chart, vaccine: Code, day: date, visit: Visit | None = None) -> None:
    """Adds a dose given at a visit here, or reported from elsewhere."""
    here = visit is not None
    chart.resources.append(
        r4.Immunization(
            id=chart.identify("immunization"),
            text=narrative(f"{vaccine.display}, {day}"),
            status="completed",
            vaccineCode=concept(vaccine),
            patient=chart.subject,
            encounter=ref(visit.encounter) if visit else None,
            occurrenceDateTime=moment(visit.start) if visit else day.isoformat(),
            primarySource=here,
            reportOrigin=None
            if here
            else concept(terminology("immunization-origin", "record", "Written Record")),
            lotNumber=f"L{chart.random.randint(1000, 9999)}" if here else None,
            doseQuantity=quantity(0.5, "mL", digits=1) if here else None,
            performer=[r4.ImmunizationPerformer(actor=ref(visit.clinician))] if visit else None,
        )
    )
