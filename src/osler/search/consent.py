"""What patients have decided: rows of `consent_rule` that apply to a row and a caller.

A rule is one provision of a Consent. It speaks where it fits, the provision around it fits too, and no
provision inside it, which would be an exception to it, fits as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, LiteralString

from psycopg import sql

from osler.search.persons import about_one, label_keys
from osler.search.reference import COMPARTMENT
from osler.search.scope import Scope, all_of, any_of
from osler.search.tree import Consented

_DECIDED = sql.SQL(
    "EXISTS (SELECT 1 FROM consent_rule c WHERE {patient} AND c.effect = {effect} AND {fits}"
    " AND (c.parent IS NULL OR EXISTS (SELECT 1 FROM consent_rule a"
    " WHERE a.consent = c.consent AND a.node = c.parent AND {around}))"
    " AND NOT EXISTS (SELECT 1 FROM consent_rule x"
    " WHERE x.consent = c.consent AND x.parent = c.node AND x.effect <> c.effect AND {inside}))"
)
_OF_ROW = sql.SQL("c.patient = {}")
_OF_OTHERS = sql.SQL(
    "c.patient IN (SELECT i.target_id FROM reference_index i WHERE i.rid = {}"
    " AND i.param = {} AND i.target_type = 'Patient')"
)


_AT = "\0"
"""Where the time stands in what is kept: no value can have this character."""


def decided(node: Consented, scope: Scope) -> sql.Composable:
    """Rows that a consent of their patient permits or denies the caller."""
    asked = _Asked(node.effect, node.actors, node.purposes, node.labels)
    parts = _written(asked, scope.alias.as_string(None), about_one(scope))
    at: Any = sql.Literal(node.at).as_string(None)
    return sql.SQL(at).join(parts)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a caller asks at any time."""

    effect: str
    actors: tuple[str, ...]
    purposes: tuple[str, ...]
    labels: tuple[tuple[tuple[str | None, str], ...], ...]


@lru_cache(maxsize=512)
def _written(asked: _Asked, alias: str, one: bool) -> list[sql.SQL]:
    """The SQL in parts between which the time is to be put: a person asks the same with every request."""
    row: Any = alias
    text: Any = _condition(asked, sql.SQL(row), one=one).as_string(None)
    return [sql.SQL(part) for part in text.split(_AT)]


def _condition(asked: _Asked, row: sql.Composable, *, one: bool) -> sql.Composable:
    columns = {
        name: sql.SQL("{}.{}").format(row, sql.Identifier(name))
        for name in ("patient", "rid", "keys", "type", "id", "date_low", "date_high")
    }
    ways: list[sql.Composable] = [_OF_ROW.format(columns["patient"])]
    if not one:
        ways.append(_OF_OTHERS.format(columns["rid"], sql.Literal(COMPARTMENT)))
    mine = _fits("c", asked, columns)
    if asked.labels:
        mine = all_of([*(_names(kind, columns["keys"]) for kind in asked.labels), mine])
    return _DECIDED.format(
        patient=any_of(ways),
        effect=sql.Literal(asked.effect),
        fits=mine,
        around=_fits("a", asked, columns),
        inside=_fits("x", asked, columns),
    )


_FITS = sql.SQL(
    "({c}.actors = '{{}}' OR {c}.actors && {actors})"
    " AND ({c}.purposes = '{{}}' OR {c}.purposes && {purposes})"
    # That a patient is one of ours is no secret unless the consent says so of the Patient itself.
    " AND ({c}.types = '{{}}' AND {type} <> 'Patient' OR {type} = ANY({c}.types))"
    " AND ({c}.labels = '{{}}' OR {c}.labels && {keys})"
    " AND ({c}.codes = '{{}}' OR {c}.codes && {keys})"
    " AND ({c}.resources = '{{}}' OR ({type} || '/' || {id}) = ANY({c}.resources))"
    " AND {c}.low <= {at} AND {at} < {c}.high"
    # What has no date may lie within any period: it is denied by one, and permitted by none.
    " AND CASE {c}.effect WHEN 'deny' THEN {low} < {c}.data_high AND {high} > {c}.data_low"
    " ELSE {low} >= {c}.data_low AND {high} <= {c}.data_high END"
)


_NAMES = sql.SQL("(NOT {keys} && {kind} OR c.labels && {kind})")


def _names(kind: tuple[tuple[str | None, str], ...], keys: sql.Composable) -> sql.Composable:
    return _NAMES.format(keys=keys, kind=_array(label_keys(kind), "bigint"))


def _fits(alias: str, asked: _Asked, columns: Mapping[str, sql.Composable]) -> sql.Composable:
    return _FITS.format(
        c=sql.Identifier(alias),
        actors=_array(asked.actors, "text"),
        purposes=_array(asked.purposes, "text"),
        at=sql.SQL(_AT),
        **{name: columns[name] for name in ("type", "id", "keys")},
        low=columns["date_low"],
        high=columns["date_high"],
    )


def _array(values: Iterable[object], type: LiteralString) -> sql.Composable:
    return sql.SQL("ARRAY[{}]::{}[]").format(
        sql.SQL(",").join(map(sql.Literal, values)), sql.SQL(type)
    )
