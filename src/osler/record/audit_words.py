"""What the audit's actions are called: a code of the FHIR value sets, and plain words for people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from osler.kit.words import N_

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
    "read": _rest("R", N_("read {}"), "read"),
    "vread": _rest("R", N_("read an earlier version of {}"), "vread"),
    "history": _rest("R", N_("read the history of {}"), "history"),
    "as-of": _rest("R", N_("read {} as it stood at a past time")),
    "search-type": _rest("E", N_("searched {}"), "search-type"),
    "search-system": _rest("E", N_("searched the record"), "search-system"),
    "everything": _rest("R", N_("read the whole record")),
    "create": _rest("C", N_("added {}"), "create"),
    "update": _rest("U", N_("changed {}"), "update"),
    "patch": _rest("U", N_("changed {}"), "patch"),
    "delete": _rest("D", N_("removed {}"), "delete"),
    "commit": _rest("U", N_("changed the record"), "transaction"),
    "load": _dicom("110107", "C", N_("loaded records into the system")),
    "restore": _dicom("110107", "C", N_("restored records from an export")),
    "export": _dicom("110106", "R", N_("exported {}")),
    "print": _dicom("110106", "R", N_("printed {}")),
    "disclosure": _dicom("110106", "R", N_("disclosed {} to someone outside")),
    "erase": _dicom("110110", "D", N_("erased {}")),
    # people
    "login": _dicom("110114", "E", N_("signed in"), "110122"),
    "login-failed": _dicom("110114", "E", N_("failed to sign in"), "110122"),
    "logout": _dicom("110114", "E", N_("signed out"), "110123"),
    "lock": _dicom("110114", "E", N_("locked the screen")),
    "unlock": _dicom("110114", "E", N_("unlocked the screen")),
    "step-up": _dicom("110114", "E", N_("confirmed who they are")),
    "account-change": _dicom("110113", "U", N_("changed an account"), "110137"),
    "role-change": _dicom("110113", "U", N_("changed a role"), "110136"),
    "config-change": _dicom("110113", "U", N_("changed the configuration"), "110129"),
    "consent": _dicom("110110", "U", N_("changed a consent")),
    "locate": _dicom("110113", "E", N_("looked for the patient by name or number"), "110127"),
    "break-glass": _dicom("110113", "E", N_("opened the record in an emergency"), "110127"),
    "end-glass": _dicom("110113", "E", N_("ended the emergency access"), "110138"),
    "glass-log": _dicom("110101", "R", N_("read who had used emergency access")),
    "review-glass": _dicom("110113", "U", N_("reviewed an emergency access")),
    "explain": _dicom("110101", "R", N_("asked who may see {} and why")),
    "save-role": _dicom("110113", "U", N_("changed what a role may do"), "110136"),
    "try-role": _dicom("110113", "R", N_("tried out a change of a role"), "110136"),
    "account-create": _account(N_("made an account")),
    "account-disable": _account(N_("closed an account")),
    "account-enable": _account(N_("opened an account again")),
    "account-link": _account(N_("linked an account to a person")),
    "device-new": _account(N_("signed in on a new device")),
    "device-forgotten": _account(N_("forgot a device")),
    "enrol-code": _account(N_("gave out a code for the portal")),
    "enrol": _account(N_("made their account for the portal")),
    "enrol-withdraw": _account(N_("withdrew a code for the portal")),
    "invite": _account(N_("invited someone")),
    "invite-accept": _account(N_("accepted an invitation")),
    "invite-withdraw": _account(N_("withdrew an invitation")),
    "mfa-added": _account(N_("added a second factor")),
    "mfa-removed": _account(N_("removed a second factor")),
    "password-change": _account(N_("changed their password")),
    "password-reset": _account(N_("set a new password")),
    "password-reset-asked": _account(N_("asked for a new password")),
    "proxy-grant": _account(N_("let someone act for the patient")),
    "proxy-end": _account(N_("ended that someone acts for the patient")),
    "token-create": _account(N_("made a token for a program")),
    "token-revoke": _account(N_("revoked a token")),
    "hold": _dicom("110113", "U", N_("held the record back from erasure")),
    "merge": _dicom("110113", "U", N_("made two records of the patient one")),
    "unmerge": _dicom("110113", "U", N_("made the merged records two again")),
    "release-hold": _dicom("110113", "U", N_("released the record for erasure")),
    # the audit itself
    "audit-read": _dicom("110101", "R", N_("read who had used the record")),
    "audit-archive": _dicom("110101", "U", N_("archived the audit")),
    "audit-started": _dicom("110100", "E", N_("started the system"), "110120"),
    "audit-stopped": _dicom("110100", "E", N_("stopped the system"), "110121"),
    "audit-gap": _dicom("110100", "E", N_("found that nothing had been recorded for a while")),
    "ledger-verify": _dicom("110101", "R", N_("checked that the record is intact")),
}
"""Every action that the audit has. Another may be noted; it is shown under its own code."""

_OTHER = Action("110100", "E", N_("did “{action}” with {}"))

# Types of resources in words that a patient reads; others are shown by their name.
_TYPES = {
    "AllergyIntolerance": N_("allergies"),
    "Appointment": N_("appointments"),
    "CarePlan": N_("care plans"),
    "CareTeam": N_("the care team"),
    "Claim": N_("bills"),
    "Communication": N_("messages"),
    "Condition": N_("diagnoses and problems"),
    "Consent": N_("consents"),
    "Coverage": N_("insurance"),
    "DiagnosticReport": N_("reports of results"),
    "DocumentReference": N_("documents"),
    "Encounter": N_("visits"),
    "ExplanationOfBenefit": N_("bills"),
    "FamilyMemberHistory": N_("family history"),
    "Goal": N_("goals"),
    "Immunization": N_("immunizations"),
    "MedicationRequest": N_("prescriptions"),
    "MedicationStatement": N_("medications"),
    "Observation": N_("measurements and results"),
    "Patient": N_("name, address and other personal details"),
    "Procedure": N_("procedures"),
    "QuestionnaireResponse": N_("questionnaires"),
    "RelatedPerson": N_("relatives and contacts"),
    "ServiceRequest": N_("orders"),
    "Task": N_("tasks"),
}


def action(code: str) -> Action:
    """The action of a code, a general one where it is not listed."""
    return ACTIONS.get(code, _OTHER)


def category(type: str | None) -> str:
    """The category of data, from the type of resource."""
    return N_("the record") if type is None else _TYPES.get(type, type)


def in_words(
    code: str,
    type: str | None,
    outcome: str = "success",
    say: Callable[[str], str] = str,
) -> str:
    """What was done, for people: "read diagnoses and problems"; `say` puts each part into their language."""
    said = say(action(code).words).replace("{action}", code).format(say(category(type)))
    return said if outcome == "success" else say(N_("tried and failed: {}")).format(said)
