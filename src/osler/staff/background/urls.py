"""The addresses of: family, social and surgical history."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
