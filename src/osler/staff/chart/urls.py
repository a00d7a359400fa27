"""The addresses of: the chart: its frame, summary, timeline, search and history."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
