"""Reviews of broken glass and unusual access: looked at, found proper or not, and what follows."""

from __future__ import annotations

from typing import Literal

from osler.access import Principal
from osler.clinic.privacy import breaches, desk, requests
from osler.clinic.privacy.codes import Kind
from osler.kit.errors import NotAllowed, NotFound
from osler.record import Record
from osler.record.glass import IDENTIFIER

Finding = Literal["proper", "improper"]


def review(
    record: Record, principal: Principal, id: str, finding: Finding, text: str, *, law: str = "us"
) -> str | None:
    """Close a review with its finding. An improper access opens a breach case; its logical id.

    Raises:
        NotAllowed: it is one's own broken glass.
    """
    found = desk.open_case(record, principal, id, Kind.GLASS, Kind.ANOMALY)
    text = desk.said(text, "What was found")
    # First the case file: were it lost, the closed review would hide the access.
    case = None if finding == "proper" else _case(record, principal, found, text, law)
    result = f"{finding.capitalize()}: {text}" + (f" See Task/{case}." if case else "")
    if found.kind is Kind.GLASS:
        record.review_glass(principal, _glass(found), result)
    else:
        requests.end(found, principal, "completed", finding, result)
        desk.save(record, principal, found)
    return case


def _case(record: Record, principal: Principal, found: desk.Case, text: str, law: str) -> str:
    if found.kind is Kind.GLASS and _is_own(record, principal, found):
        raise NotAllowed("You broke this glass yourself; somebody else must review it.")
    case = breaches.discover(
        record,
        principal,
        f"Improper access, found in Task/{found.id}: {text}",
        discovered=desk.today(),
        law=law,
    )
    if found.patient:
        breaches.affected(record, principal, case, [found.patient])
    return case


def _is_own(record: Record, principal: Principal, found: desk.Case) -> bool:
    glass = _glass(found)
    return any(
        one.id == glass and one.account == principal.id
        for one in record.glass_log(principal, found.patient)
    )


def _glass(found: desk.Case) -> str:
    """The id of the broken glass that a Task reviews."""
    values = [
        one.value for one in found.task.identifier or [] if one.system == IDENTIFIER and one.value
    ]
    if not values:
        raise NotFound("This review does not say which broken glass it is about.")
    return values[0]
