"""The addresses of: vital signs: entry, flowsheet, growth."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
