"""The Django application of the staff pages."""

from __future__ import annotations

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Templates staff/…"""

    name = "osler.staff"
    label = "staff"

    def ready(self) -> None:
        """Add the links of this part."""
        from osler.staff.links import links
        from osler.ui import navigation

        navigation.add(links)
