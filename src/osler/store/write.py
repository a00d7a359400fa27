"""Writing versions with their index rows: a few in one statement, many by COPY."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec
from psycopg import Connection, sql

from osler.kit.errors import Conflict
from osler.search.rows import IndexRows, TextRow
from osler.store import audit, blobs, contained
from osler.store.copying import copy_rows
from osler.store.rows import Access, NewVersion, Version, Who

FEW = 100
"""Up to so many versions go in one statement; more by COPY."""

_JSON = msgspec.json.Encoder()

INDEX_TABLES = ("string_index", "reference_index", "date_index", "number_index", "quantity_index")

# Each table's columns with their types, in the order of the rows that `_rows` makes.
_COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "resource": (
        ("type", "text"),
        ("id", "text"),
        ("rid", "bigint"),
        ("version", "int"),
        ("updated", "timestamptz"),
        ("deleted", "bool"),
        ("patient", "text"),
        ("date_low", "timestamptz"),
        ("date_high", "timestamptz"),
        ("keys", "bigint[]"),
        ("content", "text"),
    ),
    "contained": contained.COLUMNS,
    "string_index": (
        ("param", "int"),
        ("rid", "bigint"),
        ("token", "bigint"),
        ("lead", "bool"),
        ("value", "text"),
    ),
    "reference_index": (
        ("param", "int"),
        ("rid", "bigint"),
        ("target_type", "text"),
        ("target_id", "text"),
    ),
    "date_index": (
        ("param", "int"),
        ("rid", "bigint"),
        ("token", "bigint"),
        ("low", "timestamptz"),
        ("high", "timestamptz"),
    ),
    "number_index": (
        ("param", "int"),
        ("rid", "bigint"),
        ("token", "bigint"),
        ("low", "numeric"),
        ("high", "numeric"),
    ),
    "quantity_index": (
        ("param", "int"),
        ("rid", "bigint"),
        ("token", "bigint"),
        ("value", "numeric"),
        ("unit", "bigint"),
        ("code", "bigint"),
        ("canonical", "numeric"),
        ("canonical_unit", "bigint"),
    ),
    "token_text": (("param", "int"), ("value", "text"), ("key", "bigint")),
    "blob": blobs.COLUMNS,
}

_SUPERSEDE = sql.SQL(
    "WITH h AS (INSERT INTO history (type, id, version, rid, updated, superseded, deleted, patient, content, xact,"
    " keys, date_low, date_high) SELECT type, id, version, rid, updated, %s, deleted, patient, content, xact,"
    " keys, date_low, date_high FROM resource"
    " WHERE type = {type} AND id = %s AND version = %s),"
    " {inside} {deletes}"
    " u AS (UPDATE resource SET version = %s, updated = %s, deleted = %s, patient = %s,"
    " date_low = %s::timestamptz, date_high = %s::timestamptz, keys = %s::bigint[], content = %s::json,"
    " xact = pg_current_xact_id() WHERE type = {type} AND id = %s AND version = %s RETURNING 1)"
    " SELECT count(*) FROM u"
)
_DELETE = sql.SQL("{name} AS (DELETE FROM {table} WHERE rid = ANY(ARRAY(SELECT rid FROM gone))),")


def write(
    conn: Connection[Any],
    who: Who,
    versions: Sequence[NewVersion],
    accesses: Sequence[Access],
) -> None:
    """Write versions, their index rows and the audit of it.

    Needs a transaction around it, unless there are at most `FEW` versions and none replaces another:
    then it is one statement (after another for row numbers, where resources contain others).

    Raises:
        Conflict: a version that was to be replaced is no longer the current one.
    """
    fresh: list[NewVersion] = []
    for version in versions:
        if version.replaces is None:
            fresh.append(version)
        else:
            _supersede(conn, version)
    inside = contained.numbered(conn, versions)
    tables = {table: list(rows) for table, rows in _all_rows(versions, fresh, inside)}
    if len(versions) > FEW:
        _write_many(conn, who, tables, accesses)
    else:
        _write_few(conn, who, tables, accesses)


def _all_rows(
    versions: Sequence[NewVersion],
    fresh: Sequence[NewVersion],
    inside: Sequence[contained.Inside],
) -> Iterator[tuple[str, Iterator[tuple[Any, ...]]]]:
    yield "resource", (_resource_row(version) for version in fresh)
    yield "contained", map(contained.row, inside)
    indexed = list(contained.indexed(versions, inside))
    for table in INDEX_TABLES:
        yield table, _index_rows(table, indexed)
    yield "token_text", _token_texts(versions)
    yield "blob", (row for version in versions for row in version.blobs)


def _resource_row(version: NewVersion) -> tuple[Any, ...]:
    index = version.index
    return (
        version.type,
        version.id,
        version.rid,
        version.version,
        version.updated,
        version.deleted,
        version.patient,
        index.date_low if index else "-infinity",
        index.date_high if index else "infinity",
        index.keys if index else [],
        None if version.content is None else version.content.decode(),
    )


def keys_text(keys: Sequence[int]) -> str:
    """A bigint[] literal."""
    return "{" + ",".join(map(str, keys)) + "}"


def _index_rows(table: str, indexed: Sequence[contained.Indexed]) -> Iterator[tuple[Any, ...]]:
    for rid, index in indexed:
        for row in index.rows(table):
            yield (row[0], rid, *row[1:])


_known_texts: set[tuple[int, str]] = set()
_KNOWN_TEXTS_AT_MOST = 200_000


def _token_texts(versions: Sequence[NewVersion]) -> Iterator[tuple[Any, ...]]:
    """Texts this process has not seen committed; the database ignores those it has already."""
    seen = set()
    for text in _texts(versions):
        if text[:2] not in _known_texts and text[:2] not in seen:
            seen.add(text[:2])
            yield text


def _texts(versions: Sequence[NewVersion]) -> Iterator[TextRow]:
    for version in versions:
        if version.index is not None:
            yield from version.index.texts
            for one in version.index.contained:
                yield from one.rows.texts


def texts_committed(versions: Sequence[NewVersion]) -> None:
    """After a commit: remember its token texts, so that they need not be written again."""
    if len(_known_texts) > _KNOWN_TEXTS_AT_MOST:
        _known_texts.clear()
    _known_texts.update(text[:2] for text in _texts(versions))


def _supersede(conn: Connection[Any], new: NewVersion) -> None:
    index = new.index
    row = conn.execute(
        _supersede_sql(new.type),
        (
            *(new.updated, new.id, new.replaces),
            *(new.rid, new.rid),
            *(new.version, new.updated, new.deleted, new.patient),
            *(index.date_low if index else "-infinity", index.date_high if index else "infinity"),
            keys_text(index.keys if index else ()),
            None if new.content is None else new.content.decode(),
            *(new.id, new.replaces),
        ),
    ).fetchone()
    if row != (1,):
        raise Conflict(f"{new.type}/{new.id} was changed by another writer at the same moment.")


@lru_cache(maxsize=512)
def _supersede_sql(type: str) -> bytes:
    deletes = sql.SQL(" ").join(
        _DELETE.format(name=sql.Identifier("d_" + table), table=sql.Identifier(table))
        for table in INDEX_TABLES
    )
    parts = {"type": sql.Literal(type), "inside": contained.DELETES, "deletes": deletes}
    return _SUPERSEDE.format(**parts).as_bytes(None)


def _write_few(
    conn: Connection[Any],
    who: Who,
    tables: dict[str, list[tuple[Any, ...]]],
    accesses: Sequence[Access],
) -> None:
    filled = tuple(table for table, rows in tables.items() if rows)
    rows = [_as_json(table, tables[table]) for table in filled]
    conn.execute(_few_sql(filled), (*rows, *audit.arguments(who, accesses)), prepare=True)


def _as_json(table: str, rows: Sequence[tuple[Any, ...]]) -> str:
    """Rows as PostgreSQL's json_to_recordset reads them: one argument, quick to make and to read."""
    names = [name for name, _ in _COLUMNS[table]]
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return _JSON.encode(records).decode()


_PLAIN = sql.SQL("{}")


@lru_cache(maxsize=256)
def _few_sql(tables: tuple[str, ...]) -> bytes:
    """One statement that inserts into these tables, and the audit, each from an argument of JSON."""
    parts = [_named("w_" + table, _insert(table)) for table in tables]
    if not parts:
        return audit.statement()
    return sql.SQL("WITH {} {}").format(_list(parts), audit.STATEMENT).as_bytes(None)


def write_new(
    conn: Connection[Any],
    who: Who,
    versions: Sequence[NewVersion],
    accesses: Sequence[Access],
    needed: Mapping[str, Sequence[str]],
) -> list[tuple[str, str]]:
    """Write at most `FEW` versions of new resources, if all that is needed is there, in one statement.

    `needed` has the ids of each type that must exist; the answer is the (type, id) of those that
    do not, and then nothing was written.
    """
    inside = contained.numbered(conn, versions)
    tables = {table: list(rows) for table, rows in _all_rows(versions, versions, inside)}
    if not needed:
        _write_few(conn, who, tables, accesses)
        return []
    filled = tuple(table for table, rows in tables.items() if rows)
    ids = [_JSON.encode(needed[type]).decode() for type in needed]
    rows = [_as_json(table, tables[table]) for table in filled]
    arguments = (*ids, *rows, *audit.arguments(who, accesses))
    found = conn.execute(_guarded_sql(tuple(needed), filled), arguments, prepare=True)
    return [(row[0], row[1]) for row in found]


_MISSING = sql.SQL(
    # A scalar subselect, so that each id is looked up by index, whatever was planned when tables were small.
    "SELECT {type} AS type, n.id FROM json_array_elements_text(%s::json) n(id) WHERE"
    " (SELECT r.rid FROM resource r WHERE r.type = {type} AND r.id = n.id AND NOT r.deleted"
    " FOR KEY SHARE) IS NULL"  # nobody deletes it until this commits
)
_GUARD = sql.SQL("{} WHERE NOT EXISTS (SELECT 1 FROM missing)")


@lru_cache(maxsize=1024)
def _guarded_sql(types: tuple[str, ...], tables: tuple[str, ...]) -> bytes:
    """Like `_few_sql`, but does nothing except answer what is missing, where anything is."""
    missing = sql.SQL(" UNION ALL ").join(_MISSING.format(type=sql.Literal(type)) for type in types)
    parts = [
        _named("missing", missing),
        *(_named("w_" + table, _insert(table, _GUARD)) for table in tables),
        _named("w_audit", _GUARD.format(audit.STATEMENT)),
    ]
    return sql.SQL("WITH {} SELECT type, id FROM missing").format(_list(parts)).as_bytes(None)


def _named(name: str, query: sql.Composable) -> sql.Composed:
    return sql.SQL("{} AS ({})").format(sql.Identifier(name), query)


def _insert(table: str, guard: sql.SQL = _PLAIN) -> sql.Composed:
    columns = _COLUMNS[table]
    record = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type)) for name, type in columns
    ]
    names = [sql.Identifier(name) for name, _ in columns]
    # Content travels as a string, so that it is stored to the letter.
    values = [
        sql.SQL("content::json") if name == "content" else sql.Identifier(name)
        for name, _ in columns
    ]
    select = sql.SQL(
        "INSERT INTO {} ({}) SELECT {} FROM json_to_recordset(%s::json) AS v({})"
    ).format(sql.Identifier(table), _list(names), _list(values), _list(record))
    end = sql.SQL(" ON CONFLICT DO NOTHING" if table == "token_text" else "")
    return sql.SQL("{}{}").format(guard.format(select), end)


def _list(parts: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _write_many(
    conn: Connection[Any],
    who: Who,
    tables: dict[str, list[tuple[Any, ...]]],
    accesses: Sequence[Access],
) -> None:
    _copy(conn, tables)
    audit.write(conn, who, accesses)


def _copy(conn: Connection[Any], tables: dict[str, list[tuple[Any, ...]]]) -> None:
    for table, rows in tables.items():
        if not rows:
            continue
        if table == "token_text":  # COPY cannot ignore what is there already
            conn.execute(_insert(table), (_as_json(table, rows),))
        else:
            copy_rows(conn, table, [name for name, _ in _COLUMNS[table]], rows)


_REINDEX = sql.SQL(
    "UPDATE resource SET patient = %s, date_low = %s::timestamptz, date_high = %s::timestamptz,"
    " keys = %s::bigint[] WHERE type = {type} AND id = %s"
)


def reindex(conn: Connection[Any], versions: Sequence[NewVersion]) -> None:
    """Replace the index rows of current versions; contents and versions stay. Needs a transaction."""
    if not versions:
        return
    rids = [version.rid for version in versions]
    rids += contained.remove(conn, rids)
    for table in INDEX_TABLES:
        conn.execute(
            sql.SQL("DELETE FROM {} WHERE rid = ANY(%s)").format(sql.Identifier(table)), (rids,)
        )
    rows = []
    for version in versions:
        index = version.index
        assert index is not None
        keys = keys_text(index.keys)
        rows.append((version.patient, index.date_low, index.date_high, keys, version.id))
    query = _REINDEX.format(type=sql.Literal(versions[0].type))
    with conn.cursor() as cursor:
        cursor.executemany(query, rows)
    inside = contained.numbered(conn, versions)
    tables = {table: list(found) for table, found in _all_rows(versions, (), inside)}
    _copy(conn, tables)


def past(
    conn: Connection[Any], versions: Sequence[tuple[Version, datetime, int, IndexRows | None]]
) -> None:
    """Write superseded versions, each with the time it was superseded, its resource's rid and its index."""
    columns = (
        *("type", "id", "version", "rid", "updated", "superseded", "deleted"),
        *("patient", "content", "keys", "date_low", "date_high"),
    )
    rows = (
        (
            *(v.type, v.id, v.version, rid, v.updated, superseded, v.deleted),
            *(v.patient, v.content.decode() or None, index.keys if index else []),
            *(index.date_low if index else "-infinity", index.date_high if index else "infinity"),
        )
        for v, superseded, rid, index in versions
    )
    if versions:
        copy_rows(conn, "history", columns, rows)
