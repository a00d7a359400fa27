"""Tests of one row by its references: whether what it refers to, or what refers to it, is as demanded."""

from __future__ import annotations

from psycopg import sql

from osler.search.parameter import Parameter, Storage
from osler.search.scope import Scope, one_of
from osler.search.tree import Chain, Has

_OF_PATIENT = sql.SQL("EXISTS (SELECT 1 FROM resource {alias} WHERE {id} = {patient} AND {where})")
_OF_REFERENCE = sql.SQL(
    "EXISTS (SELECT 1 FROM reference_index {i} JOIN resource {alias} ON {id} = {i}.target_id"
    " WHERE {i}.rid = {rid} AND {params} AND {i}.target_type = {type} AND {where})"
)


def chain_of(node: Chain, scope: Scope, there: Scope, where: sql.Composable) -> sql.Composable:
    """Whether the reference of one row leads to a resource for which `where` holds."""
    parts = {"alias": there.alias, "id": there.column("id"), "where": where}
    if node.param.storage is Storage.PATIENT and node.type == "Patient":
        return _OF_PATIENT.format(patient=scope.column("patient"), **parts)
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
    " WHERE {i}.target_id = {id} AND {params} AND {i}.target_type = {type} AND {where})"
)


def has_of(node: Has, scope: Scope, there: Scope, where: sql.Composable) -> sql.Composable:
    """Whether a resource for which `where` holds refers to one row."""
    if node.param.storage is Storage.PATIENT and scope.type == "Patient":
        return _OF_PATIENT.format(
            alias=there.alias, id=there.column("patient"), patient=scope.column("id"), where=where
        )
    index = index_alias(there)
    return _BY_ONE.format(
        i=index,
        alias=there.alias,
        rid=there.column("rid"),
        id=scope.column("id"),
        params=param_test(index, node.param),
        type=sql.Literal(scope.type),
        where=where,
    )


def index_alias(scope: Scope) -> sql.Identifier:
    """The alias of the index table by which the row of the scope is reached."""
    return sql.Identifier("i" + str(scope.depth))


def param_test(index: sql.Identifier, param: Parameter) -> sql.Composable:
    """Index rows of the parameter, or of those that answer it."""
    return one_of(sql.SQL("{}.param").format(index), [p.id for p in param.stored()])
