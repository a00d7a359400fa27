"""The words of the privacy desk: what a Task is about, and the clock the law gives it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from osler.fhir import r4
from osler.kit.words import N_

SYSTEM = "urn:osler:task"
"""The code system of what a Task of ours is about, and of its results."""
ROLES = "urn:osler:role"
"""The code system of roles."""
OFFICER = r4.CodeableConcept(
    coding=[r4.Coding(system=ROLES, code="privacy-officer")], text="Privacy officer"
)
"""Who works on these Tasks."""


class Kind(StrEnum):
    """What a Task of the privacy desk is about."""

    ACCESS = "access-request"
    AMENDMENT = "amendment-request"
    ACCOUNTING = "accounting-of-disclosures"
    RESTRICTION = "restriction-request"
    CONFIDENTIAL = "confidential-communications"
    ERASURE = "erasure-request"
    COMPLAINT = "privacy-complaint"
    BREACH = "breach-case"
    NOTIFICATION = "breach-notification"
    GLASS = "break-glass-review"
    ANOMALY = "audit-review"


WORDS: dict[Kind, str] = {
    Kind.ACCESS: N_("Request for a copy of the record"),
    Kind.AMENDMENT: N_("Request to amend the record"),
    Kind.ACCOUNTING: N_("Request for an accounting of disclosures"),
    Kind.RESTRICTION: N_("Request to restrict use or disclosure"),
    Kind.CONFIDENTIAL: N_("Request for confidential communications"),
    Kind.ERASURE: N_("Request for erasure"),
    Kind.COMPLAINT: N_("Privacy complaint"),
    Kind.BREACH: N_("Breach case file"),
    Kind.NOTIFICATION: N_("Breach notification"),
    Kind.GLASS: N_("Review of emergency access"),
    Kind.ANOMALY: N_("Unusual access to review"),
}
ASKED_BY_PATIENTS = (
    Kind.ACCESS,
    Kind.AMENDMENT,
    Kind.ACCOUNTING,
    Kind.RESTRICTION,
    Kind.CONFIDENTIAL,
    Kind.COMPLAINT,
    Kind.ERASURE,
)


@dataclass(frozen=True, slots=True)
class Clock:
    """Days from the receipt of a request to its answer; `extension` more days, once, with a written reason."""

    days: int
    extension: int
    source: str


CLOCKS: dict[str, dict[Kind, Clock]] = {
    "us": {
        Kind.ACCESS: Clock(30, 30, "45 CFR 164.524(b)(2)"),
        Kind.AMENDMENT: Clock(60, 30, "45 CFR 164.526(b)(2)"),
        Kind.ACCOUNTING: Clock(60, 30, "45 CFR 164.528(c)(1)"),
        # The law names no days here; a month is what a patient may expect.
        Kind.RESTRICTION: Clock(30, 0, "45 CFR 164.522(a): no days named"),
        Kind.CONFIDENTIAL: Clock(10, 0, "45 CFR 164.522(b): no days named"),
        Kind.COMPLAINT: Clock(30, 0, "45 CFR 164.530(d): no days named"),
        Kind.ERASURE: Clock(30, 0, "no right under HIPAA; answered like a request"),
        Kind.BREACH: Clock(60, 0, "45 CFR 164.404(b)"),
        Kind.GLASS: Clock(3, 0, "the practice's own rule"),
        Kind.ANOMALY: Clock(14, 0, "45 CFR 164.308(a)(1)(ii)(D): regularly"),
    },
}
# A month, and two more where requests are complex or many (Art. 12(3)); 72 hours to the authority (Art. 33).
_MONTH = Clock(30, 60, "GDPR Art. 12(3)")
CLOCKS["eu"] = {
    **CLOCKS["us"],
    **dict.fromkeys(
        (Kind.ACCESS, Kind.AMENDMENT, Kind.ACCOUNTING, Kind.RESTRICTION, Kind.ERASURE), _MONTH
    ),
    Kind.BREACH: Clock(3, 0, "GDPR Art. 33(1): 72 hours"),
}


def concept(code: str, text: str | None = None) -> r4.CodeableConcept:
    """A code of the privacy desk."""
    return r4.CodeableConcept(coding=[r4.Coding(system=SYSTEM, code=code)], text=text)


def code_of(concept: r4.CodeableConcept | None) -> str | None:
    """The privacy desk's code in a concept."""
    for coding in (concept.coding or []) if concept else []:
        if coding.system == SYSTEM:
            return coding.code
    return None
