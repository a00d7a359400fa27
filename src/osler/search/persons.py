"""Whose record a row belongs to, and who has labelled it: the conditions that policies are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from psycopg import sql

from osler.search.hashing import CODE, CODING, key
from osler.search.parameter import Storage
from osler.search.reference import COMPARTMENT
from osler.search.registry import Registry
from osler.search.scope import KeyTest, Scope, any_of, one_of
from osler.search.tree import (
    And,
    Chain,
    Consented,
    Everything,
    Has,
    InCompartment,
    Labelled,
    Match,
    Node,
    Not,
    Nothing,
    OfNobody,
    OfPatients,
    Or,
)

_SECURITY = "Resource._security"
_BY_COLUMN = sql.SQL("{patient} IN (SELECT {id} FROM resource {alias} WHERE {where})")
_OF_ROW = sql.SQL("EXISTS (SELECT 1 FROM resource {alias} WHERE {id} = {patient} AND {where})")
_BY_OTHERS = sql.SQL(
    "EXISTS (SELECT 1 FROM reference_index {i} JOIN resource {alias} ON {id} = {i}.target_id"
    " WHERE {i}.rid = {rid} AND {i}.param = {param} AND {i}.target_type = 'Patient' AND {where})"
)
_NOBODY = sql.SQL(
    "({patient} IS NULL AND NOT EXISTS (SELECT 1 FROM reference_index i WHERE i.rid = {rid}"
    " AND i.param = {param} AND i.target_type = 'Patient'))"
)


def about_one(scope: Scope) -> bool:
    """Whether rows of this type name the one patient they are about in a parameter of their own."""
    return scope.type is not None and is_about_one(scope.type, scope.registry)


@lru_cache(maxsize=512)
def is_about_one(type: str, registry: Registry) -> bool:
    """Whether resources of the type are about one patient, or nobody."""
    params = registry.for_type(type).values()
    return type == "Patient" or any(p.storage is Storage.PATIENT for p in params)


def kind_of(node: Node, scope: Scope) -> str | None:
    """A name for types with which the node means the same SQL; None where it means another with each."""
    if isinstance(node, Everything | Nothing):
        return ""
    if not _means_the_same(node):
        return None
    return "about one patient" if about_one(scope) else "about any"


def _means_the_same(node: Node) -> bool:
    match node:
        case And(nodes) | Or(nodes):
            return all(map(_means_the_same, nodes))
        case Not(inner):
            return _means_the_same(inner)
        case _:
            # What is inside OfPatients is about the Patient, whatever the type of the row.
            same = (
                Everything | Nothing | InCompartment | OfPatients | OfNobody | Labelled | Consented
            )
            return isinstance(node, same)


def of_patients(
    node: OfPatients, scope: Scope, live: Callable[[Scope, Node], sql.Composable]
) -> sql.Composable:
    """Rows about a patient that the node matches. `live` compiles a node for the row at a hop.

    PostgreSQL joins with the one select where it stands alone, and finds single patients by their id.
    """
    ids = _ids(node.node)
    if ids and about_one(scope):
        return one_of(scope.column("patient"), ids)
    there = replace(scope.hop("Patient"), probe=True, correlated=True)
    parts = {"id": there.column("id"), "alias": there.alias, "where": live(there, node.node)}
    if scope.correlated:
        by_column = _OF_ROW.format(patient=scope.column("patient"), **parts)
    else:
        by_column = _BY_COLUMN.format(patient=scope.column("patient"), **parts)
    if about_one(scope):
        return by_column
    index = sql.Identifier("i" + str(there.depth))
    by_others = _BY_OTHERS.format(
        i=index, rid=scope.column("rid"), param=sql.Literal(COMPARTMENT), **parts
    )
    return any_of([by_column, by_others])


_LOOKED_UP = frozenset({"in", "not-in", "above", "below"})


@lru_cache(maxsize=1024)
def asks_terminology(node: Node) -> bool:
    """Whether what the node means depends on value sets or hierarchies of codes, which may change."""
    match node:
        case And(nodes) | Or(nodes):
            return any(map(asks_terminology, nodes))
        case Not(inner) | OfPatients(inner) | Chain(node=inner) | Has(node=inner):
            return asks_terminology(inner)
        case Match(_, modifier, _):
            return modifier in _LOOKED_UP
        case _:
            return False


def _ids(node: Node) -> tuple[str, ...]:
    """The ids by which the node names its patients; none where it finds them otherwise."""
    match node:
        case Match(param, None, values) if param.storage is Storage.ID:
            return tuple(value.code for value in values)
        case _:
            return ()


def of_nobody(scope: Scope) -> sql.Composable:
    """Rows that are about no patient."""
    return _NOBODY.format(
        patient=scope.column("patient"), rid=scope.column("rid"), param=sql.Literal(COMPARTMENT)
    )


def label_keys(codes: tuple[tuple[str | None, str], ...]) -> tuple[int, ...]:
    """The keys that a resource with one of these security labels has."""
    return tuple(
        key(CODE, _SECURITY, code) if system is None else key(CODING, _SECURITY, system, code)
        for system, code in codes
    )


def labelled(node: Labelled) -> KeyTest:
    """Rows that bear one of the labels."""
    return KeyTest(label_keys(node.codes))
