"""Rows of the audit as FHIR AuditEvents, the way IHE's Basic Audit Log Patterns shape them.

https://hl7.org/fhir/R4/auditevent.html, https://profiles.ihe.net/ITI/BALP/
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from osler.fhir.codec import encode
from osler.fhir.r4.audit_event import (
    AuditEvent,
    AuditEventAgent,
    AuditEventAgentNetwork,
    AuditEventEntity,
    AuditEventEntityDetail,
    AuditEventSource,
)
from osler.fhir.r4.codes import AuditEventOutcomeCode
from osler.fhir.r4.datatypes import CodeableConcept, Coding, Identifier, Meta, Reference
from osler.record.audit_words import action, in_words
from osler.record.stamp import instant
from osler.store.audit.query import EVERYBODY, AuditRow
from osler.store.rows import Version

DICOM = "http://dicom.nema.org/resources/ontology/DCM"
EVENT_TYPE = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
ENTITY_TYPE = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
OBJECT_ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
SOURCE_TYPE = "http://terminology.hl7.org/CodeSystem/security-source-type"
PURPOSE = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
TRANSACTION = "https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType"

PERSON = Coding(system=ENTITY_TYPE, code="1", display="Person")
SYSTEM_OBJECT = Coding(system=ENTITY_TYPE, code="2", display="System Object")
_PATIENT = Coding(system=OBJECT_ROLE, code="1", display="Patient")
_RESOURCE = Coding(system=OBJECT_ROLE, code="4", display="Domain Resource")
_QUERY = Coding(system=OBJECT_ROLE, code="24", display="Query")
_REST = Coding(system=EVENT_TYPE, code="rest", display="RESTful Operation")
_CLIENT = Coding(system=DICOM, code="110153", display="Source Role ID")
_ROLE_TYPE = "http://terminology.hl7.org/CodeSystem/extra-security-role-type"
_HUMAN = CodeableConcept(coding=[Coding(system=_ROLE_TYPE, code="humanuser", display="human user")])
_ROLE_CODE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
_BEHALF = CodeableConcept(
    coding=[Coding(system=_ROLE_CODE, code="DELEGATOR", display="delegator")],
    text="on whose behalf it was done",
)
_DETAILS = ("hits", "detail", "source", "author", "session")


def version(row: AuditRow) -> Version:
    """The row as the one version of its AuditEvent."""
    content = encode(event(row))
    return Version("AuditEvent", str(row.seq), 1, row.at, False, content)


def event(row: AuditRow) -> AuditEvent:
    """The row as an AuditEvent; its id is the row's number."""
    kind = action(row.action)
    return AuditEvent(
        id=str(row.seq),
        meta=Meta(versionId="1", lastUpdated=instant(row.at)),
        type=_REST if kind.event == "rest" else _dicom(kind.event),
        subtype=[subtype(row.action)],
        action=kind.crude,
        recorded=instant(row.at),
        outcome=outcome(row.outcome),
        outcomeDesc=None if row.outcome == "success" else row.outcome,
        purposeOfEvent=_purposes(row),
        agent=list(_agents(row)),
        source=AuditEventSource(
            site="Osler",
            observer=Reference(display="Osler"),
            type=[Coding(system=SOURCE_TYPE, code="4", display="Application Server")],
        ),
        entity=list(_entities(row)) or None,
    )


def outcome(said: str) -> AuditEventOutcomeCode:
    """The AuditEvent's outcome: 0 success, 4 refused or not found, 8 the server failed."""
    match said:
        case "success":
            return "0"
        case "exception" | "transient" | "timeout":
            return "8"
        case _:
            return "4"


def subtype(code: str) -> Coding:
    """The interaction, or DICOM's code of what happened."""
    kind = action(code)
    if kind.event == "rest":
        shown = kind.interaction or "operation"
        return Coding(system=INTERACTION, code=shown, display=shown)
    if kind.detail is None:
        return Coding(code=code, display=in_words(code, None))
    return Coding(system=DICOM, code=kind.detail, display=_NAMES[kind.detail])


def _dicom(code: str) -> Coding:
    return Coding(system=DICOM, code=code, display=_NAMES[code])


_NAMES = {
    "110100": "Application Activity",
    "110101": "Audit Log Used",
    "110106": "Export",
    "110107": "Import",
    "110110": "Patient Record",
    "110113": "Security Alert",
    "110114": "User Authentication",
    "110120": "Application Start",
    "110121": "Application Stop",
    "110122": "Login",
    "110123": "Logout",
    "110127": "Emergency Override Started",
    "110129": "Security Configuration",
    "110136": "Security Roles Changed",
    "110137": "User security Attributes Changed",
    "110138": "Emergency Override Stopped",
}


def _purposes(row: AuditRow) -> list[CodeableConcept] | None:
    codes = [row.purpose] if row.purpose else []
    if row.emergency and "ETREAT" not in codes:
        codes.append("ETREAT")
    found = [CodeableConcept(coding=[Coding(system=PURPOSE, code=code)]) for code in codes]
    return found or None


def _agents(row: AuditRow) -> Iterator[AuditEventAgent]:
    """Who did it; for whom, where for another; and by which software from where."""
    machine = row.actor.startswith("system:")
    yield AuditEventAgent(
        type=None if machine else _HUMAN,
        role=[CodeableConcept(text=role) for role in row.roles] or None,
        who=Reference(reference=row.person, identifier=Identifier(value=row.actor)),
        altId=row.actor,
        name=row.actor_name,
        requestor=True,
        network=_network(row),
    )
    if row.on_behalf:
        reference = row.on_behalf if "/" in row.on_behalf else None
        yield AuditEventAgent(
            type=_BEHALF,
            who=Reference(reference=reference, identifier=Identifier(value=row.on_behalf)),
            requestor=False,
        )
    if row.client:
        yield AuditEventAgent(
            type=CodeableConcept(coding=[_CLIENT]),
            who=Reference(display=row.client),
            requestor=False,
            network=_network(row),
        )


def _network(row: AuditRow) -> AuditEventAgentNetwork | None:
    return AuditEventAgentNetwork(address=row.address, type="2") if row.address else None


def _entities(row: AuditRow) -> Iterator[AuditEventEntity]:
    """The patients, the resource or the query, and the request."""
    for patient in row.patients:
        what = (
            Reference(display="All patients")
            if patient == EVERYBODY
            else Reference(reference=f"Patient/{patient}")
        )
        yield AuditEventEntity(what=what, type=PERSON, role=_PATIENT)
    if row.type and row.id:
        reference = f"{row.type}/{row.id}"
        if row.version is not None:
            reference += f"/_history/{row.version}"
        yield AuditEventEntity(
            what=Reference(reference=reference), type=SYSTEM_OBJECT, role=_RESOURCE
        )
    details = [
        AuditEventEntityDetail(type=name, valueString=str(getattr(row, name)))
        for name in _DETAILS
        if getattr(row, name) not in {None, ""}
    ]
    if row.query is not None or details or row.type:
        asked = "?".join(part for part in (row.type, row.query) if part)
        query = base64.b64encode(asked.encode()).decode() if row.query is not None else None
        yield AuditEventEntity(
            type=SYSTEM_OBJECT,
            role=_QUERY if query else None,
            query=query,
            description=in_words(row.action, row.type, row.outcome),
            detail=details or None,
        )
    if row.request:
        yield AuditEventEntity(
            what=Reference(identifier=Identifier(value=row.request)),
            type=Coding(system=TRANSACTION, code="XrequestId"),
        )
