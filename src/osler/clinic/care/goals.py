"""Goals with targets, and care plans that lead to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from osler.clinic.chart.words import code_of, display, said, target
from osler.clinic.lists.items import Chart, Item, concept, remarks
from osler.clinic.lists.mistakes import held, is_mistake
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
KEPT = "kept"
"""The choice that leaves a measure as it is: one that is not in the list, or is in another unit than the list's."""
STATUSES = {
    "proposed": N_("Proposed"),
    "active": N_("Active"),
    "on-hold": N_("On hold"),
    "completed": N_("Completed"),
    "cancelled": N_("Given up"),
    "planned": N_("Planned"),
    "accepted": N_("Accepted"),
    "rejected": N_("Rejected"),
}
ACHIEVED = {
    "in-progress": N_("In progress"),
    "improving": N_("Improving"),
    "worsening": N_("Worsening"),
    "no-change": N_("No change"),
    "achieved": N_("Achieved"),
    "sustaining": N_("Sustaining"),
    "not-achieved": N_("Not achieved"),
    "no-progress": N_("No progress"),
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
    "unknown": N_("Status unknown"),
}
STEPS = {
    "not-started": N_("Not started"),
    "scheduled": N_("Scheduled"),
    "in-progress": N_("Under way"),
    "completed": N_("Done"),
    "stopped": N_("Stopped"),
    "on-hold": N_("On hold"),
    "cancelled": N_("Given up"),
    "unknown": N_("Status unknown"),
}


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is aimed at: what is measured, the value in words, the day."""

    measure: str
    aim: str
    due: str


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the goals."""

    id: str
    text: str
    status: str
    achievement: str
    targets: tuple[Target, ...]
    start: str
    problems: tuple[str, ...]
    note: str
    open: bool
    late: bool


def read_goals(chart: Chart, most: int) -> tuple[list[Goal], bool]:
    """Open ones first, then newest first, and whether there are older ones; two searches."""
    items, more = held(chart, r4.Goal, most)
    wrong = mistaken_problems(chart, (ref for one in items for ref in one.resource.addresses or []))
    found = [goal(one, wrong) for one in items]
    return sorted(found, key=lambda one: not one.open), more


def mistaken_problems(chart: Chart, references: Iterable[r4.Reference]) -> frozenset[str]:
    """Which of the conditions that are referred to were entered in error; one search, none without any."""
    ids = sorted({id for type, id in map(target, references) if type == "Condition"})
    if not ids or not chart.may_search("Condition"):
        return frozenset()
    found = chart.items(r4.Condition, len(ids), ("_id", ",".join(ids)))
    return frozenset(one.id for one in found if is_mistake(one.resource))


def named(references: Iterable[r4.Reference] | None, wrong: frozenset[str]) -> tuple[str, ...]:
    """What problems are called, without those that were entered in error."""
    found = (display(one) for one in references or [] if target(one)[1] not in wrong)
    return tuple(filter(None, found))


def goal(item: Item[r4.Goal], wrong: frozenset[str] = frozenset()) -> Goal:
    """One as the page shows it; `wrong` are problems that were entered in error."""
    one = item.resource
    state = str(one.lifecycleStatus or "")
    still = state not in {"completed", "cancelled", "rejected"}
    achieved = code_of(one.achievementStatus, ACHIEVEMENT)
    targets = tuple(map(target_in_words, one.target or []))
    return Goal(
        id=item.id,
        text=said(one.description),
        status=STATUSES.get(state, state),
        achievement=ACHIEVED.get(achieved, said(one.achievementStatus)),
        targets=targets,
        start=str(one.startDate or "") or said(one.startCodeableConcept),
        problems=named(one.addresses, wrong),
        note=remarks(one),
        open=still,
        late=still and any(past(one.due) for one in targets),
    )


def past(day: str) -> bool:
    """Whether a day, a month or a year is over."""
    return bool(day) and day < clock.today().isoformat()[: len(day)]


def target_in_words(one: r4.GoalTarget) -> Target:
    """A target as the page shows it."""
    measure = MEASURES.get(code_of(one.measure, LOINC), (said(one.measure), ""))[0]
    return Target(measure, aim(one), str(one.dueDate or ""))


def aim(one: r4.GoalTarget) -> str:
    """The value that is aimed at, in words."""
    if one.detailQuantity is not None and one.detailQuantity.value is not None:
        return f"{COMPARED.get(compared(one), '')} {_amount(one.detailQuantity)}"
    if one.detailRange is not None:
        low, high = one.detailRange.low, one.detailRange.high
        if low and high:
            return f"{_amount(low, unit=_unit(low) != _unit(high))}–{_amount(high)}"
        return f"≥ {_amount(low)}" if low else f"≤ {_amount(high)}" if high else ""
    if one.detailRatio is not None:
        parts = one.detailRatio.numerator, one.detailRatio.denominator
        return " / ".join(_amount(part) for part in parts if part)
    if one.detailInteger is not None or one.detailBoolean is not None:
        return str(one.detailInteger if one.detailInteger is not None else one.detailBoolean)
    return one.detailString or said(one.detailCodeableConcept)


def _amount(one: r4.Quantity, *, unit: bool = True) -> str:
    value = "" if one.value is None else f"{one.value:f}"
    return f"{value} {_unit(one)}".strip() if unit else value


def _unit(one: r4.Quantity) -> str:
    return UNITS.get(one.code or "", one.unit or one.code or "")


def compared(one: r4.GoalTarget) -> str:
    """The sign before the value."""
    return str(one.detailQuantity.comparator or "=") if one.detailQuantity else "<="


def measured(one: r4.GoalTarget) -> str:
    """The choice of `MEASURES` that a target is; KEPT for another measure, or one in another unit than the list's."""
    code = code_of(one.measure, LOINC)
    quantity = one.detailQuantity
    if code in MEASURES and (quantity is None or (quantity.code or "") == MEASURES[code][1]):
        return code
    return KEPT if one.measure is not None or quantity is not None else ""


def target_of(
    before: r4.GoalTarget | None, measure: str, sign: str, value: Decimal | None, due: str
) -> r4.GoalTarget | None:
    """The target as the goal keeps it; None where nothing is aimed at. Of KEPT, measure and unit stay."""
    made = before or r4.GoalTarget()
    words, unit = MEASURES.get(measure, ("", ""))
    if measure and measure != KEPT:
        made.measure = concept(LOINC, measure, words)
    elif not measure and code_of(made.measure, LOINC) in MEASURES:
        made.measure = made.detailRange = made.detailString = None
    if value is not None:
        ends = made.detailRange or r4.Range()
        old = (made.detailQuantity or ends.low or ends.high) if measure == KEPT else None
        made.detailRange = made.detailCodeableConcept = made.detailString = None
        made.detailBoolean = made.detailInteger = made.detailRatio = None
        made.detailQuantity = r4.Quantity(
            value=value,
            comparator=None if sign == "=" else sign,  # type: ignore[arg-type]  # checked by the form
            unit=old.unit if old else UNITS.get(unit, unit) or None,
            system=old.system if old else UCUM if unit else None,
            code=old.code if old else unit or None,
        )
    else:
        made.detailQuantity = None
    if due != str(made.dueDate or ""):
        made.dueDuration = None
        made.dueDate = due or None
    return made if made.measure or made.dueDate or made.dueDuration or aim(made) else None


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
    orders: tuple[str, ...]
    note: str


def read_plans(chart: Chart, most: int) -> tuple[list[Plan], bool]:
    """Open ones first, and whether there are older ones; three searches."""
    items, more = held(chart, r4.CarePlan, most)
    of = [ref for one in items for ref in one.resource.goal or []]
    on = [ref for one in items for ref in one.resource.addresses or []]
    wrong, goals = mistaken_problems(chart, on), _goals(chart, of)
    found = [plan(one, goals, wrong) for one in items]
    return sorted(found, key=lambda one: not one.open), more


def _goals(chart: Chart, references: Iterable[r4.Reference]) -> dict[str, str]:
    """What goals are called now, by id; "" for one that was entered in error."""
    ids = sorted({id for type, id in map(target, references) if type == "Goal"})
    if not ids or not chart.may_search("Goal"):
        return {}
    found = chart.items(r4.Goal, len(ids), ("_id", ",".join(ids)))
    return {
        one.id: "" if is_mistake(one.resource) else said(one.resource.description) for one in found
    }


def plan(
    item: Item[r4.CarePlan], goals: Mapping[str, str], wrong: frozenset[str] = frozenset()
) -> Plan:
    """One plan; `goals` says what each goal is called, `wrong` are problems that were entered in error."""
    one = item.resource
    state = str(one.status or "")
    day = review(one)
    still = state in {"draft", "active", "on-hold", "unknown"}
    return Plan(
        id=item.id,
        title=one.title or "",
        text=one.description or "",
        status=PLAN_STATUSES.get(state, state),
        open=still,
        review=day,
        late=still and past(day),
        problems=named(one.addresses, wrong),
        goals=tuple(filter(None, (goals.get(target(g)[1], display(g)) for g in one.goal or []))),
        steps=tuple(step(a) for a in one.activity or [] if a.detail),
        orders=tuple(filter(None, (display(a.reference) for a in one.activity or []))),
        note=remarks(one),
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
        due=clock.day_of(str(period.end or "")) if period else "",
    )


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
