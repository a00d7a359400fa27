"""The addresses of: immunizations."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.immunizations import views

_AT = "patients/<fhir:id>/immunizations/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.immunizations, name="immunizations"),
    *views.IMMUNIZATIONS.urls(_AT),
]
