"""Tree to SQL: every node as a condition on a row of `resource`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, assert_never

from psycopg import sql

from osler.search import (
    composite,
    consent,
    date,
    hops,
    lookup,
    number,
    persons,
    quantity,
    reference,
    special,
    string,
    token,
    uri,
)
from osler.search.parameter import Kind, Parameter, Storage
from osler.search.scope import (
    FALSE,
    TRUE,
    Condition,
    KeyTest,
    RowsIn,
    Scope,
    all_keys,
    all_of,
    any_of,
    one_of,
    render,
)
from osler.search.tree import (
    And,
    Chain,
    Consented,
    Everything,
    Has,
    InCompartment,
    Labelled,
    Match,
    Missing,
    Node,
    Not,
    Nothing,
    OfNobody,
    OfPatients,
    OfType,
    Or,
    Words,
)

_MATCH: dict[Kind, Callable[[Match, Scope], Condition]] = {
    "string": string.condition,
    "token": token.condition,
    "reference": reference.condition,
    "date": date.condition,
    "number": number.condition,
    "quantity": quantity.condition,
    "uri": uri.condition,
    "composite": composite.condition,
    "special": special.condition,
}
_PRESENT: dict[Kind, Callable[[Parameter, Scope], Condition]] = {
    "string": string.present,
    "token": token.present,
    "reference": reference.present,
    "date": date.present,
    "number": number.present,
    "quantity": quantity.present,
    "uri": uri.present,
    "composite": composite.present,
    "special": special.present,
}


def condition(node: Node, scope: Scope) -> sql.Composable:
    """The node as a boolean expression on the row of the scope, without its type, deletion or policy."""
    return render(_condition(node, scope), scope)


def policy_of(scope: Scope) -> sql.Composable:
    """What the policy of the scope demands of its row; the policy's own hops have no other policy."""
    if scope.policy is None:
        return TRUE
    return condition(demanded(scope), scope.of_policy())


def demanded(scope: Scope) -> Node:
    """What the policy of the scope demands of its row, as a tree."""
    assert scope.policy is not None
    assert scope.type is not None
    return scope.demanded or scope.policy.where(scope.type, "search")


def _condition(node: Node, scope: Scope) -> Condition:
    match node:
        case Everything():
            return TRUE
        case Nothing():
            return FALSE
        case And(nodes):
            return _all([_condition(one, scope) for one in nodes], scope)
        case Or(nodes):
            return _alternatives(nodes, _tested(scope))
        case Not(Consented() | Labelled() as inner):
            return sql.SQL("NOT ({})").format(condition(inner, scope))
        case Not(inner):
            # A row about nobody has no patient to compare: what is not known to match does not match.
            return sql.SQL("({}) IS NOT TRUE").format(condition(inner, _tested(scope)))
        case Match(modifier=lookup.TYPED):
            return lookup.condition(node, scope)
        case Match():
            return _MATCH[node.param.kind](node, scope)
        case Missing(param, missing):
            present = render(_PRESENT[param.kind](param, scope), scope)
            return sql.SQL("NOT ({})").format(present) if missing else present
        case Chain():
            return _chain(node, scope)
        case Has():
            return _has(node, scope)
        case OfType(types):
            return one_of(scope.column("type"), types) if types else FALSE
        case Words():
            return special.words(node, scope)
        case InCompartment(patients):
            return reference.in_compartment(patients, scope) if patients else FALSE
        case OfPatients():
            return _of_patients(node, scope)
        case OfNobody():
            return persons.of_nobody(scope)
        case Labelled():
            return persons.labelled(node)
        case Consented():
            return consent.decided(node, scope)
        case _:
            assert_never(node)


@dataclass(frozen=True, slots=True)
class _Place:
    """A scope as the key of a cache."""

    scope: Scope = field(compare=False)
    key: tuple[object, ...]


def _of_patients(node: OfPatients, scope: Scope) -> sql.Composable:
    """The same patients are asked for with every request of a person: their SQL is written once."""
    if scope.policy is not None or persons.asks_terminology(node):
        return persons.of_patients(node, scope, live)
    alias = scope.alias.as_string(None)
    flags = (scope.probe, scope.correlated, scope.contained, scope.inside)
    known = (scope.type, alias, scope.depth, scope.registry, scope.terminology, *flags)
    return _written(node, _Place(scope, known))


@lru_cache(maxsize=512)
def _written(node: OfPatients, place: _Place) -> sql.Composable:
    text: Any = persons.of_patients(node, place.scope, live).as_string(None)
    return sql.SQL(text)  # of literals only, the values in it quoted


def _alternatives(nodes: tuple[Node, ...], scope: Scope) -> Condition:
    """OR."""
    if not scope.correlated:
        return _any([_condition(one, scope) for one in nodes], scope)
    tests, others = hops.together(nodes, scope)
    # In the order in which PostgreSQL is to try them: labels are in the row itself.
    cheap = [one for one in others if isinstance(one, Not) and isinstance(one.node, Labelled)]
    dear = [_condition(one, scope) for one in others if one not in cheap]
    return _any([*(_condition(one, scope) for one in cheap), *tests, *dear], scope)


def _tested(scope: Scope) -> Scope:
    """The scope below an OR or NOT. There a policy is tested row by row: no join can find its rows."""
    return replace(scope, correlated=True) if scope.policy is None else scope


def _all(parts: Sequence[Condition], scope: Scope) -> sql.Composable:
    """AND; tests for one key each become one test for all of them."""
    single = [part.any[0] for part in parts if isinstance(part, KeyTest) and len(part.any) == 1]
    others = [
        render(part, scope)
        for part in parts
        if part is not TRUE and not (isinstance(part, KeyTest) and len(part.any) == 1)
    ]
    return all_of([*([all_keys(single, scope)] if single else []), *others])


def _any(parts: Sequence[Condition], scope: Scope) -> Condition:
    """OR; key tests become one test for any of the keys, sets of rows one set."""
    keys = tuple(k for part in parts if isinstance(part, KeyTest) for k in part.any)
    sets = [part for part in parts if isinstance(part, RowsIn)]
    others = [part for part in parts if not isinstance(part, KeyTest | RowsIn)]
    if not others and not sets:
        return KeyTest(keys)
    rows = sets[0] if len(sets) == 1 else RowsIn(tuple(s for one in sets for s in one.selects))
    if sets and not keys and not others:
        return rows
    return any_of(
        [
            *([render(KeyTest(keys), scope)] if keys else []),
            *([render(rows, scope)] if sets else []),
            *others,
        ]
    )


def live(scope: Scope, node: Node) -> sql.Composable:
    """A row at a hop: of the scope's type, not deleted, allowed, and as the node says."""
    assert scope.type is not None
    return all_of(
        [
            part
            for part in (
                sql.SQL("{} = {}").format(scope.column("type"), sql.Literal(scope.type)),
                sql.SQL("NOT {}").format(scope.column("deleted")),
                condition(node, scope),
                policy_of(scope),
            )
            if part is not TRUE
        ]
    )


_BY_PATIENT = sql.SQL("{patient} IN (SELECT {id} FROM resource {alias} WHERE {where})")
_ROWS_BY_PATIENT = sql.SQL("SELECT p.rid FROM {table} p WHERE {type} AND {by_patient}")
_BY_REFERENCE = sql.SQL(
    "SELECT {i}.rid FROM reference_index {i} JOIN resource {alias} ON {id} = {i}.target_id"
    " WHERE {params} AND {i}.target_type = {type} AND {where}"
)


# What a row contains has a rid of its own; the reference to it, `#id`, is a row of the container's.
_INSIDE = sql.SQL(
    "SELECT {i}.rid FROM contained {alias}{siblings} JOIN reference_index {i} ON {i}.rid = {holder}"
    " AND {i}.target_id = '#' || {id} WHERE {params} AND {i}.target_type = ''"
    " AND {type} = {wanted} AND {where}"
)
_SIBLINGS = sql.SQL(" JOIN contained s ON s.container = {}")


def _chain(node: Chain, scope: Scope) -> Condition:
    there = scope.hop(node.type)
    if scope.correlated:
        return hops.chain_of(node, scope, there, live(there, node.node))
    rows = _chain_out(node, scope, there, live(there, node.node))
    return RowsIn((*rows.selects, _chain_in(node, scope))) if scope.inside else rows


def _chain_in(node: Chain, scope: Scope) -> sql.Composable:
    """The rows whose reference leads to a fitting resource inside them (or, for one inside, beside it).

    No policy is asked: who sees the row sees what is inside.
    """
    there = replace(scope.hop(node.type), contained=True)
    index, container = hops.index_alias(there), there.column("container")
    return _INSIDE.format(
        i=index,
        alias=there.alias,
        siblings=_SIBLINGS.format(container) if scope.contained else sql.SQL(""),
        holder=sql.SQL("s.rid") if scope.contained else container,
        id=there.column("id"),
        params=hops.param_test(index, node.param),
        type=there.column("type"),
        wanted=sql.Literal(node.type),
        where=condition(node.node, there),
    )


def through(node: Node, scope: Scope) -> tuple[sql.Composable, ...]:
    """Selects of the rows (and of some more) that the node matches only by what is inside resources."""
    match node:
        case And(nodes) | Or(nodes):
            return tuple(select for one in nodes for select in through(one, scope))
        case Chain():
            there = scope.hop(node.type)
            where = _live_through(node.node, there)
            out = _chain_out(node, scope, there, where).selects if where else ()
            return (_chain_in(node, scope), *out)
        case Has() if scope.type is not None:
            where = _live_through(node.node, scope.hop(node.type))
            if where is None:
                return ()
            referred = replace(scope, alias=sql.Identifier("p"))
            type, test = sql.Literal(scope.type), _has_out(node, referred, where)
            return (
                sql.SQL("SELECT p.rid FROM resource p WHERE p.type = {} AND {}").format(type, test),
            )
        case _:
            return ()


def _live_through(node: Node, there: Scope) -> sql.Composable | None:
    """The rows at a hop that may match only by what is inside resources; None if there cannot be any."""
    selects = through(node, there)
    if not selects:
        return None
    return all_of([live(there, Everything()), render(RowsIn(selects), there)])


def _chain_out(node: Chain, scope: Scope, there: Scope, where: sql.Composable) -> RowsIn:
    """The rows whose reference leads to a resource of its own for which `where` holds."""
    if node.param.storage is Storage.PATIENT and node.type == "Patient":
        return _chain_to_patient(scope, there, where)
    index = hops.index_alias(there)
    select = _BY_REFERENCE.format(
        i=index,
        alias=there.alias,
        id=there.column("id"),
        params=hops.param_test(index, node.param),
        type=sql.Literal(node.type),
        where=where,
    )
    return RowsIn((select,))


def _chain_to_patient(scope: Scope, there: Scope, where: sql.Composable) -> RowsIn:
    parts = {"id": there.column("id"), "alias": there.alias, "where": where}
    kind = sql.SQL("p.type = {}").format(sql.Literal(scope.type)) if scope.type else TRUE
    select = _ROWS_BY_PATIENT.format(
        table=sql.Identifier("contained" if scope.contained else "resource"),
        type=kind,
        by_patient=_BY_PATIENT.format(patient=sql.SQL("p.patient"), **parts),
    )
    return RowsIn((select,), alone=_BY_PATIENT.format(patient=scope.column("patient"), **parts))


_HAS_BY_PATIENT = sql.SQL("{id} IN (SELECT {patient} FROM resource {alias} WHERE {where})")
_HAS_BY_REFERENCE = sql.SQL(
    "{id} IN (SELECT {i}.target_id FROM reference_index {i} JOIN resource {alias} ON {rid} = {i}.rid"
    " WHERE {params} AND {i}.target_type = {type} AND {where})"
)


# Nothing but the container refers to what it contains.
_HAS_AROUND = sql.SQL(
    "({container}, '#' || {id}) IN (SELECT {i}.rid, {i}.target_id FROM reference_index {i}"
    " JOIN resource {alias} ON {rid} = {i}.rid WHERE {params} AND {i}.target_type = '' AND {where})"
)


def _has(node: Has, scope: Scope) -> sql.Composable:
    if scope.type is None:
        return FALSE
    there = scope.hop(node.type)
    where = live(there, node.node)
    if scope.contained:
        index = hops.index_alias(there)
        return _HAS_AROUND.format(
            container=scope.column("container"),
            id=scope.column("id"),
            i=index,
            alias=there.alias,
            rid=there.column("rid"),
            params=hops.param_test(index, node.param),
            where=where,
        )
    return _has_out(node, scope, where)


def _has_out(node: Has, scope: Scope, where: sql.Composable) -> sql.Composable:
    """Rows that a resource of its own refers to for which `where` holds."""
    there = scope.hop(node.type)
    if scope.correlated:
        return hops.has_of(node, scope, there, where)
    if node.param.storage is Storage.PATIENT and scope.type == "Patient":
        return _HAS_BY_PATIENT.format(
            id=scope.column("id"), patient=there.column("patient"), alias=there.alias, where=where
        )
    index = hops.index_alias(there)
    return _HAS_BY_REFERENCE.format(
        id=scope.column("id"),
        i=index,
        alias=there.alias,
        rid=there.column("rid"),
        params=hops.param_test(index, node.param),
        type=sql.Literal(scope.type),
        where=where,
    )
