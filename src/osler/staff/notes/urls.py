"""The addresses of: notes: write, sign, add to, compare."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
