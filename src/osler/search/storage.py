"""Where the values of which parameters are kept, so that each is written once.

Three tables of choices: the date by which a type is listed (columns `date_low`, `date_high`),
parameters that read what another has written, and names tried for types not in the first table.
"""

from __future__ import annotations

from collections.abc import Mapping

PRIMARY_DATE: Mapping[str, str] = {
    "Account": "period",
    "AllergyIntolerance": "date",
    "Appointment": "date",
    "CarePlan": "date",
    "CareTeam": "date",
    "Claim": "created",
    "Communication": "sent",
    "CommunicationRequest": "authored",
    "Condition": "onset-date",
    "ChargeItem": "entered-date",
    "Encounter": "date",
    "ExplanationOfBenefit": "created",
    "Goal": "start-date",
    "Media": "created",
    "MedicationAdministration": "effective-time",
    "MedicationDispense": "whenhandedover",
    "MedicationRequest": "authoredon",
    "MedicationStatement": "effective",
    "Patient": "birthdate",
    "Person": "birthdate",
    "RelatedPerson": "birthdate",
    "Provenance": "recorded",
    "QuestionnaireResponse": "authored",
    "Slot": "start",
    "Specimen": "collected",
    "Task": "authored-on",
}
PRIMARY_DATE_NAMES = (
    "date", "authored", "authored-on", "created", "recorded", "issued", "started", "period",
    "datetime", "datewritten", "timestamp", "identified",
)  # fmt: skip

SERVED_BY: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("Observation", "combo-code"): ("code", "component-code"),
    ("Observation", "combo-data-absent-reason"): (
        "data-absent-reason",
        "component-data-absent-reason",
    ),
    ("Observation", "combo-value-concept"): ("value-concept", "component-value-concept"),
    ("Observation", "value-quantity"): ("code-value-quantity",),
    ("Observation", "component-value-quantity"): ("component-code-value-quantity",),
    ("Observation", "combo-value-quantity"): (
        "code-value-quantity",
        "component-code-value-quantity",
    ),
    ("Observation", "combo-code-value-quantity"): (
        "code-value-quantity",
        "component-code-value-quantity",
    ),
    ("Observation", "combo-code-value-concept"): (
        "code-value-concept",
        "component-code-value-concept",
    ),
}

_PEOPLE_AND_PLACES = (
    "InsurancePlan", "Organization", "Patient", "Person", "Practitioner", "RelatedPerson",
)  # fmt: skip


def served_by(type: str, code: str) -> tuple[str, ...]:
    """The parameters whose stored values answer this one; none where it has its own."""
    if code == "phonetic" and type in _PEOPLE_AND_PLACES:
        return ("name",)  # for its order and where it is missing; how people sound is in `lookup`
    return SERVED_BY.get((type, code), ())


WRITTEN_APART: Mapping[tuple[str, str], tuple[str, ...]] = {
    # The composite writes a row for each Quantity; these types only the plain parameter has.
    ("Observation", "value-quantity"): ("SampledData",),
    ("Observation", "component-value-quantity"): ("SampledData",),
}

NOT_STORED = frozenset({"_id", "_lastUpdated", "_text", "_content", "_query", "_filter"})
"""Parameters of all resources that read columns or the content itself."""
