"""Resources of the patient ana, written into the record of a test."""

from __future__ import annotations

import json
from typing import Any

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Checks, Record, Update, Version

SUBJECT = {"reference": "Patient/ana"}
_NAME = {"use": "official", "family": "Garcia", "given": ["Ana"]}


def write(record: Record, *resources: dict[str, Any]) -> list[Version]:
    """Write these resources under their ids."""
    ops = [Update(decode(json.dumps(one).encode())) for one in resources]
    done = record.commit(LOCAL, ops, checks=Checks(references=False, why_off="made for a test"))
    return [one.version for one in done if one.version is not None]


def patient(**more: Any) -> dict[str, Any]:
    """Ana, with more or other elements."""
    ana = {"resourceType": "Patient", "id": "ana", "birthDate": "1961-05-02", "name": [_NAME]}
    return ana | {"gender": "female"} | more


def flag(id: str, text: str, category: str, status: str = "active") -> dict[str, Any]:
    """A flag of ours."""
    system = "urn:osler:flag"
    return {
        "resourceType": "Flag",
        "id": id,
        "status": status,
        "category": [{"coding": [{"system": system, "code": category}]}],
        "code": {"text": text},
        "subject": SUBJECT,
    }
