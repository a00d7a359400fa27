"""The addresses of: patients: search, registration, demographics, merging."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.patients import registration, search

urlpatterns: list[URLPattern] = [
    path("patients/", search.patients, name="patients"),
    path("patients/by-fields/", search.by_fields, name="patients-by-fields"),
    path("patients/new/", registration.new, name="patient-new"),
    path("patients/new/quick/", registration.quick, name="patient-quick"),
    path("patients/new/similar/", registration.alike, name="patient-alike"),
    path("patients/new/address/", registration.check, name="address-check"),
]
