"""The addresses of: vital signs: entry, flowsheet, growth."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.vitals import growth, views

_VITALS = "patients/<fhir:id>/vitals/"

urlpatterns: list[URLPattern] = [
    path(_VITALS, views.vitals, name="vitals"),
    path(f"{_VITALS}new/", views.vital_new, name="vitals-new"),
    path(f"{_VITALS}new/", views.vital_new, name="vital-new"),
    path(f"{_VITALS}check/", views.vital_check, name="vital-check"),
    path(f"{_VITALS}<fhir:item>/", views.vital, name="vital"),
    path("patients/<fhir:id>/growth/", growth.growth, name="growth"),
]
