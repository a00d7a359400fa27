"""The addresses of the staff pages."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("privacy/", include("osler.staff.privacy.urls")),
    path("audit/", include("osler.staff.audit.urls")),
]
