"""The key that signs cookies and links: from the settings, or made once beside the data."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress

from osler.kit.settings import Settings

_NAME = "signing.key"


def secret_key(settings: Settings) -> str:
    """The key; several machines that serve one database set OSLER_SECRET_KEY to the same."""
    if settings.secret_key:
        return settings.secret_key
    path = settings.data_dir / _NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        # Whole before it has its name: another process may look for it at this moment.
        fresh = path.with_name(f"{_NAME}.{os.getpid()}")
        fresh.touch(mode=0o600, exist_ok=False)
        fresh.write_text(secrets.token_urlsafe(48), "utf-8")
        try:
            os.link(fresh, path)
        finally:
            fresh.unlink()
    return path.read_text("utf-8").strip()
