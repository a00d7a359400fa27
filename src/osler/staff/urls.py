"""The addresses of the staff pages."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("", include("osler.staff.people.urls")),
    path("access/", include("osler.staff.access.urls")),
    path("privacy/", include("osler.staff.privacy.urls")),
    path("audit/", include("osler.staff.audit.urls")),
]
