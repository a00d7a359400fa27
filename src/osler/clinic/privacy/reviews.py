"""Reviews of broken glass and unusual access: looked at, found proper or not, and what follows."""

from __future__ import annotations

from typing import Literal

from osler.access import Principal
from osler.clinic.privacy import breaches, desk, requests
from osler.clinic.privacy.codes import Kind
from osler.record import Record

Finding = Literal["proper", "improper"]


def review(
    record: Record, principal: Principal, id: str, finding: Finding, text: str
) -> str | None:
    """Close a review with its finding. An improper access opens a breach case; its logical id."""
    found = desk.open_case(record, principal, id, Kind.GLASS, Kind.ANOMALY)
    requests.end(found, principal, "completed", finding, desk.said(text, "What was found"))
    if finding == "proper":
        desk.save(record, principal, found)
        return None
    # First the case file: were it lost, the closed review would hide the access.
    case = breaches.discover(
        record,
        principal,
        f"Improper access, found in Task/{id}: {text}",
        discovered=desk.today(),
    )
    if found.patient:
        breaches.affected(record, principal, case, [found.patient])
    desk.output(found.task, "case", reference=f"Task/{case}")
    desk.save(record, principal, found)
    return case
