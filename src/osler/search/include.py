"""`_include` and `_revinclude`: what the matches refer to, and what refers to them, a bounded amount of it.

https://hl7.org/fhir/R4/search.html#revinclude
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import sql

from osler.fhir.r4 import RESOURCES
from osler.search import compile as compiler
from osler.search import conditions
from osler.search.parameter import Parameter, Storage
from osler.search.registry import Registry
from osler.search.scope import TRUE, Scope, all_of, one_of
from osler.search.terminology import Codes, Terminology
from osler.search.tree import Everything, Include, Nothing, Policy, Query

Row = Sequence[Any]
"""A row of `compile.COLUMNS`."""
Run = Callable[[sql.Composed], Iterable[Row]]

ROUNDS_AT_MOST = 10
_RID, _TYPE, _ID = 0, 1, 2


@dataclass(slots=True)
class Included:
    """The resources to add to a page; `capped` if there would have been more."""

    rows: list[Row] = field(default_factory=list)
    capped: bool = False


def gather(
    run: Run,
    query: Query,
    policy: Policy,
    matches: Sequence[Row],
    *,
    at_most: int,
    registry: Registry,
    terminology: Terminology | None = None,
) -> Included:
    """Everything the query includes for these matches. `run` executes a statement.

    Two statements for all `_include`, one for each type of `_revinclude`; again for each round of
    `:iterate`, until nothing new is found.
    """
    made = Included()
    seen = {(row[_TYPE], row[_ID]) for row in matches}
    fresh: Sequence[Row] = matches
    for round_ in range(ROUNDS_AT_MOST):
        if not fresh or made.capped:
            break
        first = round_ == 0
        forward = [one for one in query.includes if first or one.iterate]
        reverse = [one for one in query.revincludes if first or one.iterate]
        if not forward and not reverse:
            break
        hop = _Hop(run, policy, registry, terminology or Codes(), at_most - len(made.rows))
        found = [*hop.forward(forward, fresh), *hop.reverse(reverse, fresh)]
        fresh = _unseen(found, seen)
        made.capped = hop.capped or len(made.rows) + len(fresh) > at_most
        fresh = fresh[: at_most - len(made.rows)]
        made.rows.extend(fresh)
    else:
        made.capped = made.capped or bool(fresh)
    return made


def _unseen(rows: Iterable[Row], seen: set[tuple[str, str]]) -> list[Row]:
    fresh = []
    for row in rows:
        if (row[_TYPE], row[_ID]) not in seen:
            seen.add((row[_TYPE], row[_ID]))
            fresh.append(row)
    return fresh


@dataclass(slots=True)
class _Hop:
    """One hop from a set of resources, by some includes."""

    run: Run
    policy: Policy
    registry: Registry
    terminology: Terminology
    room: int
    capped: bool = False

    # ---- forward

    def forward(self, includes: Sequence[Include], sources: Sequence[Row]) -> list[Row]:
        """The resources that the sources refer to."""
        parts = [part for one in includes for part in self._targets(one, sources)]
        if not parts:
            return []
        wanted: dict[str, dict[str, None]] = {}
        for type, id in self.run(sql.SQL(" UNION ").join(parts)):
            if id is not None and type in RESOURCES:
                wanted.setdefault(type, {})[id] = None
        tests = {type: one_of(sql.SQL("r.id"), list(ids)) for type, ids in wanted.items()}
        return self._fetch(tests)

    def _targets(self, include: Include, sources: Sequence[Row]) -> Iterable[sql.Composable]:
        """Statements for the (type, id) that an include leads to."""
        by_type: dict[str, list[int]] = {}
        for row in sources:
            if include.source in {"*", row[_TYPE]}:
                by_type.setdefault(row[_TYPE], []).append(row[_RID])
        for type, rids in by_type.items():
            params = self._params(type, include.param)
            ids = [p.id for one in params for p in one.stored()]
            if ids:
                yield _by_rows(ids, rids, include.target)
            if any(p.storage is Storage.PATIENT for p in params) and include.target in {
                None,
                "Patient",
            }:
                yield sql.SQL(
                    "SELECT 'Patient', r.patient FROM resource r WHERE r.type = {} AND {}"
                ).format(sql.Literal(type), one_of(sql.SQL("r.rid"), rids))

    def _params(self, type: str, param: Parameter | None) -> list[Parameter]:
        if param is not None:
            return [param]
        return [p for p in self.registry.for_type(type).values() if p.kind == "reference"]

    # ---- reverse

    def reverse(self, includes: Sequence[Include], targets: Sequence[Row]) -> list[Row]:
        """The resources that refer to the targets."""
        by_type: dict[str, list[str]] = {}
        for row in targets:
            by_type.setdefault(row[_TYPE], []).append(row[_ID])
        tests: dict[str, list[sql.Composable]] = {}
        for one in includes:
            for type, ids in by_type.items():
                if one.target in {None, type}:
                    for source, test in self._sources(one, type, ids):
                        tests.setdefault(source, []).append(test)
        return self._fetch(
            {
                type: sql.SQL("({})").format(sql.SQL(" OR ").join(found))
                for type, found in tests.items()
            }
        )

    def _sources(
        self, include: Include, type: str, ids: list[str]
    ) -> Iterable[tuple[str, sql.Composable]]:
        """For each type of source the condition on its rows."""
        for source in (include.source,) if include.source != "*" else RESOURCES:
            params = [
                p
                for p in self._params(source, include.param)
                if type in p.targets or not p.targets or p.custom
            ]
            if not params:
                continue
            numbers = [p.id for one in params for p in one.stored()]
            yield (
                source,
                sql.SQL(
                    "r.rid = ANY(ARRAY(SELECT i.rid FROM reference_index i"
                    " WHERE i.target_type = {} AND {} AND {}))"
                ).format(
                    sql.Literal(type),
                    one_of(sql.SQL("i.target_id"), ids),
                    one_of(sql.SQL("i.param"), numbers),
                ),
            )
            if type == "Patient" and any(p.storage is Storage.PATIENT for p in params):
                yield source, one_of(sql.SQL("r.patient"), ids)

    # ---- both

    def _fetch(self, tests: dict[str, sql.Composable]) -> list[Row]:
        """The rows of each type that pass its test and the policy, in one statement."""
        selects = []
        for type, test in tests.items():
            allowed = self.policy.where(type, "search")
            if isinstance(allowed, Nothing):
                continue
            scope = Scope(type, self.registry, self.terminology, self.policy)
            where = all_of(
                [part for part in (conditions.live(scope, Everything()), test) if part is not TRUE]
            )
            selects.append(
                sql.SQL("(SELECT {} FROM resource r WHERE {} LIMIT {})").format(
                    sql.SQL(", ").join(sql.Identifier("r", name) for name in compiler.COLUMNS),
                    where,
                    sql.Literal(self.room + 1),
                )
            )
        if not selects:
            return []
        rows = list(self.run(sql.SQL(" UNION ALL ").join(selects)))
        self.capped = self.capped or len(rows) > self.room
        return rows


def _by_rows(params: list[int], rids: list[int], target: str | None) -> sql.Composable:
    tests = [one_of(sql.SQL("i.rid"), rids), one_of(sql.SQL("i.param"), params)]
    if target is not None:
        tests.append(one_of(sql.SQL("i.target_type"), [target]))
    return sql.SQL("SELECT i.target_type, i.target_id FROM reference_index i WHERE {}").format(
        all_of(tests)
    )
