"""The Django application of the staff pages."""

from __future__ import annotations

from django.apps import AppConfig


class StaffConfig(AppConfig):
    """Templates staff/…"""

    name = "osler.staff"
    label = "staff"

    def ready(self) -> None:
        """Add the links of this part, and what it has for the palette."""
        from osler.staff import finding
        from osler.staff.links import links
        from osler.staff.today.counting import waiting
        from osler.ui import navigation
        from osler.ui.palette import sources

        navigation.add(links)
        navigation.count_with(waiting)
        for source in (finding.patients, finding.in_the_chart, finding.pages, finding.alike):
            sources.add(source)
