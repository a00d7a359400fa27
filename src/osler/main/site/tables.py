"""Brings the tables of accounts to this version, by Django's migrations."""

from __future__ import annotations

from osler.kit.settings import Settings
from osler.main.site import configure

_LOCK = 0x05_1E_13  # Beside the one of the clinical schema.


def migrate_pages(settings: Settings, database_url: str) -> None:
    """Apply what is not applied yet; processes that start together wait for each other."""
    configure(settings, database_url)
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
            try:
                call_command("migrate", verbosity=0, interactive=False)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    finally:
        connection.close()
