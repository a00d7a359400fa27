"""The addresses of: the practice's own settings, and a browser of its resources."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
