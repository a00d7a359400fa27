"""The forms of care teams, goals and care plans."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from osler.clinic.care import goals, team
from osler.clinic.chart.words import code_of, display, said, target
from osler.clinic.lists.items import Chart, Item, concept, notes, set_note
from osler.fhir import r4
from osler.kit import clock
from osler.staff.lists.fields import choice, in_order, note, options
from osler.staff.lists.forms import EntryForm, Group, choices_of
from osler.staff.lists.pages import Looked, chart_of
from osler.ui.dates import PartialDateField

_MOST = 100
_TEXT = forms.Textarea(attrs={"rows": 4})


class SearchInput(forms.TextInput):
    """A box with the names that can be chosen, by the browser's own list."""

    template_name = "staff/care/search_input.html"

    def __init__(self, names: list[str], attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", **(attrs or {})})
        self.names = names

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """The names, and where the box finds them."""
        context = super().get_context(name, value, {**(attrs or {}), "list": f"{name}-names"})
        context["widget"] |= {"names": self.names, "list": f"{name}-names"}
        return context


class TeamForm(EntryForm):
    """A team: a row for each member."""

    name = forms.CharField(label=_("Name of the team"), required=False, max_length=200)
    status = choice(team.STATUSES, _("Status"), required=True)
    note = note()

    def prepare(self) -> None:
        """A row for each member and one more."""
        self.people = team.people(chart_of(self.frame))
        self.keep("status", team.STATUSES)
        roles = options(team.NAMED, _("Not stated"))
        for n in self.rows("member"):
            box = SearchInput(list(self.people))
            self.fields[f"member{n}"] = forms.CharField(
                label=_("Name"), required=False, max_length=200, widget=box
            )
            self.fields[f"role{n}"] = forms.ChoiceField(
                label=_("Role"), required=False, choices=[*roles, ("kept", _("As it was"))]
            )
            self.fields[f"start{n}"] = PartialDateField(label=_("From"), required=False)
            self.fields[f"end{n}"] = PartialDateField(label=_("To"), required=False)

    def _numbers(self) -> list[int]:
        return [int(one.removeprefix("member")) for one in self.fields if one.startswith("member")]

    def layout(self) -> list[Group]:
        """The team, then a group for each member."""
        rows = [
            Group(
                _now("Member %(n)s") % {"n": n},
                [self[f"{part}{n}"] for part in ("member", "role", "start", "end")],
            )
            for n in self._numbers()
        ]
        return [*self.side_by_side("name status"), *rows, *self.side_by_side("note")]

    def clean(self) -> dict[str, Any]:
        """Somebody is in a team; one is primary."""
        given = super().clean() or {}
        named = [n for n in self._numbers() if given.get(f"member{n}")]
        if not named:
            self.add_error("member1", _("Name at least one member."))
        first = [
            n
            for n in named
            if given.get(f"role{n}") == team.PRIMARY and not goals.past(given.get(f"end{n}") or "")
        ]
        if len(first) > 1:
            self.add_error(
                f"role{first[1]}", _("There is one for primary care; end the other first.")
            )
        for n in named:
            in_order(self, given, f"start{n}", f"end{n}")
        return given

    @classmethod
    def blank(cls, chart: Chart) -> r4.CareTeam:
        """A team without members."""
        return team.blank(chart)

    @classmethod
    def values(cls, one: r4.CareTeam) -> dict[str, Any]:
        """What the form shows of a team."""
        shown: dict[str, Any] = {
            "name": one.name or "",
            "status": one.status or "active",
            "note": notes(one),
        }
        for n, who in enumerate(map(team.member, one.participant or []), 1):
            role = who.role if who.role in team.NAMED else "kept" if who.words else ""
            shown |= {f"member{n}": team.called(who), f"role{n}": role}
            shown |= {f"start{n}": who.start, f"end{n}": who.end}
        return shown

    def fill(self, chart: Chart, one: r4.CareTeam, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it. A row that was emptied leaves the team."""
        given = self.cleaned_data
        before = list(one.participant or [])
        members = []
        for n in self._numbers():
            name = given[f"member{n}"]
            if not name:
                continue
            old = before[n - 1] if n <= len(before) else None
            role = given[f"role{n}"]
            if role == "kept":
                role = team.member(old).role if old else ""
            start, end = given[f"start{n}"], given[f"end{n}"]
            known = self.people.get(name)
            members.append(team.participant(old, name, role, start, end, known))
        one.participant = [*members, *before[len(self._numbers()) :]]
        one.name = given["name"] or None
        one.status = given["status"]
        set_note(one, given["note"])


def problems(chart: Chart) -> list[tuple[str, str]]:
    """The problem list, to choose from."""
    if not chart.may_search("Condition"):
        return []
    found = chart.items(
        r4.Condition, _MOST, ("category", "problem-list-item"), ("clinical-status", "active")
    )
    return [(one.id, said(one.resource.code)) for one in found]


def referred(
    kind: str, chosen: list[str], named: dict[str, str], before: list[r4.Reference] | None
) -> list[r4.Reference] | None:
    """References to what was chosen; those to other things stay."""
    old = before or []
    kept = [one for one in old if target(one)[1] not in named and target(one)[1] not in chosen]
    made = [r4.Reference(reference=f"{kind}/{id}", display=named.get(id)) for id in chosen]
    return [*kept, *made] or None


class GoalForm(EntryForm):
    """A goal: in words, with a measure, a value and a day."""

    text = forms.CharField(
        label=_("Goal"), max_length=400, help_text=_("In the patient’s own words where possible")
    )
    measure = forms.ChoiceField(label=_("Measured by"), required=False)
    sign = forms.ChoiceField(label=_("Is to be"), required=False, choices=[*goals.COMPARED.items()])
    value = forms.DecimalField(
        label=_("Value"), required=False, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    due = PartialDateField(label=_("Due"), required=False)
    start = PartialDateField(label=_("Since"), required=False)
    status = choice(goals.STATUSES, _("Status"), required=True)
    achievement = choice(goals.ACHIEVED, _("Achievement"), empty=_("Not stated"))
    problems = forms.MultipleChoiceField(
        label=_("For which problems"), required=False, widget=forms.CheckboxSelectMultiple
    )
    note = note()

    def prepare(self) -> None:
        """The measures with their units, and the problems of the chart."""
        measures = [
            (code, f"{_now(words)} ({goals.UNITS.get(unit, unit)})" if unit else _now(words))
            for code, (words, unit) in goals.MEASURES.items()
        ]
        self.choose("measure", [("", _now("Nothing that is measured")), *measures])
        if self.initial.get("measure") == goals.KEPT:
            self.more("measure", (goals.KEPT, str(self.initial["measure_words"])))
        self.keep("status", goals.STATUSES)
        self.keep("achievement", goals.ACHIEVED)
        self.choose("problems", problems(chart_of(self.frame)))

    def layout(self) -> list[Group]:
        """Target beside target."""
        return self.side_by_side(
            "text", "measure", "sign value due", "status achievement", "start", "problems", "note"
        )

    def clean(self) -> dict[str, Any]:
        """A value is of something."""
        given = super().clean() or {}
        if given.get("value") is not None and not given.get("measure"):
            self.add_error("measure", _("Say what is measured."))
        return given

    @classmethod
    def blank(cls, chart: Chart) -> r4.Goal:
        """A goal that somebody has said."""
        return r4.Goal(
            lifecycleStatus="active",
            description=r4.CodeableConcept(),
            subject=chart.subject,
            expressedBy=chart.me,
        )

    @classmethod
    def values(cls, one: r4.Goal) -> dict[str, Any]:
        """What the form shows of a goal."""
        first = (one.target or [r4.GoalTarget()])[0]
        quantity = first.detailQuantity
        unit = (quantity.unit or quantity.code or "") if quantity else ""
        named = goals.target_in_words(first).measure
        return {
            "text": said(one.description),
            "measure": goals.measured(first),
            "measure_words": f"{_now(named)} ({unit})" if unit else _now(named),
            "sign": goals.compared(first),
            "value": f"{quantity.value:f}" if quantity and quantity.value is not None else "",
            "due": str(first.dueDate or ""),
            "start": str(one.startDate or ""),
            "status": str(one.lifecycleStatus or "active"),
            "achievement": achievement(one),
            "problems": [target(ref)[1] for ref in one.addresses or []],
            "note": notes(one),
        }

    def fill(self, chart: Chart, one: r4.Goal, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it."""
        given = self.cleaned_data
        if given["text"] != said(one.description):
            one.description = r4.CodeableConcept(text=given["text"])
        if given["status"] != one.lifecycleStatus:
            one.lifecycleStatus = given["status"]
            one.statusDate = clock.today().isoformat()
        if (code := given["achievement"]) != achievement(one):
            words = goals.ACHIEVED.get(code, "")
            one.achievementStatus = concept(goals.ACHIEVEMENT, code, words) if code else None
        targets = list(one.target or [])
        first = targets[0] if targets else None
        changed = goals.target_of(
            first, given["measure"], given["sign"] or "<=", given["value"], given["due"]
        )
        one.target = [*([changed] if changed else []), *targets[1:]] or None
        one.startCodeableConcept = None if given["start"] else one.startCodeableConcept
        one.startDate = given["start"] or None
        one.addresses = referred("Condition", given["problems"], _named(self), one.addresses)
        set_note(one, given["note"])


def achievement(one: r4.Goal) -> str:
    """How far it is, as the form's choices have it; words where it has no code of theirs."""
    return code_of(one.achievementStatus, goals.ACHIEVEMENT) or said(one.achievementStatus)


def _named(form: EntryForm, name: str = "problems") -> dict[str, str]:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    return {code: str(text) for code, text in choices_of(field)}


class PlanForm(EntryForm):
    """A care plan: problems, goals, what is done by whom until when, and when it is looked at again."""

    title = forms.CharField(label=_("Title"), max_length=200)
    status = choice(goals.PLAN_STATUSES, _("Status"), required=True)
    review = PartialDateField(label=_("Review on"), required=False, whole=True)
    problems = forms.MultipleChoiceField(
        label=_("Problems"), required=False, widget=forms.CheckboxSelectMultiple
    )
    goals = forms.MultipleChoiceField(
        label=_("Goals"), required=False, widget=forms.CheckboxSelectMultiple
    )
    text = forms.CharField(label=_("Plan in words"), required=False, max_length=8000, widget=_TEXT)
    note = note()

    def prepare(self) -> None:
        """Problems and goals of the chart; a row for each activity and one more."""
        chart = chart_of(self.frame)
        found = goals.read_goals(chart, _MOST)[0] if chart.may_search("Goal") else []
        self.choose("problems", problems(chart))
        self.choose("goals", [(one.id, one.text) for one in found])
        self.keep("status", goals.PLAN_STATUSES)
        for n in self.rows("step"):
            self.fields[f"step{n}"] = forms.CharField(
                label=_("What is done"), required=False, max_length=500
            )
            self.fields[f"state{n}"] = choice(goals.STEPS, _("Status"), empty=_("Not stated"))
            self.fields[f"owner{n}"] = forms.CharField(
                label=_("Responsible"), required=False, max_length=200
            )
            self.fields[f"due{n}"] = PartialDateField(label=_("Due"), required=False, whole=True)

    def _numbers(self) -> list[int]:
        return [int(one.removeprefix("step")) for one in self.fields if one.startswith("step")]

    def layout(self) -> list[Group]:
        """A group for each activity."""
        rows = [
            Group(
                _now("Activity %(n)s") % {"n": n},
                [self[f"{part}{n}"] for part in ("step", "state", "owner", "due")],
            )
            for n in self._numbers()
        ]
        head = self.side_by_side("title", "status review", "problems", "goals", "text")
        return [*head, *rows, *self.side_by_side("note")]

    @classmethod
    def blank(cls, chart: Chart) -> r4.CarePlan:
        """A plan of the practice."""
        return goals.blank_plan(chart)

    @classmethod
    def values(cls, one: r4.CarePlan) -> dict[str, Any]:
        """What the form shows of a plan."""
        shown: dict[str, Any] = {
            "title": one.title or "",
            "status": str(one.status or "active"),
            "review": goals.review(one),
            "problems": [target(ref)[1] for ref in one.addresses or []],
            "goals": [target(ref)[1] for ref in one.goal or []],
            "text": one.description or "",
            "note": notes(one),
        }
        for n, step in enumerate(goals.plan(Item(one, 0), {}).steps, 1):
            shown |= {f"step{n}": step.text, f"state{n}": step.status}
            shown |= {f"owner{n}": step.owner, f"due{n}": step.due}
        return shown

    def fill(self, chart: Chart, one: r4.CarePlan, looked: dict[str, Looked]) -> None:  # noqa: ARG002
        """Write it. A row that was emptied leaves the plan; activities that are orders stay."""
        given = self.cleaned_data
        one.title, one.status = given["title"], given["status"]
        one.description = given["text"] or None
        one.addresses = referred("Condition", given["problems"], _named(self), one.addresses)
        one.goal = referred("Goal", given["goals"], _named(self, "goals"), one.goal)
        rest = [e for e in one.extension or [] if e.url != goals.REVIEW]
        day = given["review"]
        looked_at = [r4.Extension(url=goals.REVIEW, valueDate=day)] if day else []
        one.extension = [*rest, *looked_at] or None
        before = [a for a in one.activity or [] if a.detail]
        orders = [a for a in one.activity or [] if not a.detail]
        steps = [
            self._step(before[n - 1] if n <= len(before) else None, n)
            for n in self._numbers()
            if given[f"step{n}"]
        ]
        one.activity = [*steps, *before[len(self._numbers()) :], *orders] or None
        set_note(one, given["note"])

    def _step(self, before: r4.CarePlanActivity | None, n: int) -> r4.CarePlanActivity:
        given = self.cleaned_data
        made = before or r4.CarePlanActivity(detail=r4.CarePlanActivityDetail(status="not-started"))
        detail = made.detail
        assert detail is not None, "made with one, or chosen for having one"
        if given[f"step{n}"] != (detail.description or said(detail.code)):
            detail.description = given[f"step{n}"]
        detail.status = given[f"state{n}"] or detail.status
        owner, due = given[f"owner{n}"], given[f"due{n}"]
        if owner != ", ".join(filter(None, map(display, detail.performer or []))):
            detail.performer = [r4.Reference(display=owner)] if owner else None
        if due != goals.step(made).due:
            start = detail.scheduledPeriod.start if detail.scheduledPeriod else None
            detail.scheduledTiming = detail.scheduledString = None
            detail.scheduledPeriod = (
                r4.Period(start=start, end=due or None) if start or due else None
            )
        return made
