"""The addresses of: implanted and other devices."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
