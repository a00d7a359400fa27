"""The addresses of: medications."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.medications import views

_AT = "patients/<fhir:id>/medications/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.medications, name="medications"),
    path(f"{_AT}reviewed/", views.review, name="medications-reviewed"),
    path(f"{_AT}<fhir:item>/step/<slug:step>/", views.step, name="medication-step"),
    *views.MEDICATIONS.urls(_AT),
]
