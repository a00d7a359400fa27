"""Our database URL as Django's dictionary, with a pool like ours."""

from __future__ import annotations

from typing import Any

from psycopg.conninfo import conninfo_to_dict

_OURS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
_SPARE = 2


def django_database(url: str, threads: int) -> dict[str, Any]:
    """An entry of DATABASES; every thread may hold one connection."""
    if not url:  # The type checker loads the settings without a database.
        return {"ENGINE": "django.db.backends.postgresql", "NAME": "none"}
    parts = conninfo_to_dict(url)
    named = {_OURS[key]: str(value) for key, value in parts.items() if key in _OURS}
    rest = {key: value for key, value in parts.items() if key not in _OURS}
    pool = {"min_size": 1, "max_size": threads + _SPARE, "timeout": 5, "name": "osler pages"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        **named,
        "OPTIONS": {**rest, "pool": pool, "application_name": "osler pages"},
    }
