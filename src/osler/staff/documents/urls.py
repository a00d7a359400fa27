"""The addresses of: documents: files, letters, printing."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
