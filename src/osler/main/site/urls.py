"""The pages' addresses: each part has its own list."""

from __future__ import annotations

from django.urls import include, path

from osler.ui.start import start

urlpatterns = [
    path("", start, name="start"),
    path("account/", include("osler.identity.urls")),
    path("staff/", include("osler.staff.urls")),
    path("my/", include("osler.portal.urls")),
]
