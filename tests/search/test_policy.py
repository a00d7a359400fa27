"""No search term ever adds a row that the policy would not show, at any hop."""

from __future__ import annotations

import pytest
from psycopg import sql

from osler.access import Rule, RulePolicy
from osler.kit.errors import Invalid
from osler.search import compile as compiler
from osler.search.parse import parse_where
from osler.search.registry import Registry
from osler.search.tree import Everything, InCompartment, Nothing, Policy
from tests.search.cast import RESOURCES
from tests.search.test_results import INCLUDES, ORDERS
from tests.search.test_tables import TABLES
from tests.search.world import EVERYWHERE, World

REGISTRY = Registry.builtin()
TYPES = sorted({resource["resourceType"] for resource in RESOURCES})
NOBODY = RulePolicy()
OWN = RulePolicy(
    [
        Rule("Patient", parse_where("Patient", "_id=jose", REGISTRY)),
        *(
            Rule(type, InCompartment(("jose",)))
            for type in ("Observation", "Condition", "Encounter", "Appointment")
        ),
    ]
)
MALE = RulePolicy(
    [
        Rule("Patient", parse_where("Patient", "gender=male", REGISTRY)),
        Rule(
            "Observation", parse_where("Observation", "patient.gender=male&status=final", REGISTRY)
        ),
        Rule("Organization", Everything()),
    ]
)
POLICIES = {"nobody": NOBODY, "own": OWN, "male": MALE}
URLS = [url for table in TABLES.values() for url, _ in table] + [url for url, _ in ORDERS]


def _visible(world: World, policy: Policy) -> set[tuple[str, str]]:
    """What the policy shows, asked type by type without any search term."""
    return {
        (type, id)
        for type in TYPES
        for id in world.find(type, policy)
    }  # fmt: skip


@pytest.mark.parametrize("name", POLICIES)
def test_a_policy_never_adds_rows(world: World, name: str) -> None:
    policy = POLICIES[name]
    allowed = _visible(world, policy)
    for url in URLS:
        query = world.parse(url)
        found = {(row[1], row[2]) for row in world.rows(query, policy)}
        everything = {(row[1], row[2]) for row in world.rows(query)}
        assert found <= allowed, url
        if ":not" not in url and "not (" not in url and " ne " not in url and ":missing" not in url:
            assert found <= everything, url


@pytest.mark.parametrize("name", POLICIES)
def test_includes_never_add_rows(world: World, name: str) -> None:
    policy = POLICIES[name]
    allowed = {f"{type}/{id}" for type, id in _visible(world, policy)}
    for url, _ in INCLUDES:
        found, _ = world.included(url, policy)
        assert found <= allowed, url


def test_the_policy_holds_at_every_hop(world: World) -> None:
    def find(url: str) -> set[str]:
        return set(world.find(url, MALE))

    assert find("Observation?patient.name=cruz") == set()
    assert find("Observation") == {"height-old", "height-new", "note"}
    assert (
        find("Patient?_has:Condition:patient:code=44054006") == set()
    )  # conditions are not allowed
    assert find("Patient?organization.name=ward") == {"jose"}
    assert find("Patient?_list=favourites") == set()
    assert find("Organization?_has:Patient:organization:gender=female") == set()
    assert find("Organization?_has:Patient:organization:gender=male") == {"ward"}
    assert find('Observation?_filter=patient.name co "cruz"') == set()
    assert find("Observation?performer:Practitioner._id=house") == set()


def test_hierarchies_go_through_allowed_rows_only(world: World) -> None:
    no_clinic = parse_where("Organization", "_id=hospital,ward", REGISTRY)
    policy = RulePolicy([Rule("Patient", Everything()), Rule("Organization", no_clinic)])
    assert world.find("Patient?organization:below=hospital", policy) == ["maria"]


def test_nothing_means_no_rows_and_no_count(world: World) -> None:
    for url in ("Patient", "Patient?_id=jose", "?_id=jose", "Patient?gender:not=male"):
        assert world.find(url, NOBODY) == []


def test_a_policy_can_be_a_condition_on_a_row(world: World) -> None:
    node = OWN.where("Observation", "read")
    condition = compiler.condition(node, "Observation", "r", OWN)
    statement = sql.SQL("SELECT id FROM resource r WHERE type = 'Observation' AND {}").format(
        condition
    )
    assert {row[0] for row in world.run(statement)} >= {"height-old", "note"}
    nothing = compiler.condition(Nothing(), "Observation", "r", EVERYWHERE)
    assert nothing.as_string(None) == "false"


def test_compartments(world: World) -> None:
    policy = RulePolicy([Rule(type, InCompartment(("maria",))) for type in TYPES])
    assert set(world.find("Observation", policy)) == {"pressure", "smoker", "note"}
    assert world.find("Appointment", policy) == ["meeting"]
    assert world.find("Patient", policy) == ["maria"]
    assert world.find("Organization", policy) == []


def test_criteria_for_policies_are_criteria_only() -> None:
    for text in ("_count=5", "status=final&_include=*", "_sort=date"):
        with pytest.raises(Invalid):
            parse_where("Observation", text, REGISTRY)
