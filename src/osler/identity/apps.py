"""The Django application of accounts."""

from __future__ import annotations

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    """Tables are named identity_…"""

    name = "osler.identity"
    label = "identity"
    verbose_name = "Accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen to what happens to accounts and sessions."""
        from osler.identity import hooks

        hooks.connect()
