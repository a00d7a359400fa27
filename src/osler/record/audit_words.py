"""What the audit's actions are called: a code of the FHIR value sets, and plain words for people."""

from __future__ import annotations

from typing import Literal, NamedTuple

Crude = Literal["C", "R", "U", "D", "E"]


class Action(NamedTuple):
    """One action: DICOM event type, what it does (create, read …), and words for "they …".

    `event` is a code of DICOM's audit event types (110100 …) or "rest" for FHIR's own interactions.
    """

    event: str
    crude: Crude
    words: str


ACTIONS: dict[str, Action] = {
    # FHIR interactions and operations
    "read": Action("rest", "R", "read {}"),
    "vread": Action("rest", "R", "read an earlier version of {}"),
    "history": Action("rest", "R", "read the history of {}"),
    "as-of": Action("rest", "R", "read {} as it stood at a past time"),
    "search-type": Action("rest", "E", "searched {}"),
    "search-system": Action("rest", "E", "searched the record"),
    "everything": Action("rest", "R", "read the whole record"),
    "create": Action("rest", "C", "added {}"),
    "update": Action("rest", "U", "changed {}"),
    "patch": Action("rest", "U", "changed {}"),
    "delete": Action("rest", "D", "removed {}"),
    "commit": Action("rest", "U", "changed the record"),
    "load": Action("110107", "C", "loaded records into the system"),
    "restore": Action("110107", "C", "restored records from an export"),
    "export": Action("110106", "R", "exported {}"),
    "print": Action("110106", "R", "printed {}"),
    "disclosure": Action("110106", "R", "disclosed {} to someone outside"),
    # people
    "login": Action("110114", "E", "signed in"),
    "login-failed": Action("110114", "E", "failed to sign in"),
    "logout": Action("110114", "E", "signed out"),
    "lock": Action("110114", "E", "locked the screen"),
    "unlock": Action("110114", "E", "unlocked the screen"),
    "step-up": Action("110114", "E", "confirmed who they are"),
    "account-change": Action("110137", "U", "changed an account"),
    "role-change": Action("110136", "U", "changed a role"),
    "config-change": Action("110129", "U", "changed the configuration"),
    "consent": Action("110129", "U", "changed a consent"),
    "break-glass": Action("110127", "E", "opened the record in an emergency"),
    "break-glass-end": Action("110127", "E", "ended the emergency access"),
    # the audit itself
    "audit-read": Action("110101", "R", "read who had used the record"),
    "audit-archive": Action("110101", "U", "archived the audit"),
    "audit-started": Action("110100", "E", "started the system"),
    "audit-stopped": Action("110100", "E", "stopped the system"),
    "audit-gap": Action("110100", "E", "found that nothing had been recorded for a while"),
    "ledger-verify": Action("110101", "R", "checked that the record is intact"),
    "erase": Action("110105", "D", "erased {}"),
}
"""Every action that the audit has. Another may be noted; it is shown under its own code."""

_OTHER = Action("110100", "E", "did “{action}” with {}")

# Types of resources in words that a patient reads; others are shown by their name.
_TYPES = {
    "AllergyIntolerance": "allergies",
    "Appointment": "appointments",
    "CarePlan": "care plans",
    "CareTeam": "the care team",
    "Claim": "bills",
    "Communication": "messages",
    "Condition": "diagnoses and problems",
    "Consent": "consents",
    "Coverage": "insurance",
    "DiagnosticReport": "reports of results",
    "DocumentReference": "documents",
    "Encounter": "visits",
    "ExplanationOfBenefit": "bills",
    "FamilyMemberHistory": "family history",
    "Goal": "goals",
    "Immunization": "immunizations",
    "MedicationRequest": "prescriptions",
    "MedicationStatement": "medications",
    "Observation": "measurements and results",
    "Patient": "name, address and other personal details",
    "Procedure": "procedures",
    "QuestionnaireResponse": "questionnaires",
    "RelatedPerson": "relatives and contacts",
    "ServiceRequest": "orders",
    "Task": "tasks",
}


def action(code: str) -> Action:
    """The action of a code, a general one where it is not listed."""
    return ACTIONS.get(code, _OTHER)


def category(type: str | None) -> str:
    """The category of data, from the type of resource."""
    return "the record" if type is None else _TYPES.get(type, type)


def in_words(code: str, type: str | None, outcome: str = "success") -> str:
    """What was done, for people: "read diagnoses and problems"."""
    said = action(code).words.replace("{action}", code).format(category(type))
    return said if outcome == "success" else f"tried and failed: {said}"
