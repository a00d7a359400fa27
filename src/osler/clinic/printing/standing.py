"""The lists of a chart on paper, as they stand now: whole, or saying that they are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from osler.clinic.chart.asking import Asking, order
from osler.clinic.notes import wording
from osler.clinic.printing.document import Grid, Notice, Paragraph, Part
from osler.clinic.printing.heads import long_day, patient_head
from osler.fhir import r4
from osler.fhir.base import Resource
from osler.fhir.codec import decode

R = TypeVar("R", bound=Resource)
_PAGE = 500
MOST = 5_000
"""Of one list; a longer one says so."""
PARTLY = "Who printed this may not see all of this list: it may not be complete."
NOT_SHOWN = "Not shown: who printed this may not read it."
NOT_ASKED = "Not asked: neither allergies nor that there are none have been recorded."
_NONE = "None recorded"
_UNDATED = frozenset({"AllergyIntolerance", "Device", "FamilyMemberHistory", "Flag"})


def listed(asking: Asking, patient: r4.Patient, name: str) -> list[Part]:
    """One of the lists; of one that its reader may not see whole, never that there is nothing."""
    types = TYPES.get(name, ())
    if types and not any(map(asking.may_read, types)):
        asking.hidden.update(types)
        return [Notice(NOT_SHOWN)]
    made = _LISTS[name](asking, patient)
    if all(map(asking.sees_all if name in _RELIED else asking.may_read, types)):
        return made
    return [Notice(PARTLY), *(one for one in made if not isinstance(one, Paragraph))]


class _Rows(list[R]):
    """What was found; `more` where it is not all."""

    more = False


def _all(asking: Asking, kind: type[R], *pairs: tuple[str, str]) -> _Rows[R]:
    """Everything of a type that holds, newest first."""
    found: _Rows[R] = _Rows()
    if not asking.may_read(kind.__name__):
        asking.hidden.add(kind.__name__)
        return found
    sort = order(kind) if kind.__name__ not in _UNDATED else "-_lastUpdated"
    asked = (*pairs, ("_sort", sort))
    page = asking.page(kind, _PAGE, *asked)
    while True:
        read = (decode(match.content) for match in page.matches)
        found += [one for one in read if isinstance(one, kind) and wording.counts(one)]
        if page.next is None:
            return found
        if len(found) >= MOST:
            found.more = True
            return found
        page = asking.page(kind, _PAGE, *asked, ("_cursor", page.next))


def grid(head: tuple[str, ...], rows: Sequence[tuple[str, ...]], more: bool = False) -> list[Part]:
    """A table, or that there is nothing; `more` where it is not all."""
    if not rows:
        return [Paragraph.of(_NONE)]
    cut = [Notice(f"Only the newest {MOST:,} are printed here.")] if more else []
    return [*cut, Grid.of(head, [tuple(cell or "-" for cell in row) for row in rows])]


def _demographics(_asking: Asking, patient: r4.Patient) -> list[Part]:
    head = patient_head(patient)
    addresses = [_address(one) for one in patient.address or ()]
    reach = [f"{one.value} ({one.use or one.system})" for one in patient.telecom or () if one.value]
    spoken = [wording.concept(one.language) for one in patient.communication or ()]
    contacts = [_contact(one) for one in patient.contact or ()]
    rows = [
        ("Name", head.name),
        ("Born", head.born),
        ("Sex", head.sex),
        ("Record number", head.number),
        ("Address", "; ".join(addresses)),
        ("Telephone, e-mail", ", ".join(reach)),
        ("Language", ", ".join(spoken)),
        ("Contacts", "; ".join(contacts)),
    ]
    if patient.deceasedDateTime or patient.deceasedBoolean:
        died = patient.deceasedDateTime
        rows.append(("Died", long_day(died) if died else "yes, on a day that is not recorded"))
    return grid((), rows)


def _address(one: r4.Address) -> str:
    return one.text or ", ".join(
        filter(None, [*(one.line or ()), one.city, one.state, one.postalCode])
    )


def _contact(one: r4.PatientContact) -> str:
    kinds = [wording.concept(each) for each in one.relationship or ()]
    numbers = [each.value for each in one.telecom or () if each.value]
    return ", ".join(part for part in (_name(one.name), *kinds, *numbers) if part)


def _name(one: r4.HumanName | None) -> str:
    if one is None:
        return ""
    return one.text or " ".join(filter(None, [*(one.given or ()), one.family]))


def _alerts(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.Flag)
    rows = [
        (wording.concept(one.code), ", ".join(map(wording.concept, one.category or ())),
         wording.day(one.period.start if one.period else None))
        for one in found
        if one.status == "active"
    ]  # fmt: skip
    return grid(("Alert", "Kind", "Since"), rows, found.more)


def _problems(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.Condition, ("category", "problem-list-item"))
    rows = [
        (wording.concept(one.code), _icd(one.code), _status(one), wording.day(one.onsetDateTime))
        for one in found
    ]
    return grid(("Problem", "Code", "Status", "Began"), rows, found.more)


def _status(one: r4.Condition | r4.AllergyIntolerance) -> str:
    return wording.concept(one.clinicalStatus, "")


def _icd(concept: r4.CodeableConcept | None) -> str:
    codings = (concept.coding if concept else None) or ()
    return next((one.code or "" for one in codings if "icd-10" in (one.system or "")), "")


def _medications(asking: Asking, _patient: r4.Patient) -> list[Part]:
    ordered = _all(asking, r4.MedicationRequest)
    said = _all(asking, r4.MedicationStatement)
    found: list[r4.MedicationRequest | r4.MedicationStatement] = [*ordered, *said]
    rows = [
        (wording.medication(one), wording.dose(one), one.status or "", wording.day(_since(one)))
        for one in found
    ]
    rows.sort(key=lambda row: row[2] != "active")
    return grid(
        ("Medication", "How it is taken", "Status", "Since"), rows, ordered.more or said.more
    )


def _since(one: r4.MedicationRequest | r4.MedicationStatement) -> str | None:
    if isinstance(one, r4.MedicationRequest):
        return one.authoredOn
    return one.effectiveDateTime or (one.effectivePeriod.start if one.effectivePeriod else None)


def _allergies(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.AllergyIntolerance)
    rows = [
        (wording.concept(one.code), wording.reaction(one), one.criticality or "", _status(one))
        for one in found
    ]
    if not rows:
        return [Paragraph.of(NOT_ASKED)]
    return grid(("Allergy", "Reaction", "Criticality", "Status"), rows, found.more)


def _immunizations(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.Immunization)
    rows = [
        (wording.concept(one.vaccineCode), wording.day(one.occurrenceDateTime) or one.occurrenceString or "",
         one.lotNumber or "", one.status or "")
        for one in found
    ]  # fmt: skip
    return grid(("Vaccine", "Given", "Lot", "Status"), rows, found.more)


def _procedures(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.Procedure)
    rows = [(wording.concept(one.code), wording.day(_done(one)), one.status or "") for one in found]
    return grid(("Procedure", "Done", "Status"), rows, found.more)


def _done(one: r4.Procedure) -> str | None:
    return one.performedDateTime or (one.performedPeriod.start if one.performedPeriod else None)


def _family(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.FamilyMemberHistory)
    rows = [
        (wording.concept(one.relationship), ", ".join(wording.concept(each.code) for each in one.condition or ()))
        for one in found
    ]  # fmt: skip
    return grid(("Relative", "Conditions"), rows, found.more)


def _social(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.Observation, ("category", "social-history"))
    rows = [
        (wording.concept(one.code), wording.value(one), wording.day(one.effectiveDateTime))
        for one in found
    ]
    return grid(("What", "Answer", "Date"), rows, found.more)


def _devices(asking: Asking, _patient: r4.Patient) -> list[Part]:
    found = _all(asking, r4.Device)
    rows = [(_device(one), _carrier(one), one.status or "") for one in found]
    return grid(("Device", "Identifier", "Status"), rows, found.more)


def _device(one: r4.Device) -> str:
    names = (each.name for each in one.deviceName or () if each.name)
    return wording.concept(one.type, "") or next(names, "Device")


def _carrier(one: r4.Device) -> str:
    return next((each.deviceIdentifier or "" for each in one.udiCarrier or ()), "")


TYPES: Mapping[str, tuple[str, ...]] = {
    "alerts": ("Flag",),
    "problems": ("Condition",),
    "medications": ("MedicationRequest", "MedicationStatement"),
    "allergies": ("AllergyIntolerance",),
    "immunizations": ("Immunization",),
    "procedures": ("Procedure",),
    "family": ("FamilyMemberHistory",),
    "social": ("Observation",),
    "devices": ("Device",),
}
"""What must be read for each list."""
_RELIED = frozenset({"alerts", "problems", "medications", "allergies"})
_LISTS: Mapping[str, Callable[[Asking, r4.Patient], list[Part]]] = {
    "demographics": _demographics,
    "alerts": _alerts,
    "problems": _problems,
    "medications": _medications,
    "allergies": _allergies,
    "immunizations": _immunizations,
    "procedures": _procedures,
    "family": _family,
    "social": _social,
    "devices": _devices,
}
