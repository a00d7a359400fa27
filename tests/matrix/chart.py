"""One item of each kind in the charts of both patients, and what the addresses of chart pages name."""

from __future__ import annotations

import re
from typing import Any

from tests.matrix.cast import OTHER, OWN, ref
from tests.record.cast import made

_CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"
_NAMES = re.compile(r"<(\w+)>")

ITEMS = {
    "problem": "condition",
    "allergy": "allergy",
    "medication": "drug",
    "immunization": "vaccine",
    "procedure": "procedure",
    "note": "note",
    "vital": "sodium",
    "result": "sodium",
    "document": "letter",
    "annotation": "letter",
    "letter": "letter",
    "item-history": "condition",
    "famil": "relative",
    "surg": "procedure",
    "device": "device",
    "goal": "goal",
    "care-plan": "plan",
    "care-team": "team",
    "directive": "consent",
}
"""What `<item>` is, by the beginning of the address's name; the longest one counts."""
_OTHERS = {
    "type": "Condition",
    "kind": "problem",
    "part": "name",
    "step": "stop",
    "merge": "00000000-0000-0000-0000-000000000007",
}


def items(subject: str) -> list[Any]:
    """The items of one patient's chart."""
    whose = ref(f"Patient/{subject}")
    words = {"text": f"record of {subject}"}
    active = {"coding": [{"system": _CLINICAL, "code": "active"}]}
    return [
        made(
            resourceType="Condition",
            id=f"{subject}-condition",
            clinicalStatus=active,
            category=[{"coding": [{"code": "problem-list-item"}]}],
            code=words,
            subject=whose,
        ),
        made(
            resourceType="AllergyIntolerance",
            id=f"{subject}-allergy",
            clinicalStatus={"coding": [{"system": _ALLERGY, "code": "active"}]},
            code=words,
            patient=whose,
        ),
        made(
            resourceType="MedicationRequest",
            id=f"{subject}-drug",
            status="active",
            intent="order",
            medicationCodeableConcept=words,
            subject=whose,
        ),
        made(
            resourceType="Immunization",
            id=f"{subject}-vaccine",
            status="completed",
            vaccineCode=words,
            patient=whose,
            occurrenceDateTime="2026-01-02",
        ),
        made(
            resourceType="Procedure",
            id=f"{subject}-procedure",
            status="completed",
            code=words,
            subject=whose,
        ),
        made(
            resourceType="Composition",
            id=f"{subject}-note",
            status="preliminary",
            type={"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
            title=f"record of {subject}",
            date="2026-01-02T10:00:00Z",
            subject=whose,
            author=[ref("Practitioner/you")],
        ),
        made(
            resourceType="FamilyMemberHistory",
            id=f"{subject}-relative",
            status="completed",
            patient=whose,
            relationship={"text": "mother"},
            note=[words],
        ),
        made(resourceType="Device", id=f"{subject}-device", type=words, patient=whose),
        made(
            resourceType="Goal",
            id=f"{subject}-goal",
            lifecycleStatus="active",
            description=words,
            subject=whose,
        ),
        made(
            resourceType="CarePlan",
            id=f"{subject}-plan",
            status="active",
            intent="plan",
            title=f"record of {subject}",
            subject=whose,
        ),
        made(
            resourceType="CareTeam",
            id=f"{subject}-team",
            status="active",
            name=f"record of {subject}",
            subject=whose,
        ),
    ]


def arguments(name: str, path: str, *, own: bool) -> dict[str, Any]:
    """What stands for the variables of a page that is neither of accounts nor of the desks."""
    subject = OWN if own else OTHER
    prefixes = [one for one in ITEMS if name.startswith(one)]
    kind = ITEMS[max(prefixes, key=len)] if prefixes else "none"
    if name == "merge-compare":
        return {"id": subject, "item": OTHER if own else OWN}
    known = {**_OTHERS, "id": subject, "item": f"{subject}-{kind}"}
    return {variable: known.get(variable, "none") for variable in _NAMES.findall(path)}
