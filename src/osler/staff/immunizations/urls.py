"""The addresses of: immunizations."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.immunizations import views

_AT = "patients/<fhir:id>/immunizations/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.immunizations, name="immunizations"),
    path(f"{_AT}new/", views.new, name="immunization-new"),
    path(f"{_AT}<fhir:item>/", views.immunization, name="immunization"),
    path(f"{_AT}<fhir:item>/wrong/", views.wrong, name="immunization-wrong"),
]
