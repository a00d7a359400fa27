"""What a condition is compiled against: a row of `resource` under an alias, and the tools of SQL for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from psycopg import sql

from osler.search.parameter import Parameter
from osler.search.tree import Node, Policy

if TYPE_CHECKING:
    from osler.search.registry import Registry
    from osler.search.terminology import Terminology

TRUE = sql.SQL("true")
FALSE = sql.SQL("false")


@dataclass(frozen=True, slots=True)
class KeyTest:
    """Rows with at least one of these keys; kept apart from SQL so that several can be merged."""

    any: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RowsIn:
    """Rows whose rid one of the selects has; kept apart from SQL so that alternatives become one set.

    PostgreSQL joins with one set, but tests every row where two are joined by OR. `alone` is a
    better way to write it where there is only this one.
    """

    selects: tuple[sql.Composable, ...]
    alone: sql.Composable | None = None


Condition: TypeAlias = sql.Composable | KeyTest | RowsIn


@dataclass(frozen=True, slots=True)
class Scope:
    """A row of `resource`: its type (None: several), its alias, and whose policy applies at the next hop.

    `policy` None means that the tree being compiled is itself a policy, to which no other is ANDed.
    `probe` means that another condition finds the few rows: key tests are then written so that no
    index is used for them, as PostgreSQL would AND two bitmaps where filtering is far cheaper.
    `inside` means that chains also lead into resources that the row contains; a policy's never do,
    because whoever writes a resource chooses what is inside. `contained`: the row is one of `contained`.
    `correlated` means that single rows are tested, so that conditions look from the row into the index
    tables instead of fetching every row that they hold of. `demanded` is what the policy demands of
    this row, where the caller knows it more closely than the policy (see `select`).
    """

    type: str | None
    registry: Registry
    terminology: Terminology
    policy: Policy | None
    alias: sql.Composable = field(default_factory=lambda: sql.Identifier("r"))
    depth: int = 0
    probe: bool = False
    inside: bool = False
    contained: bool = False
    correlated: bool = False
    demanded: Node | None = None

    def column(self, name: str) -> sql.Composed:
        """A column of the row."""
        return sql.SQL("{}.{}").format(self.alias, sql.Identifier(name))

    def hop(self, type: str) -> Scope:
        """The scope of another row, for a subselect."""
        name = "h" + str(self.depth + 1)
        return replace(
            self,
            type=type,
            alias=sql.Identifier(name),
            depth=self.depth + 1,
            probe=self.correlated,
            contained=False,
            demanded=None,
        )

    def of_policy(self) -> Scope:
        """The scope in which a policy on this row is compiled: its own hops have no other policy."""
        return replace(self, policy=None, inside=False, demanded=None)


def render(condition: Condition, scope: Scope) -> sql.Composable:
    """A condition as SQL."""
    if isinstance(condition, RowsIn):
        return condition.alone or sql.SQL("{} IN ({})").format(
            scope.column("rid"), sql.SQL(" UNION ALL ").join(condition.selects)
        )
    if not isinstance(condition, KeyTest):
        return condition
    if not condition.any:
        return FALSE
    sign = sql.SQL("@>" if len(condition.any) == 1 else "&&")
    return _keys(scope, sign, condition.any)


def all_keys(keys: Sequence[int], scope: Scope) -> sql.Composable:
    """Rows that have every one of the keys."""
    return _keys(scope, sql.SQL("@>"), keys)


def _keys(scope: Scope, sign: sql.SQL, keys: Sequence[int]) -> sql.Composable:
    test = sql.SQL("{} {} ARRAY[{}]::bigint[]").format(
        scope.column("keys"), sign, sql.SQL(",").join(map(sql.Literal, dict.fromkeys(keys)))
    )
    return sql.SQL("({}) IS TRUE").format(test) if scope.probe else test


def all_of(parts: Sequence[sql.Composable]) -> sql.Composable:
    """The parts joined by AND."""
    return _joined(" AND ", parts, TRUE)


def any_of(parts: Sequence[sql.Composable]) -> sql.Composable:
    """The parts joined by OR."""
    return _joined(" OR ", parts, FALSE)


def _joined(word: str, parts: Sequence[sql.Composable], none: sql.SQL) -> sql.Composable:
    if not parts:
        return none
    if len(parts) == 1:
        return parts[0]
    return sql.SQL("({})").format(sql.SQL(word).join(parts))


def one_of(column: sql.Composable, values: Sequence[object]) -> sql.Composable:
    """The column equals one of the values."""
    literals = [sql.Literal(value) for value in dict.fromkeys(values)]
    if len(literals) == 1:
        return sql.SQL("{} = {}").format(column, literals[0])
    return sql.SQL("{} IN ({})").format(column, sql.SQL(", ").join(literals))


def in_table(
    scope: Scope, table: str, params: Sequence[Parameter], where: sql.Composable | None = None
) -> sql.Composable:
    """Rows that have a row of an index table for one of the parameters, where `where` (over `i`) holds."""
    tests = [one_of(sql.SQL("i.param"), [param.id for param in params])]
    if scope.correlated:
        of_row = sql.SQL("i.rid = {}").format(scope.column("rid"))
        return sql.SQL("EXISTS (SELECT 1 FROM {} i WHERE {})").format(
            sql.Identifier(table), all_of([of_row, *tests, *([where] if where else [])])
        )
    return sql.SQL("{} IN (SELECT i.rid FROM {} i WHERE {})").format(
        scope.column("rid"), sql.Identifier(table), all_of([*tests, *([where] if where else [])])
    )
