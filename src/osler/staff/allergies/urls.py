"""The addresses of: the allergy list."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
