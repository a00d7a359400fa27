"""What the audit's actions are called: a code of the FHIR value sets, and plain words for people."""

from __future__ import annotations

from typing import Literal, NamedTuple

Crude = Literal["C", "R", "U", "D", "E"]


class Action(NamedTuple):
    """One action: type of event, what it does (create, read …), words for "they …", and its codes.

    `event` is DICOM's audit event type (110100 …), or "rest" for FHIR's own interactions, of which
    `interaction` is the code (None: an operation); `detail` is DICOM's code of what exactly happened.
    """

    event: str
    crude: Crude
    words: str
    interaction: str | None = None
    detail: str | None = None


def _rest(crude: Crude, words: str, interaction: str | None = None) -> Action:
    return Action("rest", crude, words, interaction)


def _dicom(event: str, crude: Crude, words: str, detail: str | None = None) -> Action:
    return Action(event, crude, words, None, detail)


def _account(words: str) -> Action:
    return _dicom("110113", "U", words, "110137")


ACTIONS: dict[str, Action] = {
    # FHIR interactions and operations
    "read": _rest("R", "read {}", "read"),
    "vread": _rest("R", "read an earlier version of {}", "vread"),
    "history": _rest("R", "read the history of {}", "history"),
    "as-of": _rest("R", "read {} as it stood at a past time"),
    "search-type": _rest("E", "searched {}", "search-type"),
    "search-system": _rest("E", "searched the record", "search-system"),
    "everything": _rest("R", "read the whole record"),
    "create": _rest("C", "added {}", "create"),
    "update": _rest("U", "changed {}", "update"),
    "patch": _rest("U", "changed {}", "patch"),
    "delete": _rest("D", "removed {}", "delete"),
    "commit": _rest("U", "changed the record", "transaction"),
    "load": _dicom("110107", "C", "loaded records into the system"),
    "restore": _dicom("110107", "C", "restored records from an export"),
    "export": _dicom("110106", "R", "exported {}"),
    "print": _dicom("110106", "R", "printed {}"),
    "disclosure": _dicom("110106", "R", "disclosed {} to someone outside"),
    "erase": _dicom("110110", "D", "erased {}"),
    # people
    "login": _dicom("110114", "E", "signed in", "110122"),
    "login-failed": _dicom("110114", "E", "failed to sign in", "110122"),
    "logout": _dicom("110114", "E", "signed out", "110123"),
    "lock": _dicom("110114", "E", "locked the screen"),
    "unlock": _dicom("110114", "E", "unlocked the screen"),
    "step-up": _dicom("110114", "E", "confirmed who they are"),
    "account-change": _dicom("110113", "U", "changed an account", "110137"),
    "role-change": _dicom("110113", "U", "changed a role", "110136"),
    "config-change": _dicom("110113", "U", "changed the configuration", "110129"),
    "consent": _dicom("110110", "U", "changed a consent"),
    "locate": _dicom("110113", "E", "looked for the patient by name or number", "110127"),
    "break-glass": _dicom("110113", "E", "opened the record in an emergency", "110127"),
    "end-glass": _dicom("110113", "E", "ended the emergency access", "110138"),
    "glass-log": _dicom("110101", "R", "read who had used emergency access"),
    "review-glass": _dicom("110113", "U", "reviewed an emergency access"),
    "explain": _dicom("110101", "R", "asked who may see {} and why"),
    "save-role": _dicom("110113", "U", "changed what a role may do", "110136"),
    "try-role": _dicom("110113", "R", "tried out a change of a role", "110136"),
    "account-create": _account("made an account"),
    "account-disable": _account("closed an account"),
    "account-enable": _account("opened an account again"),
    "account-link": _account("linked an account to a person"),
    "device-new": _account("signed in on a new device"),
    "device-forgotten": _account("forgot a device"),
    "enrol-code": _account("gave out a code for the portal"),
    "enrol": _account("made their account for the portal"),
    "enrol-withdraw": _account("withdrew a code for the portal"),
    "invite": _account("invited someone"),
    "invite-accept": _account("accepted an invitation"),
    "invite-withdraw": _account("withdrew an invitation"),
    "mfa-added": _account("added a second factor"),
    "mfa-removed": _account("removed a second factor"),
    "password-change": _account("changed their password"),
    "password-reset": _account("set a new password"),
    "password-reset-asked": _account("asked for a new password"),
    "proxy-grant": _account("let someone act for the patient"),
    "proxy-end": _account("ended that someone acts for the patient"),
    "token-create": _account("made a token for a program"),
    "token-revoke": _account("revoked a token"),
    "hold": _dicom("110113", "U", "held the record back from erasure"),
    "merge": _dicom("110113", "U", "made two records of the patient one"),
    "unmerge": _dicom("110113", "U", "made the merged records two again"),
    "release-hold": _dicom("110113", "U", "released the record for erasure"),
    # the audit itself
    "audit-read": _dicom("110101", "R", "read who had used the record"),
    "audit-archive": _dicom("110101", "U", "archived the audit"),
    "audit-started": _dicom("110100", "E", "started the system", "110120"),
    "audit-stopped": _dicom("110100", "E", "stopped the system", "110121"),
    "audit-gap": _dicom("110100", "E", "found that nothing had been recorded for a while"),
    "ledger-verify": _dicom("110101", "R", "checked that the record is intact"),
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
