"""Confidential communications: where and how a patient wants to be reached. 45 CFR 164.522(b)."""

from __future__ import annotations

from osler.access import Principal
from osler.clinic.privacy import desk, requests
from osler.clinic.privacy.codes import SYSTEM, Kind, concept
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Create, Record
from osler.search.parse import parse

_CODE = "confidential-communications"


def accommodate(record: Record, principal: Principal, id: str, instruction: str) -> str:
    """Grant the request: the instruction becomes a Flag that every page with the patient shows. Its logical id."""
    found = desk.open_case(record, principal, id, Kind.CONFIDENTIAL)
    text = desk.said(instruction, "How to reach the patient")
    requests.end(found, principal, "completed", "granted", text)
    flag = r4.Flag(
        status="active",
        category=[concept(_CODE)],
        code=concept(_CODE, text),
        subject=r4.Reference(reference=f"Patient/{found.patient}"),
        period=r4.Period(start=desk.today().isoformat()),
    )
    place = "urn:uuid:00000000-0000-4000-8000-000000000001"
    desk.output(found.task, "flag", reference=place)
    return desk.save(record, principal, found, Create(flag, full_url=place))[0]


def instructions(record: Record, principal: Principal, patient: str) -> list[str]:
    """How to reach this patient, as agreed; empty where nothing special was."""
    pairs = [("patient", f"Patient/{patient}"), ("_count", "50")]
    page = record.search(principal, parse("Flag", pairs, record.registry))
    flags = [decode(match.content) for match in page.matches]
    return [
        flag.code.text
        for flag in flags
        if isinstance(flag, r4.Flag)
        and flag.status == "active"
        and any(one.system == SYSTEM and one.code == _CODE for one in flag.code.coding or [])
        and flag.code.text
    ]
