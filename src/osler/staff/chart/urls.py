"""The addresses of: the chart: its frame, summary, timeline, search and history."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.chart import views

urlpatterns: list[URLPattern] = [path("patients/<fhir:id>/", views.summary, name="chart")]
