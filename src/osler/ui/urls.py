"""The addresses of what all pages share."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from osler.ui.drafts import watching

urlpatterns: list[URLPattern | URLResolver] = [
    path("drafts/", include("osler.ui.drafts.urls")),
    path("live/counts/", watching.counts, name="live-counts"),
    path("live/here/", watching.here, name="live-here"),
    path("live/words/", watching.said, name="live-words"),
    path("", include("osler.ui.gallery.urls")),
    path("", include("osler.ui.palette.urls")),
    path("", include("osler.ui.preferences.urls")),
]
