"""Entries of any type that were mistakes: they stay, with the reason, and leave the lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from osler.clinic.chart.words import coded
from osler.clinic.lists.items import Chart, Item, L, concept
from osler.clinic.lists.items import note as remark
from osler.fhir import r4
from osler.kit.errors import Invalid, NotFound
from osler.record import Update, Version

WRONG = "entered-in-error"
REASON = "urn:osler:reason"
"""Extension of types that have no notes: why the entry is a mistake."""
_VERIFIED = {
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
}


def mark(
    chart: Chart,
    item: Item[Any],
    reason: str,
    version: int | None = None,
    along: Sequence[Update] = (),
) -> Version:
    """Write that an entry is a mistake, with what follows of that. Raises Invalid without a reason."""
    spoil(chart, item.resource, reason)
    return chart.write([chart.changed(item, version), *along])[0]


def spoil(chart: Chart, one: Any, reason: str) -> None:
    """The same to a resource that is written along with others."""
    why = reason.strip()
    if not why:
        raise Invalid("Say why this was entered in error.")
    match one:
        case r4.Condition() | r4.AllergyIntolerance():
            one.clinicalStatus = None
            system = _VERIFIED[type(one).__name__]
            one.verificationStatus = concept(system, WRONG, "Entered in error")
        case r4.Goal():
            one.lifecycleStatus = "entered-in-error"
        case r4.RelatedPerson():
            one.active = False
        case _:
            one.status = WRONG
    if hasattr(one, "note"):
        remark(chart, one, f"Entered in error: {why}")
        return
    said = r4.Extension(url=REASON, valueString=why)
    one.extension = [*(e for e in one.extension or [] if e.url != REASON), said]


def is_mistake(one: Any) -> bool:
    """Whether an entry was marked as a mistake."""
    match one:
        case r4.Condition() | r4.AllergyIntolerance():
            return coded(one.verificationStatus, WRONG)
        case r4.Goal():
            return one.lifecycleStatus == WRONG
        case r4.RelatedPerson():
            return any(e.url == REASON for e in one.extension or [])
        case _:
            return getattr(one, "status", None) == WRONG


def refuse_mistakes(item: Item[Any]) -> None:
    """Raises NotFound for what was entered in error: its history shows it, and it is not edited."""
    if is_mistake(item.resource):
        raise NotFound("This was entered in error. Its history shows what it was.")


def standing(items: list[Item[L]]) -> list[Item[L]]:
    """Those that were not entered in error."""
    return [item for item in items if not is_mistake(item.resource)]


def held(
    chart: Chart, kind: type[L], most: int, *pairs: tuple[str, str]
) -> tuple[list[Item[L]], bool]:
    """At most `most` of a type without those, newest first; and whether there are older ones."""
    found = chart.items(kind, most, *pairs)
    return standing(found), len(found) == most
