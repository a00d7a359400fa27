"""Entries as other programs write them, and forms that are sent as they stand."""

from __future__ import annotations

import html
import re
from itertools import count
from typing import Any

from osler.access import LOCAL
from osler.clinic.lists.items import Chart
from osler.fhir import r4
from osler.record import Record
from tests.staff.background.test_entries import post, who
from tests.staff.lists.test_two_at_once import fields
from tests.staff.people import staff, text

_PEOPLE = count(1)
ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"


def subject() -> r4.Reference:
    return r4.Reference(reference=f"Patient/{who()}")


def coded(system: str, code: str, display: str | None = None) -> r4.CodeableConcept:
    return r4.CodeableConcept(coding=[r4.Coding(system=system, code=code, display=display)])


def kept(record: Record, one: Any) -> str:
    """Write something as another program does; its id."""
    return Chart(record, LOCAL, who()).add(one)[0].id


def current(record: Record, kind: Any, id: str) -> Any:
    return Chart(record, LOCAL, who()).read(kind, id).resource


def ticked(page: str) -> dict[str, list[str]]:
    """Boxes of several choices that are ticked."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input [^>]*type=\"checkbox\"[^>]*>", page):
        if " checked" in tag:
            name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
            if name and value:
                found.setdefault(name[1], []).append(html.unescape(value[1]))
    return found


def resaved(path: str, change: dict[str, str] | None = None, doctor: Any = None) -> Any:
    """Open the form of an entry and send it as it stands, but for a change."""
    doctor = doctor or anybody()
    page = doctor.get(f"/patients/{who()}/{path}")
    assert page.status_code == 200, text(page)
    shown = {name: html.unescape(value) for name, value in fields(page).items()}
    sent: dict[str, Any] = {**shown, **ticked(page.content.decode()), **(change or {})}
    return post(doctor, path, sent)


def words(path: str, role: str = "physician") -> str:
    return text(anybody(role).get(f"/patients/{who()}/{path}"))


def anybody(role: str = "physician") -> Any:
    """Somebody of a role who was not there before."""
    return staff(role, name=f"somebody{next(_PEOPLE)}")
