"""Concurrent FHIR reads and searches over HTTP with the audit as it is, and without any.

Only this bench can leave the audit out: it puts other statements into the modules of its own server.
Three servers answer in turn: `off` writes no audit row, `memory` does not wait for the disk, `shipped` is
Osler as it is, whose rows are on the disk before the answer goes out. A slower disk is imitated by
`commit_delay`, for which PostgreSQL waits before each flush of its log.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from functools import lru_cache, partial
from typing import Any

import psycopg
from psycopg import Connection, sql

from bench import http_people, http_stage
from osler.store import read, select
from osler.store.rows import Version, Who

PATIENTS = 500
BAR = 0.70
WAYS = ("off", "memory", "shipped")
SLOW_DISK_US = 1000


def run(short: bool) -> list[http_stage.Result]:
    """Requests per second, and what share of those without audit that is."""
    fill = partial(http_people.fill, patients=PATIENTS, observations=4)
    with http_stage.stage(fill) as here:
        results = list(_measured(here.url, "this disk", 0, short))
        results += _measured(here.url, "1 ms slower", SLOW_DISK_US, short)
    return results


def _measured(url: str, disk: str, delay: int, short: bool) -> Iterator[http_stage.Result]:
    _slow_down(url, delay)
    turns, seconds = (5, 2.0) if short else (9, 8.0)
    with ExitStack() as stack:
        ports = {
            way: stack.enter_context(http_stage.running(way, url, "bench.audit")) for way in WAYS
        }
        for what, paths in _loads().items():
            for port in ports.values():
                http_stage.throughput(port, "GET", paths, b"", 1.0)
            found = [
                {
                    way: http_stage.throughput(port, "GET", paths, b"", seconds)
                    for way, port in ports.items()
                }
                for _ in range(turns)
            ]
            for way in WAYS[1:]:
                yield _result(f"{what}, audit {way}, {disk}", way, found, barred=not delay)


def _result(
    name: str, way: str, turns: list[dict[str, float]], *, barred: bool
) -> http_stage.Result:
    ratio = statistics.median(turn[way] / turn["off"] for turn in turns)
    barred = barred and way == "shipped"
    return {
        "name": name,
        "value": statistics.median(turn[way] for turn in turns),
        "unit": "requests/s",
        "baseline": statistics.median(turn["off"] for turn in turns),
        "ratio": ratio,
        "bar": f"≥ {BAR:.2f}" if barred else None,
        "met": ratio >= BAR if barred else None,
    }


def _loads() -> dict[str, list[str]]:
    return {
        "read": [f"/fhir/Patient/bench-{number}" for number in range(PATIENTS)],
        "search": [f"/fhir/Observation?patient=bench-{number}" for number in range(PATIENTS)],
    }


def _slow_down(url: str, delay: int) -> None:
    with psycopg.connect(url, autocommit=True) as conn:
        for name, value in (("commit_delay", delay), ("commit_siblings", 0 if delay else 5)):
            conn.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        conn.execute("SELECT pg_reload_conf()")


# -- the servers ----------------------------------------------------------------------------------


def serve(way: str, port: int, url: str) -> None:
    """Serve with the audit in that way, or without it."""
    match way:
        case "off":
            read.read = _unaudited
            select._AUDITED = sql.SQL("SELECT m.* FROM ({select}) m")  # noqa: SLF001 - on purpose
        case "memory":
            url += "&options=-csynchronous_commit%3Doff"
    http_stage.serve_osler(port, url)


def _unaudited(
    conn: Connection[Any],
    who: Who,  # noqa: ARG001 - named as in what it replaces
    type: str,
    id: str,
    visible: sql.Composable | None,  # noqa: ARG001
) -> Version | None:
    row = conn.execute(_plain(type), (id,), prepare=True).fetchone()
    return None if row is None else read.version_of(row)


@lru_cache
def _plain(type: str) -> bytes:
    query = sql.SQL("SELECT {} FROM resource r WHERE r.type = {} AND r.id = %s")
    return query.format(read.COLUMNS, sql.Literal(type)).as_bytes(None)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
