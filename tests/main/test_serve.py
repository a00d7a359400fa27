"""What the processes that serve must not inherit from the one that starts them."""

from __future__ import annotations

from typing import Any

import pytest

from osler.main import serve
from tests.pages import SETTINGS, use

pytestmark = pytest.mark.database


def test_no_pool_of_connections_is_open_when_the_servers_processes_are_forked(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    use(database_url)
    from django.db import connection, connections

    seen: list[Any] = []
    pools = connections["default"]._connection_pools  # type: ignore[attr-defined]  # PostgreSQL's has them
    monkeypatch.setattr("osler.rest.server.run", lambda *_: seen.append(dict(pools)))
    monkeypatch.setattr(serve, "prepare", lambda settings: settings.database_url)
    connection.ensure_connection()
    connection.close()
    assert pools, "there was one before"
    serve.serve(replace(SETTINGS, database_url=database_url, port=0), with_worker=False)
    assert seen == [{}]
