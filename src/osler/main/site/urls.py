"""The pages' addresses: each part has its own list."""

from __future__ import annotations

from django.urls import include, path

from osler.staff.people import first
from osler.ui.start import start

handler400 = "osler.ui.astray.unreadable"
handler403 = "osler.ui.astray.refused"
handler404 = "osler.ui.astray.not_found"
handler500 = "osler.ui.astray.broken"
urlpatterns = [
    path("", start, name="start"),
    path("setup/", first.setup, name="setup"),
    path("demo/", first.demo, name="demo"),
    path("account/", include("osler.identity.joining_urls")),
    path("account/", include("osler.identity.urls")),
    path("", include("osler.ui.urls")),
    path("", include("osler.staff.urls")),
    path("my/", include("osler.portal.urls")),
]
