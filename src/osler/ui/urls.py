"""The addresses of what all pages share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("drafts/", include("osler.ui.drafts.urls")),
    path("", include("osler.ui.palette.urls")),
    path("", include("osler.ui.preferences.urls")),
]
