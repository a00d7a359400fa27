"""The addresses of: care team, goals, care plan and advance directives."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
