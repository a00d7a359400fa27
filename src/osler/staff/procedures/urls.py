"""The addresses of: procedures."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.procedures import views

_AT = "patients/<fhir:id>/procedures/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.procedures, name="procedures"),
    *views.PROCEDURES.urls(_AT),
]
