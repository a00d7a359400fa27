"""What stands: the problem list and the medication list, as a summary shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from osler.clinic.chart.words import code_of, coded, display, said
from osler.clinic.terms import drugs
from osler.clinic.terms.tables import RXNORM
from osler.fhir import r4

ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_WRONG = frozenset({"entered-in-error", "refuted"})


@dataclass(frozen=True, slots=True)
class Problem:
    """One active problem; `course` is "relapse" or "recurrence" where it is one."""

    id: str
    name: str
    code: str
    since: str
    course: str
    severity: str
    certainty: str


@dataclass(frozen=True, slots=True)
class Medication:
    """One medication in use; `held` where it is on hold, `reported` where the patient or others say so."""

    type: str
    id: str
    name: str
    sig: str
    since: str
    held: bool
    reported: bool


def problems_of(conditions: Iterable[r4.Condition]) -> tuple[Problem, ...]:
    """The active ones, in the order given."""
    return tuple(_problem(one) for one in conditions if _active(one))


def _active(one: r4.Condition) -> bool:
    status = one.clinicalStatus
    return (status is None or coded(status, *_ACTIVE)) and not coded(
        one.verificationStatus, *_WRONG
    )


def _problem(one: r4.Condition) -> Problem:
    course = next((c for c in ("relapse", "recurrence") if coded(one.clinicalStatus, c)), "")
    doubted = coded(one.verificationStatus, "provisional", "differential", "unconfirmed")
    return Problem(
        id=one.id or "",
        name=said(one.code),
        code=code_of(one.code, ICD10),
        since=str(one.onsetDateTime or one.onsetString or ""),
        course=course,
        severity=said(one.severity),
        certainty=said(one.verificationStatus) if doubted else "",
    )


def medications_of(
    found: Iterable[r4.MedicationRequest | r4.MedicationStatement],
) -> tuple[Medication, ...]:
    """Those in use by name; what was ordered stands before what is only reported."""
    used = [one for one in found if one.status in {"active", "on-hold", "intended"}]
    rows: dict[tuple[str, str], Medication] = {}
    for row in sorted(map(_medication, used), key=lambda row: row.reported):
        rows.setdefault((row.name.casefold(), row.sig), row)
    return tuple(sorted(rows.values(), key=lambda row: row.name.casefold()))


def _drug(code: r4.CodeableConcept | None) -> str:
    """With safe units and tall man letters, as the list of medications has it."""
    coded = any(one.system == RXNORM for one in (code.coding if code else None) or [])
    return drugs.readable(said(code)) if coded else said(code)


def _medication(one: r4.MedicationRequest | r4.MedicationStatement) -> Medication:
    if isinstance(one, r4.MedicationRequest):
        dosage, since, reported = one.dosageInstruction, one.authoredOn, bool(one.reportedBoolean)
    else:
        dosage, reported = one.dosage, True
        since = one.effectiveDateTime or (one.effectivePeriod.start if one.effectivePeriod else "")
    return Medication(
        type=one.resourceType,
        id=one.id or "",
        name=_drug(one.medicationCodeableConcept) or display(one.medicationReference),
        sig="; ".join(filter(None, (part.text for part in dosage or []))),
        since=str(since or ""),
        held=one.status == "on-hold",
        reported=reported,
    )
