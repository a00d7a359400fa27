"""The addresses of the privacy desk."""

from __future__ import annotations

from django.urls import path

from osler.staff.privacy import views

urlpatterns = [
    path("", views.inbox, name="privacy"),
    path("new", views.new, name="privacy-new"),
    path("breach", views.new_breach, name="privacy-breach"),
    path("disclosures/<fhir:patient>", views.register, name="privacy-disclosures"),
    path("<fhir:id>", views.case, name="privacy-case"),
]
