"""The addresses of the audit."""

from __future__ import annotations

from django.urls import path

from osler.staff.audit import views

urlpatterns = [
    path("", views.report, name="audit"),
    path("audit.csv", views.as_csv, name="audit-csv"),
]
