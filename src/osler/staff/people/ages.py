"""The ages at which what parents may do changes, from the settings."""

from __future__ import annotations

from django.conf import settings

from osler.identity.proxies import Ages


def ages() -> Ages:
    """Those of this installation."""
    return Ages(settings.OSLER.proxy_narrow_age, settings.OSLER.proxy_end_age)
