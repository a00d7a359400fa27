"""Our address of a mail server as Django's settings."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote, urlsplit

from osler.kit.settings import Settings

_SECONDS = 15


def django_mail(settings: Settings) -> dict[str, Any]:
    """The settings that begin with EMAIL_; without a server, mails lie in the outbox."""
    if settings.smtp_url is None:
        return {"EMAIL_BACKEND": "osler.identity.mail.Outbox"}
    parts = urlsplit(settings.smtp_url)
    whole = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "",
        "EMAIL_PORT": parts.port or (465 if whole else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": whole,
        # Beyond this machine a mail (its link opens an account) never travels unencrypted.
        "EMAIL_USE_TLS": not whole and parts.hostname not in {"localhost", "127.0.0.1", "::1"},
        "EMAIL_TIMEOUT": _SECONDS,
    }
