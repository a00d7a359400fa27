"""The pages' Django: settings, addresses, and the one WSGI application of pages and API together."""

from __future__ import annotations

import os
from dataclasses import dataclass

from osler.kit.settings import Settings


@dataclass(slots=True)
class _State:
    """What `settings.py` reads when Django loads it; a process serves one database."""

    settings: Settings | None = None
    database_url: str = ""


STATE = _State()


def configure(settings: Settings, database_url: str) -> None:
    """Set Django up for this process, or point it to another database where it is set up already."""
    import django
    from django.apps import apps

    if not apps.ready:
        STATE.settings, STATE.database_url = settings, database_url
        os.environ["DJANGO_SETTINGS_MODULE"] = "osler.main.site.settings"
        django.setup()
    elif database_url != STATE.database_url:
        _point_to(settings, database_url)


def _point_to(settings: Settings, database_url: str) -> None:
    from django.db import connections

    from osler.main.site.database import django_database

    STATE.settings, STATE.database_url = settings, database_url
    connection = connections["default"]
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # PostgreSQL's has one
    connection.settings_dict.update(django_database(database_url, settings.threads))
