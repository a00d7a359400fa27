"""The Django application of the portal pages."""

from __future__ import annotations

from django.apps import AppConfig


class PortalConfig(AppConfig):
    """Templates portal/…"""

    name = "osler.portal"
    label = "portal"

    def ready(self) -> None:
        """Add the links of this part."""
        from osler.portal.links import links
        from osler.ui import navigation

        navigation.add(links)
