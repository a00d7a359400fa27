"""The Django application of shared templates and styles."""

from __future__ import annotations

from django.apps import AppConfig


class UiConfig(AppConfig):
    """Templates ui/…, static files ui/…"""

    name = "osler.ui"
    label = "ui"

    def ready(self) -> None:
        """Let addresses have `<fhir:id>`."""
        from osler.ui import addresses  # noqa: F401 - importing it registers
