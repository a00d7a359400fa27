"""The addresses of: procedures."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.procedures import views

_AT = "patients/<fhir:id>/procedures/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.procedures, name="procedures"),
    path(f"{_AT}new/", views.new, name="procedure-new"),
    path(f"{_AT}<fhir:item>/", views.procedure, name="procedure"),
    path(f"{_AT}<fhir:item>/wrong/", views.wrong, name="procedure-wrong"),
]
