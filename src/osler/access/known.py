"""A rule as it is for one patient: what depends on nothing but who that is has been found out beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from osler.access.demands import every, some
from osler.search.parameter import Storage
from osler.search.registry import Registry
from osler.search.token import TokenValue
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
    Or,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Of one patient: which conditions on Patients hold, and whether any provision of a consent is theirs."""

    patient: str
    reached: Mapping[Node, bool]
    consents: bool


def questions(node: Node) -> Iterator[Node]:
    """The conditions on Patients in a rule, as far as a patient's id alone does not answer them."""
    match node:
        case And(nodes) | Or(nodes):
            for one in nodes:
                yield from questions(one)
        case Not(inner):
            yield from questions(inner)
        case OfPatients(inner) if _named(inner) is None:
            yield inner


def relating(node: Node) -> Iterator[str]:
    """The types whose resources, the Patient's own among them, make a condition on Patients hold."""
    match node:
        case And(nodes) | Or(nodes):
            for one in nodes:
                yield from relating(one)
        case Not(inner):
            yield from relating(inner)
        case Has(type=type, node=inner) | Chain(type=type, node=inner):
            yield type
            yield from relating(inner)
        case _:
            yield "Patient"


def surely(node: Node) -> Node:
    """A shorter condition on Patients, asked of the Patient alone: where it holds, the whole one does too."""
    match node:
        case And(nodes):
            return every([surely(one) for one in nodes])
        case Or(nodes):
            return some([surely(one) for one in nodes])
        case Not(inner):
            return node if _of_itself(inner) else Nothing()
        case _:
            return node if _of_itself(node) else Nothing()


def _of_itself(node: Node) -> bool:
    match node:
        case And(nodes) | Or(nodes):
            return all(map(_of_itself, nodes))
        case Not(inner):
            return _of_itself(inner)
        case _:
            return isinstance(node, Everything | Nothing | Labelled | Match | Missing)


def of_patient(node: Node, known: Known, registry: Registry) -> Node:
    """The rule for resources of a type that is about one patient, and of those for this patient's only.

    It holds of exactly those of this patient's resources that the whole rule holds of, and of no other.
    """
    id = registry.get("Patient", "_id")
    assert id is not None
    whose = OfPatients(Match(id, None, (TokenValue(None, known.patient),)))
    rest = left(node, known)
    match rest:
        case Everything():
            return whose
        case Nothing():
            return rest
        case And(nodes):
            return And((whose, *nodes))
        case _:
            return And((whose, rest))


def of_match(node: Node, known: Known) -> Node:
    """The rule for resources that are about this patient, and may be about others as well.

    What a rule demands of any of their patients holds where it holds of this one; what it must not be is left.
    """
    match node:
        case And(nodes):
            return every([of_match(one, known) for one in nodes])
        case Or(nodes):
            return some([of_match(one, known) for one in nodes])
        case OfPatients(inner):
            ids = _named(inner)
            holds = known.reached[inner] if ids is None else known.patient in ids
            return Everything() if holds else node
        case _:
            return node


def left(node: Node, known: Known) -> Node:
    """What is left to ask of a resource, were it about this patient and nobody else."""
    match node:
        case And(nodes):
            return every([left(one, known) for one in nodes])
        case Or(nodes):
            return some([left(one, known) for one in nodes])
        case Not(inner):
            return _opposite(left(inner, known))
        case OfPatients(inner):
            ids = _named(inner)
            holds = known.reached[inner] if ids is None else known.patient in ids
            return Everything() if holds else Nothing()
        case Consented() if not known.consents:
            return Nothing()
        case InCompartment(patients) if known.patient in patients:
            return Everything()
        case OfNobody():
            return Nothing()
        case _:
            return node


def _opposite(node: Node) -> Node:
    match node:
        case Everything():
            return Nothing()
        case Nothing():
            return Everything()
        case _:
            return Not(node)


def _named(node: Node) -> frozenset[str] | None:
    """The ids by which a condition names its Patients; None where it finds them otherwise."""
    match node:
        case Match(param, None, values) if param.storage is Storage.ID:
            return frozenset(value.code for value in values)
        case _:
            return None
