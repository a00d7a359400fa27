"""Why somebody can see something, who can see a patient, and what a changed role would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from psycopg import sql

from osler.access import READING, WRITING, Principal, Rights
from osler.fhir import r4
from osler.kit.errors import NotFound
from osler.record import permissions
from osler.record.context import Context, who
from osler.record.facts import Granted
from osler.record.reading import known_type
from osler.search.tree import Everything, Node, Nothing
from osler.store import access as stored
from osler.store import audit, everything
from osler.store.rows import Access

INTERACTIONS = (
    *("read", "vread", "search", "history"),
    *("create", "update", "patch", "delete"),
)
assert frozenset(INTERACTIONS) == READING | WRITING
COUNTED_AT_MOST = 10_000
"""Resources that a trial of a role counts of each type."""


@dataclass(frozen=True, slots=True)
class RuleAnswer:
    """One rule in its own words, and whether it holds of what was asked about."""

    interaction: str
    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Why:
    """Why somebody may or may not: `allowed` are the interactions, `rules` all that speak of the type."""

    principal: str
    type: str
    id: str
    allowed: tuple[str, ...]
    rules: tuple[RuleAnswer, ...]
    hidden: tuple[str, ...] = ()
    readonly: tuple[str, ...] = ()
    glass: bool = False

    @property
    def lines(self) -> list[str]:
        """The answer in sentences."""
        if not self.rules:
            return [
                f"No rule gives {self.principal} anything of a {self.type}; what no rule allows is denied."
            ]
        found = [
            f"{interaction}: {'allowed' if interaction in self.allowed else 'denied'}"
            for interaction in INTERACTIONS
        ]
        for text in dict.fromkeys(rule.text for rule in self.rules):
            same = [rule for rule in self.rules if rule.text == text]
            by = ", ".join(rule.interaction for rule in same if rule.holds)
            found.append(f"{text} -- {f'holds for {by}' if by else 'does not hold here'}")
        found += [f"Not shown: {', '.join(self.hidden)}"] if self.hidden else []
        found += [f"Not to be changed: {', '.join(self.readonly)}"] if self.readonly else []
        return found


@dataclass(frozen=True, slots=True)
class SeenType:
    """How many of a patient's resources of a type somebody may read, what they may do with some, and by which rules."""

    type: str
    seen: int
    of: int
    interactions: tuple[str, ...]
    rules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sees:
    """What one principal may do in a patient's record; nothing where `types` is empty."""

    principal: str
    name: str
    types: tuple[SeenType, ...]
    glass: bool = False


@dataclass(frozen=True, slots=True)
class TypeChange:
    """How many resources of a type somebody may read with a role as it is and as it would be."""

    type: str
    before: int
    after: int
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What a change of a role would change for one of its holders: nothing where `types` is empty."""

    principal: str
    name: str
    types: tuple[TypeChange, ...]


def _rights(granted: Granted) -> Rights:
    policy = granted.policy
    assert hasattr(policy, "rules")
    return policy  # type: ignore[return-value]


def why(
    context: Context, principal: Principal, type: str, id: str, of: Principal, granted: Granted
) -> Why:
    """Which rules let `of` do what with one resource. About somebody else, it takes access.explain.

    About oneself, and without that right, nothing is told of a resource that one may not see: the
    answer is the same as for one that is not there.

    Raises:
        NotFound: (with access.explain) there is no such resource.
    """
    known_type(type)
    if of.id != principal.id:
        permissions.require(context, principal, "access.explain")
    rights = _rights(granted)
    asked = [(i, rule) for i in INTERACTIONS for rule in rights.rules(type, i)]
    subject = context.bound(rights, granted.facts)
    with context.database.connection() as conn, conn.transaction():
        tests = [_test(subject, type, rule.node) for _, rule in asked]
        whole = [_test(subject, type, rights.where(type, i)) for i in INTERACTIONS]
        found = stored.tests(conn, type, id, [*tests, *whole])
        patient, holds = found if found is not None else (None, None)
        access = Access("explain", type, id, None, (patient,) if patient else (), query=of.id)
        audit.write(conn, who(principal), [access])
    may_know = permissions.has(context, principal, "access.explain")
    if holds is None and may_know:
        raise NotFound(f"There is no {type}/{id}.")
    seen = holds is not None and holds[len(tests)]
    if holds is None or not (may_know or seen):
        patient = None
        holds = [False] * (len(tests) + len(INTERACTIONS))
    allowed = [i for i, held in zip(INTERACTIONS, holds[len(tests) :], strict=True) if held]
    return Why(
        of.name or of.id,
        type,
        id,
        tuple(allowed),
        tuple(
            RuleAnswer(i, rule.text, held) for (i, rule), held in zip(asked, holds, strict=False)
        ),
        tuple(sorted(rights.hidden(type))),
        tuple(sorted(rights.readonly(type))),
        granted.facts is not None and patient in granted.facts.glass,
    )


def _test(context: Context, type: str, node: Node) -> sql.Composable:
    return context.condition(type, node, "r") or sql.SQL("NOT r.deleted")


def who_can_see(
    context: Context,
    principal: Principal,
    patient: str,
    of: Sequence[tuple[Principal, Granted]],
) -> list[Sees]:
    """For each of `of` what they may do in the patient's record as it is now. Takes access.explain."""
    permissions.require(context, principal, "access.explain")
    with context.database.connection() as conn, conn.transaction():
        totals = stored.types_about(conn, everything.about(patient))
        if not totals:
            raise NotFound(f"There is no Patient/{patient}.")
        found = []
        for subject, granted in of:
            asked = [
                _about(context, granted, type, patient)
                for type in totals
                if not _sees_nothing(granted, type)
            ]
            rows = stored.numbers(conn, [one.statement for one in asked])
            types = tuple(
                one.answer(row, totals[one.type])
                for one, row in zip(asked, rows, strict=True)
                if any(row)
            )
            open = granted.facts is not None and patient in granted.facts.glass
            found.append(Sees(subject.id, subject.name, types, open))
        shown = Access("explain", "Patient", patient, patients=(patient,), hits=len(found))
        audit.write(conn, who(principal), [shown])
    return found


def _sees_nothing(granted: Granted, type: str) -> bool:
    return all(isinstance(granted.policy.where(type, i), Nothing) for i in INTERACTIONS)


@dataclass(frozen=True, slots=True)
class _About:
    """What is counted of one type: the rows seen, then by interaction and rule those of which it holds.

    Most of them ask the same, and are one column of the answer; `places` says which.
    """

    type: str
    statement: sql.Composed
    places: tuple[int, ...]
    interactions: tuple[str, ...]
    rules: tuple[str, ...]

    def answer(self, row: Sequence[int], total: int) -> SeenType:
        seen, *rest = (row[place] for place in self.places)
        cut = len(self.interactions)
        return SeenType(
            self.type,
            seen,
            total,
            tuple(i for i, n in zip(self.interactions, rest[:cut], strict=True) if n),
            tuple(dict.fromkeys(t for t, n in zip(self.rules, rest[cut:], strict=True) if n)),
        )


def _about(context: Context, granted: Granted, type: str, patient: str) -> _About:
    rights = _rights(granted)
    theirs = context.bound(rights, granted.facts)
    rules = [rule for i in ("read", "search") for rule in rights.rules(type, i)]
    nodes = (
        rights.where(type, "read"),
        *(rights.where(type, i) for i in INTERACTIONS),
        *(rule.node for rule in rules),
    )
    columns = {node: place for place, node in enumerate(dict.fromkeys(nodes))}
    tests = [_test(theirs, type, node) for node in columns]
    statement = stored.counting(type, everything.about(patient), tests)
    places = tuple(columns[node] for node in nodes)
    return _About(type, statement, places, INTERACTIONS, tuple(rule.text for rule in rules))


def try_role(
    context: Context,
    principal: Principal,
    of: Iterable[tuple[Principal, Granted, Granted]],
) -> list[Trial]:
    """For each holder, with the policy before and after, the types of which they would see more or less.

    Takes roles.manage. It answers numbers only, and nothing of what is counted.
    """
    permissions.require(context, principal, "roles.manage")
    found = []
    with context.database.connection() as conn, conn.transaction():
        for subject, before, after in of:
            changes = []
            for type in r4.RESOURCES:
                gained, lost = _changed(before, after, type)
                if not _differs(before, after, type):
                    continue
                pair = [_count(context, one, type) for one in (before, after)]
                (one,), (two,) = stored.numbers(conn, pair)
                changes.append(TypeChange(type, one, two, gained, lost))
            found.append(Trial(subject.id, subject.name, tuple(changes)))
        audit.write(conn, who(principal), [Access("try-role", hits=len(found))])
    return found


def _differs(before: Granted, after: Granted, type: str) -> bool:
    one, two = _rights(before), _rights(after)
    return (
        any(one.where(type, i) != two.where(type, i) for i in INTERACTIONS)
        or one.hidden(type) != two.hidden(type)
        or one.readonly(type) != two.readonly(type)
    )


def _changed(before: Granted, after: Granted, type: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The interactions, and elements to be seen or changed, that are gained and lost."""
    one, two = _rights(before), _rights(after)
    had, has = (
        {i for i in INTERACTIONS if not isinstance(rights.where(type, i), Nothing)}
        for rights in (one, two)
    )
    shown = {f"see {e}" for e in one.hidden(type) - two.hidden(type)}
    shown |= {f"change {e}" for e in one.readonly(type) - two.readonly(type)}
    hid = {f"see {e}" for e in two.hidden(type) - one.hidden(type)}
    hid |= {f"change {e}" for e in two.readonly(type) - one.readonly(type)}
    return tuple(sorted((has - had) | shown)), tuple(sorted((had - has) | hid))


def _count(context: Context, granted: Granted, type: str) -> sql.Composed:
    node = granted.policy.where(type, "read")
    theirs = context.bound(granted.policy, granted.facts)
    where = sql.SQL("true") if isinstance(node, Everything) else _test(theirs, type, node)
    return stored.counted(type, where, COUNTED_AT_MOST)
