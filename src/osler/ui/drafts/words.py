"""What a page says of a resource that somebody has just written: one line, and where to look."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from osler.fhir import r4
from osler.fhir.base import Resource

_VITALS = "vital-signs"
_SECTIONS = {
    "AllergyIntolerance": "allergies",
    "Appointment": "chart",
    "CarePlan": "care-plan",
    "CareTeam": "care-team",
    "Communication": "chart",
    "Composition": "notes",
    "Condition": "problems",
    "Consent": "directives",
    "Device": "devices",
    "DeviceUseStatement": "devices",
    "DiagnosticReport": "results",
    "DocumentReference": "documents",
    "Encounter": "timeline",
    "FamilyMemberHistory": "family",
    "Flag": "chart",
    "Goal": "goals",
    "Immunization": "immunizations",
    "MedicationRequest": "medications",
    "MedicationStatement": "medications",
    "Patient": "details",
    "Procedure": "procedures",
    "RelatedPerson": "details",
    "Task": "chart",
}


def kind(resource: Resource, *, new: bool) -> str:
    """The line without what the resource says."""
    if isinstance(resource, r4.Observation):
        if _is(resource.category, _VITALS):
            return _("New vitals") if new else _("Changed vitals")
        return _("New result") if new else _("Changed result")
    said = {
        "AllergyIntolerance": (_("New allergy"), _("Changed allergy")),
        "Appointment": (_("New appointment"), _("Changed appointment")),
        "Communication": (_("New message"), _("Changed message")),
        "Composition": (_("New note"), _("Changed note")),
        "Condition": (_("New problem"), _("Changed problem")),
        "DiagnosticReport": (_("New report"), _("Changed report")),
        "DocumentReference": (_("New document"), _("Changed document")),
        "Encounter": (_("New visit"), _("Changed visit")),
        "Flag": (_("New alert"), _("Changed alert")),
        "Immunization": (_("New immunization"), _("Changed immunization")),
        "MedicationRequest": (_("New medication"), _("Changed medication")),
        "MedicationStatement": (_("New medication"), _("Changed medication")),
        "Patient": (_("New patient"), _("Changed details of the patient")),
        "Procedure": (_("New procedure"), _("Changed procedure")),
        "Task": (_("New task"), _("Changed task")),
    }
    pair = said.get(resource.resourceType)
    if pair is None:
        return _("New in this chart") if new else _("Changed in this chart")
    return pair[0] if new else pair[1]


def line(resource: Resource, *, new: bool) -> str:
    """ "New result: Potassium 5.9 mmol/L"."""
    rest = " ".join(part for part in (_name(resource), _value(resource)) if part)
    return f"{kind(resource, new=new)}: {rest}" if rest else kind(resource, new=new)


def address(resource: Resource, patient: str | None) -> str:
    """Where in the chart it stands; "" where no chart has it."""
    if not patient:
        return ""
    section = _SECTIONS.get(resource.resourceType, "chart")
    if isinstance(resource, r4.Observation):
        section = "vitals" if _is(resource.category, _VITALS) else "results"
    for name in (section, "chart"):
        try:
            return reverse(name, kwargs={"id": patient})
        except NoReverseMatch:
            continue
    return ""


def _is(categories: list[r4.CodeableConcept] | None, code: str) -> bool:
    return any(one.code == code for each in categories or [] for one in each.coding or [])


def _name(resource: Resource) -> str:
    match resource:
        case r4.Composition():
            return resource.title or ""
        case r4.DocumentReference():
            return resource.description or _text(resource.type)
        case r4.Immunization():
            return _text(resource.vaccineCode)
        case r4.MedicationRequest() | r4.MedicationStatement():
            return _text(resource.medicationCodeableConcept)
        case (
            r4.AllergyIntolerance()
            | r4.Condition()
            | r4.DiagnosticReport()
            | r4.Flag()
            | r4.Observation()
            | r4.Procedure()
            | r4.Task()
        ):
            return _text(resource.code)
        case _:
            return ""


def _text(concept: r4.CodeableConcept | None) -> str:
    if concept is None:
        return ""
    return concept.text or next((one.display for one in concept.coding or [] if one.display), "")


def _value(resource: Resource) -> str:
    if not isinstance(resource, r4.Observation):
        return ""
    quantity = resource.valueQuantity
    if quantity is not None and quantity.value is not None:
        return " ".join(part for part in (str(quantity.value), quantity.unit) if part)
    return resource.valueString or _text(resource.valueCodeableConcept)
