"""The addresses of: implanted and other devices."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.devices import views

_AT = "patients/<fhir:id>/devices/"
urlpatterns: list[URLPattern] = [
    path(_AT, views.devices, name="devices"),
    *views.DEVICES.urls(_AT),
]
