"""The addresses of roles, explanations and broken glass."""

from __future__ import annotations

from django.urls import path

from osler.staff.access import explain, glass, roles

urlpatterns = [
    path("roles", roles.listed, name="roles"),
    path("roles/<slug:code>", roles.shown, name="role"),
    path("roles/<slug:code>/edit", roles.edited, name="role-edit"),
    path("roles/<slug:code>/reset", roles.reset, name="role-reset"),
    path("why", explain.why, name="why"),
    path("who", explain.who, name="who"),
    path("glass", glass.opened, name="glass"),
    path("glass/<fhir:patient>/end", glass.ended, name="glass-end"),
]
