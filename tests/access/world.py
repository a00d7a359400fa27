"""A searchable world with two organizations, and what the rules of access say of it in plain Python."""

from __future__ import annotations

import json
from typing import Any

from psycopg import sql

from osler.access.consent import COLUMNS, rules_of
from osler.fhir.codec import decode
from osler.fhir.r4.consent import Consent
from tests.search.world import World

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
LABELS = {
    "substance-use": (ACT, "42CFRPart2"),
    "hiv": (ACT, "HIV"),
    "reproductive": (ACT, "SEX"),
    "adolescent": (ACT, "ADOL"),
    "mental-health": (ACT, "MH"),
    "restricted": (CONFIDENTIALITY, "R"),
    "psychotherapy": (ACT, "PSYTHPN"),
}
Json = dict[str, Any]
_INSERT = sql.SQL("INSERT INTO consent_rule ({}) VALUES ({})").format(
    sql.SQL(", ").join(map(sql.Identifier, COLUMNS)),
    sql.SQL(", ").join(sql.Placeholder() * len(COLUMNS)),
)


class Ward(World):
    """A world that also keeps the rules of consents."""

    def admit(self, *resources: Json) -> None:
        self.add(*resources)
        with self.database.connection() as conn:
            for content in resources:
                resource = decode(json.dumps(content).encode())
                if isinstance(resource, Consent):
                    for rule in rules_of(resource):
                        conn.execute(_INSERT, rule.row())

    def forget_consents(self) -> None:
        with self.database.connection() as conn:
            conn.execute("DELETE FROM consent_rule")
            conn.execute("DELETE FROM resource WHERE type = 'Consent'")


def security(*codings: tuple[str, str]) -> Json:
    return {"meta": {"security": [{"system": system, "code": code} for system, code in codings]}}


def ref(text: str) -> Json:
    return {"reference": text}


def patient(id: str, organization: str | None = None, **more: Any) -> Json:
    managed = {"managingOrganization": ref(f"Organization/{organization}")} if organization else {}
    return {"resourceType": "Patient", "id": id, **managed, **more}


def observation(id: str, subject: str, *labels: str, **more: Any) -> Json:
    return {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
        "subject": ref(f"Patient/{subject}"),
        "effectiveDateTime": "2024-05-01",
        **(security(*(LABELS[label] for label in labels)) if labels else {}),
        **more,
    }


def note(id: str, subject: str, author: str, *labels: str) -> Json:
    return {
        "resourceType": "DocumentReference",
        "id": id,
        "status": "current",
        "subject": ref(f"Patient/{subject}"),
        "author": [ref(f"Practitioner/{author}")],
        "content": [{"attachment": {"title": "Note"}}],
        **(security(*(LABELS[label] for label in labels)) if labels else {}),
    }


def encounter(id: str, subject: str, organization: str | None, who: str | None = None) -> Json:
    made: Json = {
        "resourceType": "Encounter",
        "id": id,
        "status": "finished",
        "class": {"code": "AMB"},
        "subject": ref(f"Patient/{subject}"),
    }
    if organization:
        made["serviceProvider"] = ref(f"Organization/{organization}")
    if who:
        made["participant"] = [{"individual": ref(f"Practitioner/{who}")}]
    return made


def appointment(id: str, *actors: str) -> Json:
    return {
        "resourceType": "Appointment",
        "id": id,
        "status": "booked",
        "participant": [{"actor": ref(actor), "status": "accepted"} for actor in actors],
    }


def consent(id: str, subject: str, provision: Json, **more: Any) -> Json:
    return {
        "resourceType": "Consent",
        "id": id,
        "status": "active",
        "scope": {"coding": [{"code": "patient-privacy"}]},
        "category": [{"text": "privacy"}],
        "patient": ref(f"Patient/{subject}"),
        "provision": provision,
        **more,
    }


def actor(reference: str) -> Json:
    return {"role": {"text": "actor"}, "reference": ref(reference)}


PATIENTS: dict[str, Json] = {
    one["id"]: one
    for one in (
        patient("here", "oa", gender="female"),
        patient("there", "ob", gender="male"),
        patient("free", gender="female"),
        patient("visited", "ob"),
        patient("mine", "ob", generalPractitioner=[ref("Practitioner/d1")]),
        patient("team", "ob"),
        patient("booked", "ob"),
        patient("located", "ob"),
        patient("vip", "oa", **security((ACT, "CEL"))),
        patient("my-vip", "oa", **security((CONFIDENTIALITY, "V"))),
    )
}
RELATIONS: tuple[Json, ...] = (
    {"resourceType": "Organization", "id": "oa", "name": "Practice A"},
    {"resourceType": "Organization", "id": "ob", "name": "Practice B"},
    {"resourceType": "Location", "id": "la", "managingOrganization": ref("Organization/oa")},
    {"resourceType": "Location", "id": "lb", "managingOrganization": ref("Organization/ob")},
    {"resourceType": "Practitioner", "id": "d1"},
    {"resourceType": "Practitioner", "id": "d2"},
    encounter("visit", "visited", "oa"),
    encounter("vip-visit", "my-vip", "oa", "d1"),
    encounter("other-visit", "there", "ob", "d2"),
    {
        "resourceType": "CareTeam",
        "id": "team",
        "subject": ref("Patient/team"),
        "participant": [{"member": ref("Practitioner/d1")}],
    },
    appointment("soon", "Patient/booked", "Practitioner/d1"),
    appointment("placed", "Patient/located", "Location/la"),
    appointment("elsewhere", "Patient/there", "Location/lb", "Practitioner/d2"),
)
ABOUT: tuple[Json, ...] = tuple(
    made
    for id in PATIENTS
    for made in (
        observation(f"plain-{id}", id),
        *(observation(f"{label}-{id}", id, label) for label in LABELS if label != "psychotherapy"),
        note(f"letter-{id}", id, "d2"),
        note(f"therapy-1-{id}", id, "d1", "psychotherapy"),
        note(f"therapy-2-{id}", id, "d2", "psychotherapy"),
    )
)
CAST: tuple[Json, ...] = (*PATIENTS.values(), *RELATIONS, *ABOUT)

TREATED_BY_D1 = {"mine", "team", "booked", "my-vip"}
OF_A = {"here", "free", "visited", "located", "vip", "my-vip"} | TREATED_BY_D1
SEEN_BY_D1 = OF_A - {"vip"}
"""Whom a physician d1 of organization oa sees: of A, and of the VIPs the one treated."""


def subject_of(resource: Json) -> set[str]:
    """The patients a resource of the cast is about."""
    if resource["resourceType"] == "Patient":
        return {resource["id"]}
    named = [resource.get("subject"), *(p.get("actor") for p in resource.get("participant", ()))]
    texts = [one["reference"] for one in named if one]
    return {text.removeprefix("Patient/") for text in texts if text.startswith("Patient/")}


def labels_of(resource: Json) -> set[str]:
    """The sensitive categories of a resource of the cast."""
    pairs = {(c["system"], c["code"]) for c in resource.get("meta", {}).get("security", ())}
    return {label for label, pair in LABELS.items() if pair in pairs}


def wrote(resource: Json, practitioner: str) -> bool:
    return ref(f"Practitioner/{practitioner}") in resource.get("author", ())
