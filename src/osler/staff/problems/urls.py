"""The addresses of: the problem list, and the terms that all lists search."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.lists import pages
from osler.staff.problems import views

_AT = "patients/<fhir:id>/problems/"
urlpatterns: list[URLPattern] = [
    path("terms/<slug:kind>/", pages.terms, name="terms"),
    path(_AT, views.problems, name="problems"),
    path(f"{_AT}<fhir:item>/status/", views.status, name="problem-status"),
    path(f"{_AT}<fhir:item>/promote/", views.promote, name="problem-promote"),
    path(f"{_AT}<fhir:item>/move/", views.move, name="problem-move"),
    *views.PROBLEMS.urls(_AT),
]
