"""Care team, goals, care plan and advance directives: the lists, and the entries of each."""

from __future__ import annotations

from django.http import HttpResponse

from osler.clinic.care import directives, goals, team
from osler.clinic.chart.words import said
from osler.clinic.lists.items import Item
from osler.fhir import r4
from osler.kit.words import N_
from osler.staff.care.advance import AgentForm, CodeStatusForm, DocumentForm
from osler.staff.care.forms import GoalForm, PlanForm, TeamForm
from osler.staff.chart.frame import ChartAsked, Frame, chart_page, render_chart
from osler.staff.lists.entries import Entry
from osler.staff.lists.pages import chart_of, listed, most, older

TEAMS = Entry(
    kind=r4.CareTeam,
    section="care-team",
    name="team",
    form=TeamForm,
    title=lambda one: one.name or "",
    heading=N_("New care team"),
    added=N_("Care team added"),
    changed=N_("Care team changed"),
    initial={"status": "active"},
)
GOALS = Entry(
    kind=r4.Goal,
    section="goals",
    name="goal",
    form=GoalForm,
    title=lambda one: said(one.description),
    heading=N_("Add a goal"),
    added=N_("Goal added"),
    changed=N_("Goal changed"),
    initial={"status": "active", "achievement": "in-progress", "sign": "<=", "start": "today"},
)
PLANS = Entry(
    kind=r4.CarePlan,
    section="care-plan",
    name="plan",
    form=PlanForm,
    title=lambda one: one.title or "",
    heading=N_("New care plan"),
    added=N_("Care plan added"),
    changed=N_("Care plan changed"),
    initial={"status": "active"},
)
CODE_STATUS = Entry(
    kind=r4.Flag,
    section="directives",
    name="code-status",
    form=CodeStatusForm,
    title=lambda one: directives.code_status(Item(one, 0)).text,
    heading=N_("Record code status"),
    added=N_("Code status recorded"),
    changed=N_("Code status changed"),
    initial={"since": "today"},
    belongs=directives.is_code_status,
)
DOCUMENTS = Entry(
    kind=r4.DocumentReference,
    section="directives",
    name="directive",
    form=DocumentForm,
    title=lambda one: directives.directive(Item(one, 0)).kind,
    heading=N_("Add a document"),
    added=N_("Document added"),
    changed=N_("Document changed"),
    belongs=directives.is_directive,
    needs="Flag",
)
AGENTS = Entry(
    kind=r4.RelatedPerson,
    section="directives",
    name="agent",
    form=AgentForm,
    title=lambda one: directives.agent(Item(one, 0)).name,
    heading=N_("Add who speaks for the patient"),
    added=N_("Health care agent added"),
    changed=N_("Health care agent changed"),
    belongs=directives.is_agent,
    needs="Flag",
)


@chart_page("care-team")
def care_team(request: ChartAsked, frame: Frame) -> HttpResponse:
    """The teams with their members."""
    found, more = team.read_teams(chart_of(frame), most(request))
    return listed(request, frame, "CareTeam", "staff/care/team.html", more, teams=found)


@chart_page("goals")
def goals_page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Goals that are open, then those that are not."""
    found, more = goals.read_goals(chart_of(frame), most(request))
    still = [one for one in found if one.open]
    ended = [one for one in found if not one.open]
    return listed(request, frame, "Goal", "staff/care/goals.html", more, goals=still, ended=ended)


@chart_page("care-plan")
def care_plan(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Plans: for which problems, towards which goals, by what."""
    found, more = goals.read_plans(chart_of(frame), most(request))
    return listed(request, frame, "CarePlan", "staff/care/plan.html", more, plans=found)


@chart_page("directives")
def directives_page(request: ChartAsked, frame: Frame) -> HttpResponse:
    """Code status, documents, agents."""
    chart, count = chart_of(frame), most(request)
    clinical = frame.reads["Flag"]
    statuses, more_flags = directives.read_statuses(chart, count)
    documents, more_documents = directives.read_documents(chart, count) if clinical else ([], False)
    agents, more_agents = directives.read_agents(chart, count) if clinical else ([], False)
    about = {
        "now": [one for one in statuses if one.active],
        "before": [one for one in statuses if not one.active],
        "documents": documents,
        "agents": agents,
        "may_status": frame.writes["Flag"],
        "may_document": frame.writes["DocumentReference"] and clinical,
        "may_agent": frame.writes["RelatedPerson"] and clinical,
        "kinds": directives.AGENTS,
        "readable": clinical,
        "whole": frame.whole["Flag"],
        "more": older(request, more_flags or more_documents or more_agents),
    }
    return render_chart(request, frame, "staff/care/directives.html", about)
