"""A small database of resources to search: written by a helper of its own, asked by query strings."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from psycopg import sql

from osler.access import Everywhere
from osler.fhir.codec import decode
from osler.kit.database import Connection, Database
from osler.search import compile as compiler
from osler.search import include
from osler.search.extract import extract
from osler.search.parse import parse
from osler.search.registry import Registry
from osler.search.rows import IndexRows
from osler.search.terminology import Codes, Terminology
from osler.search.tree import Policy, Query

BASE = "http://osler.test/fhir"
EVERYWHERE = Everywhere()
_COLUMNS = {
    "string_index": ("param", "token", "lead", "value"),
    "reference_index": ("param", "target_type", "target_id"),
    "date_index": ("param", "token", "low", "high"),
    "number_index": ("param", "token", "low", "high"),
    "quantity_index": ("param", "token", "value", "unit", "code", "canonical", "canonical_unit"),
}
_INSERT = sql.SQL("INSERT INTO {} ({}) VALUES ({})")


class World:
    """Resources, and searches over them."""

    def __init__(self, database: Database, registry: Registry | None = None) -> None:
        self.database = database
        self.registry = registry or Registry.builtin()
        self.terminology: Terminology = Codes()

    def clear(self) -> None:
        with self.database.connection() as conn:
            conn.execute("TRUNCATE resource, contained, token_text, string_index, reference_index,"
                         " date_index, number_index, quantity_index")  # fmt: skip

    def add(self, *resources: dict[str, Any], deleted: bool = False) -> None:
        with self.database.connection() as conn, conn.transaction():
            for resource in resources:
                self._add(conn, resource, deleted=deleted)

    def _add(self, conn: Connection, content: dict[str, Any], *, deleted: bool) -> None:
        data = json.dumps(content).encode()
        resource = decode(data)
        index = extract(resource, self.registry, BASE)
        updated = content.get("meta", {}).get("lastUpdated", "2024-06-01T12:00:00Z")
        rid = _new_rid(conn)
        names = ("type", "id", "rid", "version", "updated", "deleted", "patient", "date_low",
                 "date_high", "keys", "content")  # fmt: skip
        row = (resource.resourceType, resource.id, rid, 1, updated, deleted, index.patient,
               index.date_low, index.date_high, index.keys, data.decode())  # fmt: skip
        _insert(conn, "resource", names, row)
        _insert_index(conn, rid, index)
        if not deleted:
            _insert_contained(conn, resource.resourceType, rid, index, updated)

    def parse(self, url: str, *, lenient: bool = False) -> Query:
        type, _, text = url.partition("?")
        pairs = parse_qsl(text, keep_blank_values=True)
        return parse(type or None, pairs, self.registry, lenient=lenient, base_url=BASE)

    def rows(self, query: Query, policy: Policy = EVERYWHERE, limit: int = 1000) -> list[Any]:
        statement = compiler.select(
            query, policy, limit=limit, registry=self.registry, terminology=self.terminology
        )
        return self.run(statement)

    def run(self, statement: sql.Composed) -> list[Any]:
        with self.database.connection() as conn:
            return conn.execute(statement).fetchall()

    def find(self, url: str, policy: Policy = EVERYWHERE) -> list[str]:
        """The ids that match, in order; the count must agree."""
        query = self.parse(url)
        found = [row[2] for row in self.rows(query, policy)]
        statement = compiler.count(
            query, policy, registry=self.registry, terminology=self.terminology
        )
        assert self.run(statement)[0][0] == len(found)
        assert len(set(found)) == len(found) or query.type is None
        return found

    def pages(self, url: str, size: int) -> list[list[str]]:
        """The ids page by page, following cursors."""
        query = self.parse(url)
        pages: list[list[str]] = []
        while True:
            rows = self.rows(query, limit=size + 1)
            pages.append([row[2] for row in rows[:size]])
            if len(rows) <= size:
                return pages
            place = compiler.next_cursor(query, rows[size - 1])
            query = self.parse(f"{url}{'&' if '?' in url else '?'}_cursor={place}")

    def included(
        self, url: str, policy: Policy = EVERYWHERE, at_most: int = 100
    ) -> tuple[set[str], bool]:
        """What a search includes, as Type/id, and whether there was more."""
        query = self.parse(url)
        matches = self.rows(query, policy)
        found = include.gather(
            self.run, query, policy, matches, at_most=at_most, registry=self.registry
        )
        return {f"{row[1]}/{row[2]}" for row in found.rows}, found.capped


def _new_rid(conn: Connection) -> int:
    row = conn.execute("SELECT nextval('resource_rid')").fetchone()
    assert row is not None
    return int(row[0])


def _insert_index(conn: Connection, rid: int, index: IndexRows) -> None:
    for table, columns in _COLUMNS.items():
        for one in index.rows(table):
            _insert(conn, table, ("rid", *columns), (rid, *one))
    for text in index.texts:
        conn.execute("INSERT INTO token_text (param, value, key) VALUES (%s, %s, %s)"
                     " ON CONFLICT DO NOTHING", text)  # fmt: skip


def _insert_contained(
    conn: Connection, type: str, container: int, around: IndexRows, updated: str
) -> None:
    names = ("type", "id", "rid", "version", "updated", "container", "container_type", "patient",
             "date_low", "date_high", "keys", "content")  # fmt: skip
    for inside in around.contained:
        rows, rid = inside.rows, _new_rid(conn)
        row = (inside.type, inside.id, rid, 1, updated, container, type,
               inside.patient(around.patient), rows.date_low, rows.date_high, rows.keys,
               inside.content.decode())  # fmt: skip
        _insert(conn, "contained", names, row)
        _insert_index(conn, rid, rows)


def _insert(conn: Connection, table: str, columns: Sequence[str], row: Sequence[Any]) -> None:
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    places = sql.SQL(", ").join(sql.Placeholder() * len(columns))
    conn.execute(_INSERT.format(sql.Identifier(table), names, places), row)
