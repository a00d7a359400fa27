"""The addresses of the FHIR browser; they hold types and ids, never what was searched for."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.explore import views

_ONE = "explore/<slug:type>/<fhir:id>/"

urlpatterns: list[URLPattern] = [
    path("explore/", views.types, name="explore"),
    path("explore/<slug:type>/", views.found, name="explore-type"),
    path(_ONE, views.one, name="explore-one"),
    path(f"{_ONE}versions/", views.versions, name="explore-versions"),
    path(f"{_ONE}versions/<int:number>/", views.version, name="explore-version"),
    path(f"{_ONE}compare/", views.compare, name="explore-compare"),
    path(f"{_ONE}referring/", views.back, name="explore-back"),
]
