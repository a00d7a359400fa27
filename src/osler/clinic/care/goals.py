"""Goals with targets, and care plans that lead to them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.background.mistakes import standing
from osler.clinic.chart.words import categorized, code_of, display, said, target
from osler.clinic.lists.items import Chart, Item, concept, notes
from osler.fhir import r4
from osler.kit import clock
from osler.kit.words import N_

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ACHIEVEMENT = "http://terminology.hl7.org/CodeSystem/goal-achievement"
CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/careplan-category"
REVIEW = "urn:osler:care-plan|review"
OWNER = "urn:osler:care-plan|owner"
DUE = "urn:osler:care-plan|due"
STATUSES = {
    "proposed": N_("Proposed"),
    "active": N_("Active"),
    "on-hold": N_("On hold"),
    "completed": N_("Completed"),
    "cancelled": N_("Given up"),
}
ACHIEVED = {
    "in-progress": N_("In progress"),
    "improving": N_("Improving"),
    "worsening": N_("Worsening"),
    "no-change": N_("No change"),
    "achieved": N_("Achieved"),
    "sustaining": N_("Sustaining"),
    "not-achieved": N_("Not achieved"),
    "not-attainable": N_("Not attainable"),
}
MEASURES = {
    "4548-4": (N_("Hemoglobin A1c"), "%"),
    "8480-6": (N_("Systolic blood pressure"), "mm[Hg]"),
    "8462-4": (N_("Diastolic blood pressure"), "mm[Hg]"),
    "29463-7": (N_("Body weight"), "kg"),
    "39156-5": (N_("BMI"), "kg/m2"),
    "13457-7": (N_("LDL cholesterol"), "mg/dL"),
    "55423-8": (N_("Steps"), "/d"),
    "44261-6": (N_("PHQ-9 score"), "{score}"),
}
UNITS = {"mm[Hg]": "mmHg", "kg/m2": "kg/m²", "{score}": "", "/d": "/day"}
COMPARED = {"<": "<", "<=": "≤", "=": "=", ">=": "≥", ">": ">"}
PLAN_STATUSES = {
    "draft": N_("Draft"),
    "active": N_("Active"),
    "on-hold": N_("On hold"),
    "completed": N_("Completed"),
    "revoked": N_("Given up"),
}
STEPS = {
    "not-started": N_("Not started"),
    "scheduled": N_("Scheduled"),
    "in-progress": N_("Under way"),
    "completed": N_("Done"),
    "stopped": N_("Stopped"),
}


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the goals."""

    id: str
    text: str
    status: str
    achievement: str
    measure: str
    aim: str
    due: str
    start: str
    problems: tuple[str, ...]
    note: str
    open: bool
    late: bool


def read_goals(chart: Chart, most: int) -> list[Goal]:
    """Open ones first, then newest first; one search."""
    found = [goal(one) for one in standing(chart.items(r4.Goal, most))]
    return sorted(found, key=lambda one: not one.open)


def goal(item: Item[r4.Goal]) -> Goal:
    """One as the page shows it."""
    one = item.resource
    first = (one.target or [r4.GoalTarget()])[0]
    state = str(one.lifecycleStatus or "")
    due = str(first.dueDate or "")
    still = state not in {"completed", "cancelled", "rejected"}
    achieved = code_of(one.achievementStatus, ACHIEVEMENT)
    return Goal(
        id=item.id,
        text=said(one.description),
        status=STATUSES.get(state, state),
        achievement=ACHIEVED.get(achieved, said(one.achievementStatus)),
        measure=MEASURES.get(code_of(first.measure, LOINC), (said(first.measure), ""))[0],
        aim=aim(first),
        due=due,
        start=str(one.startDate or ""),
        problems=tuple(filter(None, map(display, one.addresses or []))),
        note=notes(one),  # type: ignore[arg-type]  # it has notes as the listed types have
        open=still,
        late=bool(still and due and due < clock.today().isoformat()[: len(due)]),
    )


def aim(one: r4.GoalTarget) -> str:
    """The value that is aimed at, in words."""
    if one.detailQuantity is not None and one.detailQuantity.value is not None:
        sign, value = compared(one), f"{one.detailQuantity.value:f}"
        unit = UNITS.get(one.detailQuantity.code or "", one.detailQuantity.unit or "")
        return f"{COMPARED.get(sign, '')} {value} {unit}".strip()
    if one.detailRange is not None:
        low, high = one.detailRange.low, one.detailRange.high
        ends = (f"{q.value:f}" if q and q.value is not None else "" for q in (low, high))
        return "–".join(ends)
    return one.detailString or said(one.detailCodeableConcept)


def compared(one: r4.GoalTarget) -> str:
    """The sign before the value."""
    return str(one.detailQuantity.comparator or "=") if one.detailQuantity else "<="


def target_of(
    before: r4.GoalTarget | None, measure: str, sign: str, value: Decimal | None, due: str
) -> r4.GoalTarget | None:
    """The target as the goal keeps it; None where nothing is aimed at."""
    made = before or r4.GoalTarget()
    words, unit = MEASURES.get(measure, ("", ""))
    if measure:
        made.measure = concept(LOINC, measure, words)
    elif code_of(made.measure, LOINC) in MEASURES:
        made.measure = made.detailRange = made.detailString = None
    if value is not None:
        made.detailRange = made.detailCodeableConcept = made.detailString = None
        made.detailQuantity = r4.Quantity(
            value=value,
            comparator=None if sign == "=" else sign,  # type: ignore[arg-type]  # checked by the form
            unit=UNITS.get(unit, unit) or None,
            system=UCUM if unit else None,
            code=unit or None,
        )
    else:
        made.detailQuantity = None
    if due != str(made.dueDate or ""):
        made.dueDuration = None
        made.dueDate = due or None
    return made if made.measure or made.dueDate or aim(made) else None


@dataclass(frozen=True, slots=True)
class Step:
    """One activity of a plan."""

    text: str
    status: str
    words: str
    owner: str
    due: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A care plan as the page shows it."""

    id: str
    title: str
    text: str
    status: str
    open: bool
    review: str
    late: bool
    problems: tuple[str, ...]
    goals: tuple[str, ...]
    steps: tuple[Step, ...]
    note: str


def read_plans(chart: Chart, most: int, goals: dict[str, str]) -> list[Plan]:
    """Open ones first; `goals` says what each goal is called."""
    found = [plan(one, goals) for one in standing(chart.items(r4.CarePlan, most))]
    return sorted(found, key=lambda one: not one.open)


def plan(item: Item[r4.CarePlan], goals: dict[str, str]) -> Plan:
    """One plan."""
    one = item.resource
    state = str(one.status or "")
    day = review(one)
    still = state in {"draft", "active", "on-hold"}
    return Plan(
        id=item.id,
        title=one.title or "",
        text=one.description or "",
        status=PLAN_STATUSES.get(state, state),
        open=still,
        review=day,
        late=bool(still and day and day < clock.today().isoformat()[: len(day)]),
        problems=tuple(filter(None, map(display, one.addresses or []))),
        goals=tuple(
            filter(None, (display(g) or goals.get(target(g)[1], "") for g in one.goal or []))
        ),
        steps=tuple(step(a) for a in one.activity or [] if a.detail),
        note=notes(one),  # type: ignore[arg-type]  # it has notes as the listed types have
    )


def review(one: r4.CarePlan) -> str:
    """The day on which the plan is looked at again."""
    return next((str(e.valueDate) for e in one.extension or [] if e.url == REVIEW), "")


def step(one: r4.CarePlanActivity) -> Step:
    """One activity."""
    detail = one.detail
    assert detail is not None, "only activities with a detail are shown"
    status = str(detail.status or "")
    period = detail.scheduledPeriod
    return Step(
        text=detail.description or said(detail.code),
        status=status,
        words=STEPS.get(status, status),
        owner=", ".join(filter(None, map(display, detail.performer or []))),
        due=str(period.end or "")[:10] if period else "",
    )


def assessed(one: r4.CarePlan) -> bool:
    """Whether a plan has US Core's category."""
    return categorized(one.category, "assess-plan")


def blank_plan(chart: Chart) -> r4.CarePlan:
    """A plan to fill in."""
    return r4.CarePlan(
        status="active",
        intent="plan",
        category=[concept(CATEGORY, "assess-plan", "Assessment and Plan of Treatment")],
        subject=chart.subject,
        author=chart.me,
        created=clock.today().isoformat(),
    )
