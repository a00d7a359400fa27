"""Insurance of a patient: each a Coverage, in the order in which they pay."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from osler.access import Principal
from osler.clinic.patients.demographics import Values
from osler.clinic.patients.tables import words
from osler.fhir import r4
from osler.fhir.codec import decode
from osler.record import Record
from osler.search.parse import parse
from osler.search.tree import Nothing

_CLASS = "http://terminology.hl7.org/CodeSystem/coverage-class"
_TYPES = "http://terminology.hl7.org/CodeSystem/v2-0203"

_MARKS = str.maketrans({"\\": "\\\\", ",": "\\,", "|": "\\|", "$": "\\$"})


def of_patient(record: Record, principal: Principal, patient: str) -> list[r4.Coverage]:
    """The coverages that hold, the first payer first."""
    pairs = [("patient", f"Patient/{patient}"), ("status", "active"), ("_count", "20")]
    page = record.search(principal, parse("Coverage", pairs, record.registry))
    found = [decode(one.content) for one in page.matches]
    some = [one for one in found if isinstance(one, r4.Coverage)]
    return sorted(some, key=lambda one: one.order or 99)


def read(one: r4.Coverage) -> dict[str, Any]:
    """The fields of one."""
    payer = next(iter(one.payor or ()), None)
    classes = one.class_ or ()
    relation = next(iter((one.relationship and one.relationship.coding) or ()), None)
    return {
        "id": one.id or "",
        "payer": ((payer.display or payer.reference) if payer else "") or "",
        "member": one.subscriberId or "",
        "group": next((c.value for c in classes if _kind(c) == "group"), ""),
        "plan": next((c.value for c in classes if _kind(c) == "plan"), ""),
        "relation": (relation.code or "") if relation else "",
        "start": (one.period.start or "") if one.period else "",
        "end": (one.period.end or "") if one.period else "",
    }


def made(patient: str, row: Values, order: int) -> r4.Coverage | None:
    """A Coverage of the patient (a reference); None where no payer is named."""
    text = {name: " ".join(str(value or "").split()) for name, value in row.items()}
    if not text.get("payer"):
        return None
    relation = text.get("relation") or "self"
    coding = r4.Coding(
        system=words.SUBSCRIBER, code=relation, display=words.INSURED.get(relation, relation)
    )
    member = text.get("member") or None
    kind = r4.CodeableConcept(coding=[r4.Coding(system=_TYPES, code="MB")])
    period = (text.get("start") or None, text.get("end") or None)
    return r4.Coverage(
        status="active",
        identifier=[r4.Identifier(type=kind, value=member)] if member else None,
        subscriberId=member,
        beneficiary=r4.Reference(reference=patient),
        payor=[r4.Reference(display=text["payer"])],
        relationship=r4.CodeableConcept(coding=[coding]),
        period=r4.Period(start=period[0], end=period[1]) if any(period) else None,
        order=order,
        class_=[_class(name, text[name]) for name in ("group", "plan") if text.get(name)] or None,
    )


def changed(before: r4.Coverage, row: Values, order: int) -> r4.Coverage:
    """The same one as the row says; cancelled where no payer is named. What no row shows stays as it was."""
    new = made("", row, order)
    if new is None:
        return replace(before, status="cancelled")
    payer = before.payor[0] if before.payor else None
    same = payer is not None and new.payor[0].display in {payer.display, payer.reference}
    alike = read(before)["relation"] == read(new)["relation"]
    others = [one for one in before.class_ or () if _kind(one) not in {"group", "plan"}]
    numbers = [one for one in before.identifier or () if not _of_member(one)]
    return replace(
        before,
        identifier=[*(new.identifier or ()), *numbers] or None,
        subscriberId=new.subscriberId,
        payor=before.payor if same else new.payor,
        relationship=before.relationship if alike else new.relationship,
        period=new.period,
        order=order,
        class_=[*(new.class_ or ()), *others] or None,
    )


def _of_member(one: r4.Identifier) -> bool:
    codes = (one.type.coding if one.type else None) or ()
    return any(code.code == "MB" for code in codes)


def link(record: Record, principal: Principal, coverages: Iterable[r4.Coverage]) -> None:
    """Let payers that are known here by the name that was typed be referred to: so they are found by it."""
    if isinstance(record.policy(principal).where("Organization", "search"), Nothing):
        return
    typed = [one.payor[0] for one in coverages if one.payor and not one.payor[0].reference]
    for name in dict.fromkeys(one.display for one in typed if one.display):
        asked = [("name:exact", name.translate(_MARKS)), ("_count", "2"), ("_total", "none")]
        page = record.search(principal, parse("Organization", asked, record.registry))
        if len(page.matches) == 1:
            for one in typed:
                if one.display == name:
                    one.reference = f"Organization/{page.matches[0].id}"


def _class(kind: str, value: str) -> r4.CoverageClass:
    return r4.CoverageClass(
        type=r4.CodeableConcept(coding=[r4.Coding(system=_CLASS, code=kind)]), value=value
    )


def _kind(one: r4.CoverageClass) -> str:
    return next((c.code for c in one.type.coding or () if c.code), "") or ""
