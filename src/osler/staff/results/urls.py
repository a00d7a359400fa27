"""The addresses of results."""

from __future__ import annotations

from django.urls import path

from osler.staff.results import inbox, views

urlpatterns = [
    path("results/", inbox.inbox, name="results-inbox"),
    path("patients/<fhir:id>/results/", views.results, name="results"),
    path("patients/<fhir:id>/results/review/", views.review, name="results-review"),
    path("patients/<fhir:id>/results/<fhir:item>/", views.result, name="result"),
]
