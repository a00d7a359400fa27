"""The addresses of: allergies."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.allergies import views

_AT = "patients/<fhir:id>/allergies/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.allergies, name="allergies"),
    path(f"{_AT}none-known/", views.none_known, name="allergies-none"),
    *views.ALLERGIES.urls(_AT),
]
