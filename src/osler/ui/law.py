"""Whose law counts the days of privacy requests, as the operator has set it."""

from __future__ import annotations

from django.conf import settings


def law() -> str:
    """ "us" (HIPAA) or "eu" (GDPR); a key of `clinic.privacy.codes.CLOCKS`."""
    found: str = settings.OSLER_PRIVACY_LAW
    return found
