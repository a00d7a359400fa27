"""The addresses of: results: panels, trends, review."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
