"""A grant as a search tree: what a resource must match so that this caller may have it by this grant."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from osler.access.caller import Caller, kinds_of
from osler.access.groups import about_patients
from osler.access.labels import ADOLESCENT, CATEGORIES, OF_RESOURCES, PSYCHOTHERAPY, VIP, Category
from osler.access.reach import NOBODY, OWN, patients
from osler.access.role import READING, WRITING, Grant, Role
from osler.access.variables import rule
from osler.kit.errors import OslerError
from osler.search.reference import ReferenceValue
from osler.search.token import TokenValue
from osler.search.tree import (
    And,
    Consented,
    Everything,
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

AUTHORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ClinicalImpression": ("assessor",),
        "Communication": ("sender",),
        "Composition": ("author",),
        "Condition": ("asserter",),
        "DiagnosticReport": ("performer", "results-interpreter"),
        "DocumentManifest": ("author",),
        "DocumentReference": ("author",),
        "Encounter": ("practitioner",),
        "List": ("source",),
        "Media": ("operator",),
        "Observation": ("performer",),
        "Procedure": ("performer",),
        "QuestionnaireResponse": ("author",),
        "RiskAssessment": ("performer",),
    }
)
"""The search parameters that say who wrote a resource, for psychotherapy notes."""
DESK = (
    "access-request",
    "amendment-request",
    "accounting-of-disclosures",
    "restriction-request",
    "confidential-communications",
    "erasure-request",
    "privacy-complaint",
    "breach-case",
    "breach-notification",
    "break-glass-review",
    "audit-review",
)
"""Codes of urn:osler:task: what Tasks of the privacy desk are about."""


# The labels of a Patient say who that is, not what the content is about.
_LABELLED = (about_patients() | {"Media"}) - {"Patient"}


def every(nodes: list[Node]) -> Node:
    """All of the nodes, in the simplest form."""
    left = [node for node in nodes if not isinstance(node, Everything)]
    if any(isinstance(node, Nothing) for node in left):
        return Nothing()
    if not left:
        return Everything()
    return left[0] if len(left) == 1 else And(tuple(left))


def some(nodes: list[Node]) -> Node:
    """Any of the nodes, in the simplest form."""
    flat = (part for node in nodes for part in (node.nodes if isinstance(node, Or) else (node,)))
    left = list(dict.fromkeys(node for node in flat if not isinstance(node, Nothing)))
    if any(isinstance(node, Everything) for node in left):
        return Everything()
    if not left:
        return Nothing()
    return left[0] if len(left) == 1 else Or(tuple(left))


def reached(grant: Grant, type: str, caller: Caller, glass: frozenset[str]) -> Node:
    """What a grant reaches, without what protects patients: whose, and which of theirs."""
    where: Node = Everything()
    if grant.where:
        where = rule(type, grant.where, caller.registry, caller.values)
    if not grant.patients:
        return where
    if grant.patients == NOBODY:
        return every([where, OfNobody()])
    whose = patients(grant.patients, caller.registry, caller.values)
    if grant.patients != OWN:
        whose = some([_careful(whose, grant, caller), _named(glass, caller)])
    return Nothing() if isinstance(whose, Nothing) else every([where, OfPatients(whose)])


def demanded(role: Role, grant: Grant, type: str, interaction: str, caller: Caller) -> Node:
    """All that a resource must match. A rule that cannot be understood allows nothing."""
    own = grant.patients == OWN
    open_glass = role.break_glass and interaction in READING and not own
    glass = caller.facts.glass - _own(caller) if open_glass else frozenset()
    try:
        reach = reached(grant, type, caller, glass)
    except OslerError:
        return Nothing()  # `access.check` says what is wrong with it
    if isinstance(reach, Nothing):
        return reach
    if type == "AuditEvent":  # What patients are protected by must show it all to those who watch.
        return reach
    if type not in about_patients():
        return every([reach, *_by_label(role, grant, type, caller, glass)])
    parts = [reach, *_by_label(role, grant, type, caller, glass)]
    if type == "Task":
        parts += _desk(role, grant, interaction, caller)
    if not own:
        parts += _guard(caller, glass)
        if not grant.patients:
            parts += _without_reach(grant, caller, glass)
    asked = type != "Consent" and grant.patients != NOBODY and not _is_desk(role, type)
    if asked and not (own and caller.principal.proxy is None):
        parts.append(_undenied(role, caller, glass))
    return every(parts)


def _is_desk(role: Role, type: str) -> bool:
    """What a patient asks of the privacy desk, or what is to be reviewed there, no consent keeps from it."""
    return "privacy.manage" in role.permissions and type in {"Task", "Communication"}


# ---- the protections


def _named(ids: frozenset[str], caller: Caller) -> Node:
    """These patients, as a tree on Patient."""
    param = caller.registry.get("Patient", "_id")
    if not ids or param is None:
        return Nothing()
    return Match(param, None, tuple(TokenValue(None, id) for id in sorted(ids)))


def _own(caller: Caller) -> frozenset[str]:
    own = caller.principal.own_patient
    return caller.facts.own | ({own} if own else set())


def _or_glass(node: Node, glass: frozenset[str], caller: Caller) -> Node:
    return some([node, OfPatients(_named(glass, caller))]) if glass else node


_IS_VIP = Labelled(CATEGORIES[VIP].labels)


def _careful(whose: Node, grant: Grant, caller: Caller) -> Node:
    """Of these patients those who are no VIP, or whom the caller treats."""
    if VIP in grant.labels:
        return whose
    treated = _ways(patients("@care-team", caller.registry, caller.values))
    if not treated:
        return every([whose, Not(_IS_VIP)])
    ways = _ways(whose)
    if set(treated) <= set(
        ways
    ):  # Asked once, not twice: who treats a patient, and who else may see one.
        others = [way for way in ways if way not in treated]
        return some([*treated, every([some(others), Not(_IS_VIP)])])
    return every([whose, some([Not(_IS_VIP), *treated])])


def _ways(node: Node) -> tuple[Node, ...]:
    match node:
        case Nothing():
            return ()
        case Or(nodes):
            return nodes
        case _:
            return (node,)


def _without_reach(grant: Grant, caller: Caller, glass: frozenset[str]) -> list[Node]:
    """Where a grant is about every patient: not about a VIP whom the caller does not treat."""
    if VIP in grant.labels:
        return []
    treated = patients("@care-team", caller.registry, caller.values)
    strange = every([_IS_VIP, *([] if isinstance(treated, Nothing) else [Not(treated)])])
    return [_or_glass(Not(OfPatients(strange)), glass, caller)]


def _guard(caller: Caller, glass: frozenset[str]) -> list[Node]:
    """Not the caller's own chart; not the family's, unless the glass is broken."""
    guarded = tuple(sorted((caller.facts.guarded | _own(caller)) - glass))
    return [Not(InCompartment(guarded))] if guarded else []


def _desk(role: Role, grant: Grant, interaction: str, caller: Caller) -> list[Node]:
    """Matters of the privacy desk are no work of the ward: who may be complained of must not close the complaint.

    They are for who manages privacy, for the patient, and for those whom the grant names by `where`. A review
    of broken glass is written by nobody: `Record.review_glass` does, which looks who broke it.
    """
    made: list[Node] = []
    if interaction in WRITING:
        made.append(Not(_tasks("break-glass-review", caller)))
    named = grant.where or grant.needs or grant.patients == OWN
    if not named and "privacy.manage" not in role.permissions:
        made.append(Not(_tasks(",".join(DESK), caller)))
    return made


def _tasks(codes: str, caller: Caller) -> Node:
    system = "urn:osler:task"
    text = "code=" + ",".join(f"{system}|{code}" for code in codes.split(","))
    return rule("Task", text, caller.registry, ())


def _by_label(
    role: Role, grant: Grant, type: str, caller: Caller, glass: frozenset[str]
) -> list[Node]:
    """Nothing of a sensitive category that the grant does not open; psychotherapy notes to their author only."""
    if type not in _LABELLED:
        return []
    wrote = _wrote(type, caller) if grant.patients != OWN else Nothing()
    made = [some([Not(Labelled(CATEGORIES[PSYCHOTHERAPY].labels)), wrote])]
    if (
        caller.principal.proxy is not None
    ):  # No parent's consent opens what is confidential from parents.
        made.append(Not(Labelled(CATEGORIES[ADOLESCENT].labels)))
    closed = [one for one in OF_RESOURCES if one.code not in grant.labels]
    if closed:
        unlabelled = Not(Labelled(tuple(label for one in closed for label in one.labels)))
        ways = [unlabelled, _permitted(closed, role, grant, caller)]
        made.append(_or_glass(some(ways), glass, caller))
    return made


def _wrote(type: str, caller: Caller) -> Node:
    if caller.me is None:
        return Nothing()
    value = (ReferenceValue("Practitioner", caller.me),)
    found = (caller.registry.get(type, code) for code in AUTHORS.get(type, ()))
    return some([Match(param, None, value) for param in found if param is not None])


def _permitted(closed: list[Category], role: Role, grant: Grant, caller: Caller) -> Node:
    """What the patient permits by name, though the grant does not open it."""
    purpose = caller.purpose(role)
    if grant.patients == NOBODY or purpose is None:
        return Nothing()
    labels = tuple(one.labels for one in closed)
    return Consented("permit", caller.actors(role), kinds_of(purpose), caller.facts.now, labels)


def _undenied(role: Role, caller: Caller, glass: frozenset[str]) -> Node:
    purpose = caller.purpose(role)
    purposes = kinds_of(purpose) if purpose is not None else ()
    denied = Consented("deny", caller.actors(role), purposes, caller.facts.now)
    return _or_glass(Not(denied), glass, caller)
