"""A small cast: principals with their policies, and resources as JSON."""

from __future__ import annotations

import json
from typing import Any

from osler.access import LOCAL, Everywhere, Principal, Rule, RulePolicy
from osler.fhir.base import Resource
from osler.fhir.codec import decode
from osler.search.parse import parse_where
from osler.search.registry import Registry
from osler.search.tree import Everything, Policy

CLINICIAN = LOCAL
STRANGER = Principal(id="stranger", name="A stranger")
PATIENT = Principal(id="ana", name="Ana", patient="ana", roles=frozenset({"patient"}))
AUTHOR = Principal(id="author", name="May write only final observations of Ana")

_READ = frozenset({"read", "vread", "search", "history"})


def policy_of(principal: Principal) -> Policy:
    """Ana sees her own record; the author writes Ana's final observations; the stranger nothing."""
    registry = Registry.builtin()
    if principal.id == "local":
        return Everywhere()
    if principal.id == "ana":
        return RulePolicy(
            [
                Rule("Patient", parse_where("Patient", "_id=ana", registry), _READ),
                Rule(
                    "Observation",
                    parse_where("Observation", "patient=Patient/ana", registry),
                    _READ,
                ),
                Rule("Practitioner", Everything(), _READ),
            ]
        )
    if principal.id == "author":
        final = parse_where("Observation", "patient=Patient/ana&status=final", registry)
        return RulePolicy(
            [
                Rule("Observation", final, _READ | {"create", "update", "delete"}),
                Rule("Patient", Everything(), _READ),
            ]
        )
    return RulePolicy()


def made(**content: Any) -> Resource:
    """A resource from JSON elements."""
    return decode(json.dumps(content).encode())


def patient(id: str | None = None, family: str = "Núñez", **more: Any) -> Resource:
    """A Patient."""
    content = {"resourceType": "Patient", "name": [{"family": family, "given": ["Ana"]}], **more}
    return made(**content, **({"id": id} if id else {}))


def observation(subject: str, id: str | None = None, **more: Any) -> Resource:
    """A final body weight of a patient (logical id)."""
    content: dict[str, Any] = {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": {"reference": f"Patient/{subject}"},
        "effectiveDateTime": "2026-03-01T09:30:00Z",
        "valueQuantity": {
            "value": 71.50,
            "unit": "kg",
            "system": "http://unitsofmeasure.org",
            "code": "kg",
        },
        **more,
    }
    return made(**content, **({"id": id} if id else {}))
