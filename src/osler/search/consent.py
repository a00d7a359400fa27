"""What patients have decided: rows of `consent_rule` that apply to a row and a caller.

A rule is one provision of a Consent. It speaks where it fits, the provision around it fits too, and no
provision inside it, which would be an exception to it, fits as well.
"""

from __future__ import annotations

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


def decided(node: Consented, scope: Scope) -> sql.Composable:
    """Rows that a consent of their patient permits or denies the caller."""
    ways: list[sql.Composable] = [_OF_ROW.format(scope.column("patient"))]
    if not about_one(scope):
        ways.append(_OF_OTHERS.format(scope.column("rid"), sql.Literal(COMPARTMENT)))
    mine = _fits("c", node, scope)
    if node.labels:
        named = sql.SQL("c.labels && {0} AND {1} && {0}").format(
            _bigints(label_keys(node.labels)), scope.column("keys")
        )
        mine = all_of([named, mine])
    return _DECIDED.format(
        patient=any_of(ways),
        effect=sql.Literal(node.effect),
        fits=mine,
        around=_fits("a", node, scope),
        inside=_fits("x", node, scope),
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


def _fits(alias: str, node: Consented, scope: Scope) -> sql.Composable:
    return _FITS.format(
        c=sql.Identifier(alias),
        actors=_texts(node.actors),
        purposes=_texts(node.purposes),
        type=scope.column("type"),
        id=scope.column("id"),
        keys=scope.column("keys"),
        low=scope.column("date_low"),
        high=scope.column("date_high"),
        at=sql.Literal(node.at),
    )


def _texts(values: tuple[str, ...]) -> sql.Composable:
    return sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(",").join(map(sql.Literal, values)))


def _bigints(values: tuple[int, ...]) -> sql.Composable:
    return sql.SQL("ARRAY[{}]::bigint[]").format(sql.SQL(",").join(map(sql.Literal, values)))
