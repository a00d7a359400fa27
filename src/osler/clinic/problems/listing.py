"""The problem list as it is shown: by status, in the order that people gave it, with what else is known of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from osler.clinic.chart.words import coded, said, target
from osler.clinic.lists.concepts import coded_in, same
from osler.clinic.lists.items import Chart, Item, remarks
from osler.clinic.lists.mistakes import held, is_mistake
from osler.clinic.terms.tables import ICD
from osler.fhir import r4
from osler.kit.words import N_

LISTED = "problem-list-item"
VISIT = "encounter-diagnosis"
CATEGORY = "http://terminology.hl7.org/CodeSystem/condition-category"
LOINC = "http://loinc.org"
ORDER = "11450-4"
"""LOINC, Problem list: the code of the List that holds the order."""
TABS = {"active": N_("Active"), "inactive": N_("Inactive"), "resolved": N_("Resolved")}
_ACTIVE = frozenset({"active", "recurrence", "relapse"})
_INACTIVE = frozenset({"inactive", "remission"})
_SEEN_IN = 50


@dataclass(frozen=True, slots=True)
class Problem:
    """One line of the list; `coded` is the ICD-10-CM code, empty for words alone; `seen` the last note's date."""

    id: str
    version: int
    name: str
    code: str
    tab: str
    status: str
    verification: str
    severity: str
    onset: str
    abatement: str
    note: str
    recorded: str
    seen: str = ""

    @property
    def unsure(self) -> bool:
        """Whether it is not confirmed."""
        return self.verification not in {"confirmed", ""}


@dataclass(frozen=True, slots=True)
class Problems:
    """The list of a patient, and diagnoses of visits that are not on it."""

    tabs: dict[str, list[Problem]]
    visits: list[Problem] = field(default_factory=list)
    more: bool = False

    def count(self, tab: str) -> int:
        """How many of a status."""
        return len(self.tabs[tab])


def read_problems(chart: Chart, most: int, *, notes: bool) -> Problems:
    """The list, and from `notes` when each was last written about."""
    order = ranked(chart)
    listed, more = held(chart, r4.Condition, most, ("category", LISTED))
    seen = _seen(chart) if notes else {}
    listed.sort(key=lambda one: order.get(one.id, len(order)))
    tabs: dict[str, list[Problem]] = {name: [] for name in TABS}
    for one in listed:
        made = problem(one, seen.get(one.id, ""))
        tabs[made.tab].append(made)
    visits = chart.items(r4.Condition, 30, ("category", VISIT))
    return Problems(tabs, _unlisted(visits, listed), more)


def _unlisted(
    visits: Iterable[Item[r4.Condition]], listed: list[Item[r4.Condition]]
) -> list[Problem]:
    """Each diagnosis of a visit once, without those that the list has."""
    known = [one.resource.code for one in listed]
    found: list[Problem] = []
    for one in visits:
        code = one.resource.code
        if (
            is_mistake(one.resource)
            or on_list(one.resource)
            or any(same(code, other) for other in known)
        ):
            continue
        known.append(code)
        found.append(problem(one))
    return found


def on_list(one: r4.Condition) -> bool:
    """Whether a condition is on the problem list."""
    return any(coded(category, LISTED) for category in one.category or [])


def tab_of(status: str) -> str:
    """Where a clinical status stands."""
    if status in _ACTIVE or not status:
        return "active"
    return "inactive" if status in _INACTIVE else "resolved"


def problem(item: Item[r4.Condition], seen: str = "") -> Problem:
    """A condition as a line of the list."""
    one = item.resource
    status = next(
        (
            c.code
            for c in (one.clinicalStatus.coding if one.clinicalStatus else None) or []
            if c.code
        ),
        "",
    )
    tab = tab_of(status)
    verified = (one.verificationStatus.coding if one.verificationStatus else None) or []
    return Problem(
        id=item.id,
        version=item.version,
        name=said(one.code),
        code=coded_in(one.code, ICD),
        tab=tab,
        status=status,
        verification=next((c.code for c in verified if c.code), ""),
        severity=said(one.severity),
        onset=when(one.onsetDateTime, one.onsetAge, one.onsetString, one.onsetPeriod),
        abatement=when(
            one.abatementDateTime, one.abatementAge, one.abatementString, one.abatementPeriod
        ),
        note=remarks(one),
        recorded=str(one.recordedDate or ""),
        seen=seen,
    )


_YOUNG = {"mo": "mo", "month": "mo", "months": "mo", "wk": "wk", "week": "wk", "weeks": "wk"}
_YOUNG |= {"d": "d", "day": "d", "days": "d"}


def when(day: object, age: r4.Age | None, text: str | None, period: r4.Period | None) -> str:
    """A FHIR date, "at 12" for an age in years, "at 6 mo", "at 2 wk", "at 3 d" for others, or words."""
    if day:
        return str(day)
    if age is not None and age.value is not None:
        unit = _YOUNG.get(age.code or age.unit or "", "")
        return f"at {age.value.normalize():f} {unit}".strip()
    return text or str((period.start if period else None) or "")


def ranked(chart: Chart) -> dict[str, int]:
    """The place of each problem in the order that people gave the list."""
    found = order_of(chart)
    entries = (found.resource.entry if found else None) or []
    return {target(one.item)[1]: place for place, one in enumerate(entries)}


def order_of(chart: Chart) -> Item[r4.List] | None:
    """The List with the order; None where nobody has ordered anything, or it is not for this reader."""
    if not chart.may_search("List"):
        return None
    found = chart.items(r4.List, 1, ("code", f"{LOINC}|{ORDER}"), ("status", "current"))
    return found[0] if found else None


def _seen(chart: Chart) -> dict[str, str]:
    """The date of the newest note that refers to each condition."""
    found: dict[str, str] = {}
    for one in chart.items(r4.Composition, _SEEN_IN):
        for section in one.resource.section or []:
            for entry in section.entry or []:
                type, id = target(entry)
                if type == "Condition":
                    found.setdefault(id, str(one.resource.date or ""))
    return found
