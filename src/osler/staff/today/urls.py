"""The addresses of: today: what waits for the person who signed in."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
