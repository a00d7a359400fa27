"""The addresses of: the chart: its frame, summary, timeline, search and history."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.chart import find, looks, past, timeline, views

urlpatterns: list[URLPattern] = [
    path("patients/<fhir:id>/", views.summary, name="chart"),
    path("patients/<fhir:id>/timeline/", timeline.timeline, name="timeline"),
    path("patients/<fhir:id>/find/", find.search, name="find"),
    path("patients/<fhir:id>/as-of/", past.as_of, name="as-of"),
    path("patients/<fhir:id>/undo/", past.undo, name="undo"),
    path("patients/<fhir:id>/access-log/", looks.access_log, name="access-log"),
    path(
        "patients/<fhir:id>/history/<slug:type>/<fhir:item>/",
        past.item_history,
        name="item-history",
    ),
]
