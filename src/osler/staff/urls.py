"""The addresses of the staff pages."""

from __future__ import annotations

from django.urls import include, path

_IN_THE_CHART = (
    "patients",
    "chart",
    "problems",
    "allergies",
    "medications",
    "immunizations",
    "procedures",
    "vitals",
    "results",
    "notes",
    "documents",
    "background",
    "devices",
    "care",
)

staffpatterns = [
    path("", include("osler.staff.people.urls")),
    path("access/", include("osler.staff.access.urls")),
    path("privacy/", include("osler.staff.privacy.urls")),
    path("audit/", include("osler.staff.audit.urls")),
]
urlpatterns = [
    path("staff/", include(staffpatterns)),
    path("", include("osler.staff.today.urls")),
    path("", include("osler.staff.admin.urls")),
    path("", include("osler.staff.explore.urls")),
    *(path("", include(f"osler.staff.{group}.urls")) for group in _IN_THE_CHART),
]
