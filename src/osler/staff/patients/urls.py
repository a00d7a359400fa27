"""The addresses of: patients: search, registration, demographics, merging."""

from __future__ import annotations

from django.urls import URLPattern, path

from osler.staff.patients import details, insurance, merges, photo, registration, search

urlpatterns: list[URLPattern] = [
    path("patients/", search.patients, name="patients"),
    path("patients/by-fields/", search.by_fields, name="patients-by-fields"),
    path("patients/new/", registration.new, name="patient-new"),
    path("patients/new/quick/", registration.quick, name="patient-quick"),
    path("patients/new/similar/", registration.alike, name="patient-alike"),
    path("patients/new/address/", registration.check, name="address-check"),
    path("patients/<fhir:id>/details/", details.details, name="details"),
    path("patients/<fhir:id>/details/state/", details.state, name="patient-state"),
    path("patients/<fhir:id>/details/insurance/", insurance.insurance, name="insurance"),
    path("patients/<fhir:id>/details/<slug:part>/", details.detail, name="detail"),
    path("patients/<fhir:id>/photo/", photo.photo, name="photo"),
    path("patients/<fhir:id>/merging/", merges.merges, name="merges"),
    path("patients/<fhir:id>/merging/with/<fhir:item>/", merges.compare, name="merge-compare"),
    path("patients/<fhir:id>/merging/<uuid:merge>/", merges.step, name="merge-step"),
]
