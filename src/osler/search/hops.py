"""Tests of one row by its references: whether what it refers to, or what refers to it, is as demanded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard

from psycopg import sql

from osler.search.parameter import Parameter, Storage
from osler.search.reference import ReferenceValue, targets_test
from osler.search.scope import Scope, all_of, any_of, one_of
from osler.search.tree import Chain, Has, Match, Node

_OF_PATIENT = sql.SQL(
    "EXISTS (SELECT 1 FROM resource {alias} WHERE {id} = {patient} AND {before}{where})"
)
_OF_REFERENCE = sql.SQL(
    "EXISTS (SELECT 1 FROM reference_index {i} JOIN resource {alias} ON {id} = {i}.target_id"
    " WHERE {i}.rid = {rid} AND {params} AND {i}.target_type = {type} AND {where})"
)


def chain_of(node: Chain, scope: Scope, there: Scope, where: sql.Composable) -> sql.Composable:
    """Whether the reference of one row leads to a resource for which `where` holds."""
    parts = {"alias": there.alias, "id": there.column("id"), "where": where}
    if node.param.storage is Storage.PATIENT and node.type == "Patient":
        before = sql.SQL("")
        return _OF_PATIENT.format(patient=scope.column("patient"), before=before, **parts)
    index = index_alias(there)
    return _OF_REFERENCE.format(
        i=index,
        rid=scope.column("rid"),
        params=param_test(index, node.param),
        type=sql.Literal(node.type),
        **parts,
    )


_BY_ONE = sql.SQL(
    "EXISTS (SELECT 1 FROM reference_index {i} JOIN resource {alias} ON {rid} = {i}.rid"
    " WHERE {i}.target_id = {id} AND {params} AND {i}.target_type = {type} AND {before}{where})"
)
# A policy believes in no relation that the write it judges makes itself: who may not see a patient cannot
# come to see one by writing an encounter.
_BEFORE = sql.SQL("{xact} IS DISTINCT FROM pg_current_xact_id_if_assigned() AND ")


def _before(scope: Scope, there: Scope) -> sql.Composable:
    return _BEFORE.format(xact=there.column("xact")) if scope.policy is None else sql.SQL("")


def has_of(node: Has, scope: Scope, there: Scope, where: sql.Composable) -> sql.Composable:
    """Whether a resource for which `where` holds refers to one row."""
    if node.param.storage is Storage.PATIENT and scope.type == "Patient":
        return _OF_PATIENT.format(
            alias=there.alias,
            id=there.column("patient"),
            patient=scope.column("id"),
            before=_before(scope, there),
            where=where,
        )
    index = index_alias(there)
    return _BY_ONE.format(
        i=index,
        alias=there.alias,
        rid=there.column("rid"),
        id=scope.column("id"),
        params=param_test(index, node.param),
        type=sql.Literal(scope.type),
        before=_before(scope, there),
        where=where,
    )


def index_alias(scope: Scope) -> sql.Identifier:
    """The alias of the index table by which the row of the scope is reached."""
    return sql.Identifier("i" + str(scope.depth))


def param_test(index: sql.Identifier, param: Parameter) -> sql.Composable:
    """Index rows of the parameter, or of those that answer it."""
    return one_of(sql.SQL("{}.param").format(index), [p.id for p in param.stored()])


# ---- alternatives: many ways of being related to a patient, asked at once

_ROW_REFERS = sql.SQL(
    "EXISTS (SELECT 1 FROM reference_index {i} WHERE {i}.rid = {rid} AND {tests})"
)
_PATIENTS_ROWS_REFER = sql.SQL(
    "EXISTS (SELECT 1 FROM resource {alias} JOIN reference_index {i} ON {i}.rid = {rid}"
    " WHERE {types} AND NOT {deleted} AND {patient} = {id} AND {before}{tests})"
)


def together(nodes: Sequence[Node], scope: Scope) -> tuple[list[sql.Composable], list[Node]]:
    """One test for all references of the row, one for all references of rows about this patient.

    Planning each alternative by itself takes PostgreSQL longer than answering all of them. The second
    part are the nodes that are neither.
    """
    own = [node for node in nodes if _is_reference(node)]
    about = [node for node in nodes if scope.type == "Patient" and _is_about(node)]
    made: list[sql.Composable] = []
    if own:
        index = index_alias(scope)
        tests = any_of([_refers(node, index) for node in own])
        made.append(_ROW_REFERS.format(i=index, rid=scope.column("rid"), tests=tests))
    if about:
        there = scope.hop("Resource")
        index = index_alias(there)
        made.append(
            _PATIENTS_ROWS_REFER.format(
                alias=there.alias,
                i=index,
                rid=there.column("rid"),
                types=one_of(there.column("type"), [node.type for node in about]),
                deleted=there.column("deleted"),
                patient=there.column("patient"),
                id=scope.column("id"),
                before=_before(scope, there),
                tests=any_of([_refers(node.node, index) for node in about]),
            )
        )
    return made, [node for node in nodes if node not in own and node not in about]


def _is_reference(node: Node) -> TypeGuard[Match]:
    return (
        isinstance(node, Match)
        and node.param.kind == "reference"
        and node.param.storage is Storage.ROWS
        and node.modifier is None
        and all(isinstance(value, ReferenceValue) for value in node.values)
    )


def _is_about(node: Node) -> TypeGuard[Has]:
    return (
        isinstance(node, Has) and node.param.storage is Storage.PATIENT and _is_reference(node.node)
    )


def _refers(node: Node, index: sql.Identifier) -> sql.Composable:
    assert isinstance(node, Match)
    return all_of([param_test(index, node.param), any_of(targets_test(node.values, index))])
