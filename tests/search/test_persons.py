"""The nodes that policies are made of: whose record a row belongs to, labels, and what is not known to match."""

from __future__ import annotations

import pytest

from osler.access import Rule, RulePolicy
from osler.search.parse import parse_where
from osler.search.registry import Registry
from osler.search.tree import (
    And,
    Chain,
    InCompartment,
    Labelled,
    Node,
    Not,
    OfNobody,
    OfPatients,
    Or,
)
from tests.search.cast import RESOURCES
from tests.search.world import World

REGISTRY = Registry.builtin()
MALE = parse_where("Patient", "gender=male", REGISTRY)
JOSE = parse_where("Patient", "_id=jose", REGISTRY)
MARIA = parse_where("Patient", "_id=maria", REGISTRY)
TYPES = sorted({one["resourceType"] for one in RESOURCES})


def find(world: World, type: str, node: Node) -> set[str]:
    return set(world.find(type, RulePolicy([Rule(type, node)])))


@pytest.mark.parametrize("type", TYPES)
@pytest.mark.parametrize("patient", [JOSE, MARIA], ids=["jose", "maria"])
def test_by_id_or_by_a_search_the_same_rows(world: World, type: str, patient: Node) -> None:
    """A patient named by id is read from the column; one found by a search is joined with."""
    searched = And((patient, Or((MALE, Not(MALE)))))
    named = find(world, type, OfPatients(patient))
    assert named == find(world, type, OfPatients(searched))
    assert named == find(world, type, Or((OfPatients(searched), OfPatients(patient))))
    every = {one["id"] for one in RESOURCES if one["resourceType"] == type}
    assert find(world, type, Not(OfPatients(searched))) | named >= every & set(world.find(type))


def test_a_patient_row_is_its_own(world: World) -> None:
    assert find(world, "Patient", OfPatients(JOSE)) == {"jose"}
    assert find(world, "Patient", OfPatients(MALE)) == set(world.find("Patient?gender=male"))


def test_what_is_about_nobody(world: World) -> None:
    everything = set(world.find("Organization"))
    assert everything
    assert find(world, "Organization", OfNobody()) == everything
    assert find(world, "Patient", OfNobody()) == set()
    about = find(world, "Observation", OfNobody()) & find(
        world, "Observation", InCompartment(("maria",))
    )
    assert about == set()


def test_not_holds_of_what_has_nothing_to_compare(world: World) -> None:
    """A row about nobody is in no patient's compartment, though its patient is unknown to SQL."""
    everything = set(world.find("Organization"))
    for node in (InCompartment(("maria",)), OfPatients(MARIA), OfPatients(MALE)):
        assert find(world, "Organization", Not(node)) == everything, node


def test_every_type_at_once(world: World) -> None:
    policy = RulePolicy([Rule(type, OfPatients(JOSE)) for type in TYPES])
    alone = {(t, id) for t in TYPES for id in world.find(t, policy)}
    rows = world.rows(world.parse("?_lastUpdated=ge1900"), policy)
    assert {(row[1], row[2]) for row in rows} == alone


def test_a_policy_below_an_or_is_tested_row_by_row(world: World) -> None:
    """However it is compiled, a reference of a policy leads to the same rows."""
    for type, text in (
        ("Patient", "organization.name=ward"),
        ("Patient", "_has:Observation:patient:status=final"),
        ("Patient", "_has:Appointment:patient:status:not=cancelled"),
        ("Observation", "patient.gender=male"),
        ("Observation", "performer:Practitioner.name:missing=false"),
        ("Appointment", "actor:Patient.gender=female"),
        ("Organization", "_has:Patient:organization:gender=male"),
    ):
        node = parse_where(type, text, REGISTRY)
        joined = find(world, type, node)
        nothing = parse_where(type, "_id=no-such-id", REGISTRY)
        assert find(world, type, Or((node, nothing))) == joined, text
        assert find(world, type, Not(Not(node))) == joined, text
        assert joined == set(world.find(f"{type}?{text}")), text
        assert joined or isinstance(node, Chain) or "_has" in text


def test_labels(empty: World) -> None:
    empty.clear()
    system = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
    for id, security in (
        ("a", [{"system": system, "code": "HIV"}]),
        ("b", [{"code": "HIV"}]),
        ("c", []),
    ):
        empty.add({"resourceType": "Basic", "id": id, "code": {"text": "x"},
                   **({"meta": {"security": security}} if security else {})})  # fmt: skip
    assert find(empty, "Basic", Labelled(((system, "HIV"),))) == {"a"}
    assert find(empty, "Basic", Labelled(((None, "HIV"),))) == {"a", "b"}
    assert find(empty, "Basic", Not(Labelled(((None, "HIV"), (system, "ETH"))))) == {"c"}
    assert find(empty, "Basic", Labelled(())) == set()
