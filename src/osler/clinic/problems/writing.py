"""Changes of the problem list: add, edit, resolve, bring back, promote, order."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.lists.concepts import keep, same
from osler.clinic.lists.items import Chart, Item, concept, set_note
from osler.clinic.lists.mistakes import is_mistake
from osler.clinic.problems.listing import (
    CATEGORY,
    LISTED,
    LOINC,
    ORDER,
    TABS,
    on_list,
    order_of,
    ranked,
    tab_of,
)
from osler.fhir import r4
from osler.kit import clock
from osler.kit.errors import Invalid
from osler.kit.words import N_
from osler.record import Create, Update, Version

CLINICAL = "http://terminology.hl7.org/CodeSystem/condition-clinical"
VERIFIED = "http://terminology.hl7.org/CodeSystem/condition-ver-status"
SNOMED = "http://snomed.info/sct"
VERIFICATIONS = {
    "confirmed": N_("Confirmed"),
    "provisional": N_("Provisional"),
    "differential": N_("One of several possible"),
    "unconfirmed": N_("Unconfirmed"),
    "refuted": N_("Ruled out"),
}
SEVERITIES = {"255604002": N_("Mild"), "6736007": N_("Moderate"), "24484000": N_("Severe")}
_AT_AGE = re.compile(r"at (\d{1,3})(?: (mo|wk|d))?")
_UNITS = {None: ("years", "a"), "mo": ("months", "mo"), "wk": ("weeks", "wk"), "d": ("days", "d")}


@dataclass(frozen=True, slots=True)
class Entered:
    """What a form says of a problem. `onset` and `abatement` are FHIR dates, or "at 12" for an age."""

    code: r4.CodeableConcept
    status: str = "active"
    verification: str = "confirmed"
    onset: str = ""
    abatement: str = ""
    severity: str = ""
    note: str = ""


def add(chart: Chart, entered: Entered) -> Version:
    """Put a problem on the list."""
    made = r4.Condition(
        category=[concept(CATEGORY, LISTED, "Problem List Item")],
        code=entered.code,
        subject=chart.subject,
        recordedDate=clock.now().isoformat(),
        recorder=chart.me,
    )
    _fill(made, entered)
    return chart.add(made)[0]


def edit(chart: Chart, item: Item[r4.Condition], entered: Entered, version: int) -> Version:
    """Change a problem, over the version that the form was made from."""
    item.resource.code = keep(item.resource.code, entered.code)
    _fill(item.resource, entered)
    return chart.change(item, version)


def _fill(one: r4.Condition, entered: Entered) -> None:
    if entered.abatement and entered.status == "active":
        raise Invalid(
            "A problem that has ended is not active: choose resolved, or remove when it ended."
        )
    refuted = entered.verification == "refuted"
    if one.clinicalStatus is None or _tab(one) != entered.status:  # Relapse and remission stay so.
        one.clinicalStatus = concept(CLINICAL, entered.status, TABS[entered.status])
    one.verificationStatus = concept(
        VERIFIED, entered.verification, VERIFICATIONS[entered.verification]
    )
    if refuted and entered.status == "active":
        one.clinicalStatus = concept(CLINICAL, "inactive", TABS["inactive"])
    one.onsetDateTime, one.onsetAge = dated(entered.onset)
    one.abatementDateTime, one.abatementAge = dated(entered.abatement)
    if one.onsetDateTime or one.onsetAge:
        one.onsetString = one.onsetPeriod = one.onsetRange = None
    if entered.severity in SEVERITIES:
        one.severity = concept(
            SNOMED, entered.severity, SEVERITIES[entered.severity], SEVERITIES[entered.severity]
        )
    elif one.severity is not None and any(c.code in SEVERITIES for c in one.severity.coding or []):
        one.severity = None
    set_note(one, entered.note)


def _tab(one: r4.Condition) -> str:
    codes = (one.clinicalStatus.coding if one.clinicalStatus else None) or []
    return tab_of(next((c.code for c in codes if c.code), ""))


def dated(text: str) -> tuple[str | None, r4.Age | None]:
    """The date, or the age, that a form gave."""
    age = _AT_AGE.fullmatch(text)
    if age is None:
        return text or None, None
    system = "http://unitsofmeasure.org"
    unit, code = _UNITS[age.group(2)]
    return None, r4.Age(value=Decimal(age.group(1)), unit=unit, system=system, code=code)


def set_status(chart: Chart, item: Item[r4.Condition], status: str, version: int) -> Version:
    """Resolve a problem today, set it aside, or bring it back. Raises Invalid for another status."""
    if status not in TABS:
        raise Invalid(f"A problem is active, inactive or resolved, not {status[:20]!r}.")
    one = item.resource
    one.clinicalStatus = concept(CLINICAL, status, TABS[status])
    if status == "active":
        one.abatementDateTime = one.abatementAge = one.abatementString = one.abatementPeriod = None
        one.abatementRange = None
    elif status == "resolved" and not (one.abatementDateTime or one.abatementAge):
        one.abatementDateTime = clock.today().isoformat()
    return chart.change(item, version)


def promote(chart: Chart, item: Item[r4.Condition]) -> Version:
    """Put the diagnosis of a visit on the problem list too."""
    one = item.resource
    if on_list(one) or is_mistake(one):
        raise Invalid("This diagnosis is on the problem list already, or was a mistake.")
    one.category = [*(one.category or []), concept(CATEGORY, LISTED, "Problem List Item")]
    if one.clinicalStatus is None:
        one.clinicalStatus = concept(CLINICAL, "active", TABS["active"])
    return chart.change(item)


def alike(chart: Chart, code: r4.CodeableConcept, but: str = "") -> list[Item[r4.Condition]]:
    """Problems on the list that are the same and not over."""
    found = chart.items(r4.Condition, 200, ("category", LISTED), ("_sort", "-recorded-date"))
    return [
        one
        for one in found
        if one.id != but
        and same(one.resource.code, code)
        and not is_mistake(one.resource)
        and not any(
            c.code == "resolved"
            for c in (one.resource.clinicalStatus or r4.CodeableConcept()).coding or []
        )
    ]


def move(chart: Chart, id: str, shown: list[str], by: int) -> Version:
    """Move a problem up (-1) or down (1) among those that are shown; the order is kept as a List."""
    if id not in shown or by not in {-1, 1}:
        raise Invalid("This problem is not in the list that was shown.")
    rest = [one for one in sorted(ranked(chart), key=ranked(chart).__getitem__) if one not in shown]
    place = min(max(shown.index(id) + by, 0), len(shown) - 1)
    wanted = [one for one in shown if one != id]
    wanted.insert(place, id)
    entries = [
        r4.ListEntry(item=r4.Reference(reference=f"Condition/{one}")) for one in [*wanted, *rest]
    ]
    before = order_of(chart)
    if before is not None:
        before.resource.entry, before.resource.date = entries, clock.now().isoformat()
        return chart.write([Update(before.resource, if_match=before.version, source="typed")])[0]
    made = r4.List(
        status="current",
        mode="working",
        title="Problem list",
        code=concept(LOINC, ORDER, "Problem list - Reported"),
        orderedBy=concept(
            "http://terminology.hl7.org/CodeSystem/list-order", "priority", "Sorted by Priority"
        ),
        subject=chart.subject,
        date=clock.now().isoformat(),
        source=chart.me,
        entry=entries,
    )
    return chart.write([Create(made, source="typed")])[0]
