"""The addresses of: care team, goals, care plan and advance directives."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.care import views

_AT = "patients/<fhir:id>/"
urlpatterns: list[URLPattern] = [
    path(f"{_AT}care-team/", views.care_team, name="care-team"),
    *views.TEAMS.urls(f"{_AT}care-team/"),
    path(f"{_AT}goals/", views.goals_page, name="goals"),
    *views.GOALS.urls(f"{_AT}goals/"),
    path(f"{_AT}care-plan/", views.care_plan, name="care-plan"),
    *views.PLANS.urls(f"{_AT}care-plan/"),
    path(f"{_AT}directives/", views.directives_page, name="directives"),
    *views.CODE_STATUS.urls(f"{_AT}directives/", "code-status/"),
    *views.AGENTS.urls(f"{_AT}directives/", "agents/"),
    *views.DOCUMENTS.urls(f"{_AT}directives/", "documents/"),
]
