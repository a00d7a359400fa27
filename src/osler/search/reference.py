"""References: to a resource of ours by type and id, to another server's by URL, or by identifier.

https://hl7.org/fhir/R4/search.html#reference
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from psycopg import sql

from osler.fhir.r4 import RESOURCES
from osler.fhir.reference import parse as parse_text
from osler.kit.errors import Invalid
from osler.search import token
from osler.search.hashing import CODE, CODING, PRESENT, SYSTEM, key, param_id
from osler.search.parameter import Parameter, Storage
from osler.search.rows import IndexRows
from osler.search.scope import Condition, KeyTest, Scope, all_of, any_of, in_table, one_of, render
from osler.search.text import unescape
from osler.search.tree import Match

_LOCAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_LONGEST = 2000  # bytes of a URL that fit into a B-tree entry
_INDEX = sql.SQL("i")
COMPARTMENT = param_id("Resource._patient")
"""The `param` of rows that say which further patients' compartments a resource is in."""


@dataclass(frozen=True, slots=True)
class ReferenceValue:
    """A resource of ours (`type` None: of any type), or with `type` "" a URL or canonical."""

    type: str | None
    id: str


def parse(
    param: Parameter, modifier: str | None, text: str, base_url: str = ""
) -> ReferenceValue | token.TokenValue:
    """`id`, `Type/id`, a URL, or with `:identifier` a token."""
    if modifier == "identifier":
        return token.parse(param, None, text)
    plain = unescape(text)
    if modifier in RESOURCES and _ID.fullmatch(plain):
        return ReferenceValue(modifier, plain)
    if _ID.fullmatch(plain):
        types = tuple(t for t in param.targets if t != "Resource")
        return ReferenceValue(types[0] if len(types) == 1 else None, plain)
    if not plain:
        raise Invalid(f"{param.code}: expected a reference, found nothing")
    type, id = target(plain, base_url)
    if modifier in RESOURCES and type != modifier:
        raise Invalid(f"{param.code}:{modifier}: found {text!r}, which is no {modifier}")
    return ReferenceValue(type, id)


@lru_cache(maxsize=8192)
def target(text: str, base_url: str = "") -> tuple[str, str]:
    """What a reference points to: type and id if it is ours, otherwise "" and its text."""
    found = _LOCAL.fullmatch(text)
    if found is not None and found[1] in RESOURCES:
        return found[1], found[2]
    # The check of references reads them so: what it lets pass as ours must be found as ours.
    parsed = parse_text(text, base_url or None)
    if parsed.kind == "relative" and parsed.type is not None and parsed.id is not None:
        return parsed.type, parsed.id
    return "", _cut(text)


def _cut(text: str) -> str:
    if len(text) * 4 <= _LONGEST:
        return text
    return text.encode()[:_LONGEST].decode(errors="ignore")


# ---- extract


def emitter(
    param: Parameter, type: str, only: str | None = None
) -> Callable[[Any, IndexRows], None] | None:
    """What writes the rows for values of a FHIR type; of references only those to type `only`, where given."""
    if type in {"canonical", "uri", "url"}:
        return _emit_canonical(param)
    if type != "Reference":
        return None
    number, name = param.id, param.name
    in_column = param.storage is Storage.PATIENT
    identified = f"{name}.identifier"
    presence = key(PRESENT, identified)

    def into_rows(value: Any, rows: IndexRows) -> None:
        text = value.reference
        if text:
            kind, id = target(text, rows.base_url)
            if only is None or (kind or _kind_inside(text, rows)) == only:
                if in_column and kind == "Patient":
                    rows.patient = id
                else:
                    rows.references.append((number, kind, id))
        if value.identifier is not None and (only is None or value.type in {None, only}):
            rows.found.add(presence)
            rows.found.update(_identifier_keys(identified, value.identifier))

    return into_rows


def _kind_inside(text: str, rows: IndexRows) -> str | None:
    """The type of what `#id` refers to in the resource being read."""
    if text[0] != "#":
        return None
    inside = getattr(rows.resource, "contained", None) or ()
    return next((one.resourceType for one in inside if one.id == text[1:]), None)


def _identifier_keys(name: str, value: Any) -> tuple[int, ...]:
    found = []
    if value.value:
        found += [key(CODE, name, value.value), key(CODING, name, value.system or "", value.value)]
    if value.system:
        found.append(key(SYSTEM, name, value.system))
    return tuple(found)


def _emit_canonical(param: Parameter) -> Callable[[Any, IndexRows], None]:
    """A canonical is found with its version and without."""
    number = param.id

    def into_rows(value: str, rows: IndexRows) -> None:
        rows.beside = True
        rows.references.append((number, *target(value, rows.base_url)))
        bare, _, version = value.partition("|")
        if version:
            rows.references.append((number, *target(bare, rows.base_url)))

    return into_rows


# ---- condition


def condition(match: Match, scope: Scope) -> Condition:
    """Rows that refer to one of the values."""
    if match.modifier == "identifier":
        return _by_identifier(match)
    if match.modifier in {"above", "below"}:
        return _by_hierarchy(match, scope)
    return refers_to(match.param, match.values, scope)


def refers_to(param: Parameter, values: tuple[ReferenceValue, ...], scope: Scope) -> sql.Composable:
    """Rows whose reference `param` is one of the values."""
    if param.storage is not Storage.PATIENT:
        return in_table(scope, "reference_index", param.stored(), any_of(targets_test(values)))
    patients = [v.id for v in values if v.type in {"Patient", None}]
    others = tuple(v for v in values if v.type != "Patient")
    parts: list[sql.Composable] = []
    if patients:
        parts.append(one_of(scope.column("patient"), patients))
    if others:
        parts.append(_among(param, any_of(targets_test(others)), scope))
    return any_of(parts)


def _among(param: Parameter, where: sql.Composable, scope: Scope) -> sql.Composable:
    """As `in_table`, for few rows and beside an OR: an array leaves PostgreSQL its indexes."""
    return sql.SQL("{} = ANY(ARRAY(SELECT i.rid FROM reference_index i WHERE {} AND {}))").format(
        scope.column("rid"), one_of(sql.SQL("i.param"), [p.id for p in param.stored()]), where
    )


def targets_test(
    values: tuple[ReferenceValue, ...], index: sql.Composable = _INDEX
) -> list[sql.Composable]:
    """Conditions on a row of `reference_index` (alias `index`), any of which means that it leads to a value."""
    by_type: dict[str | None, list[str]] = {}
    for value in values:
        by_type.setdefault(value.type, []).append(value.id)
    tests = []
    for type, ids in by_type.items():
        same = one_of(sql.SQL("{}.target_id").format(index), ids)
        if type is None:
            tests.append(same)
        else:
            tests.append(all_of([same, one_of(sql.SQL("{}.target_type").format(index), [type])]))
    return tests


def _by_identifier(match: Match) -> KeyTest:
    found: list[int] = []
    for param in match.param.stored():
        name = f"{param.name}.identifier"
        for value in match.values:
            if value.code is None:
                found.append(key(SYSTEM, name, value.system))
            elif value.system is None:
                found.append(key(CODE, name, value.code))
            else:
                found.append(key(CODING, name, value.system, value.code))
    return KeyTest(tuple(found))


def present(param: Parameter, scope: Scope) -> sql.Composable:
    """Rows with any reference of the parameter."""
    parts = [in_table(scope, "reference_index", param.stored())]
    if param.storage is Storage.PATIENT:
        parts.append(sql.SQL("{} IS NOT NULL").format(scope.column("patient")))
    names = [f"{p.name}.identifier" for p in param.stored()]
    parts.append(render(KeyTest(tuple(key(PRESENT, name) for name in names)), scope))
    return any_of(parts)


def in_compartment(patients: tuple[str, ...], scope: Scope) -> sql.Composable:
    """Rows about one of the patients, or that name one of them elsewhere as the compartment's definition says."""
    others = sql.SQL(
        "{} = ANY(ARRAY(SELECT i.rid FROM reference_index i"
        " WHERE i.param = {} AND i.target_type = 'Patient' AND {}))"
    ).format(
        scope.column("rid"), sql.Literal(COMPARTMENT), one_of(sql.SQL("i.target_id"), patients)
    )
    return any_of([one_of(scope.column("patient"), patients), others])


# Both directions walk from the resources named, through references of one parameter within one type.
_DOWN = sql.SQL(
    'WITH RECURSIVE tree(id) AS (SELECT unnest({start}::text[]) COLLATE "C"'
    " UNION SELECT c.id FROM tree JOIN reference_index x ON x.param = {param}"
    " AND x.target_type = {type} AND x.target_id = tree.id"
    " JOIN resource c ON c.type = {type} AND c.rid = x.rid AND NOT c.deleted AND {visible})"
    " SELECT id FROM tree"
)
_UP = sql.SQL(
    'WITH RECURSIVE tree(id) AS (SELECT unnest({start}::text[]) COLLATE "C"'
    " UNION SELECT x.target_id FROM tree JOIN resource c ON c.type = {type} AND c.id = tree.id"
    " AND NOT c.deleted AND {visible} JOIN reference_index x ON x.rid = c.rid AND x.param = {param}"
    " AND x.target_type = {type})"
    " SELECT id FROM tree"
)


def _by_hierarchy(match: Match, scope: Scope) -> sql.Composable:
    """The resources named and those below (parts of) or above them, by the hierarchy of their type."""
    from osler.search.hierarchy import parent_of, visible

    tests = []
    for type in sorted({value.type or match.param.targets[0] for value in match.values}):
        parent = parent_of(scope.registry, type)
        start = [v.id for v in match.values if (v.type or match.param.targets[0]) == type]
        tree = (_DOWN if match.modifier == "below" else _UP).format(
            start=sql.Literal(start),
            type=sql.Literal(type),
            param=sql.Literal(parent.id),
            visible=visible(type, scope),
        )
        tests.append(
            sql.SQL("i.target_type = {} AND i.target_id IN ({})").format(sql.Literal(type), tree)
        )
    return in_table(scope, "reference_index", match.param.stored(), any_of(tests))
