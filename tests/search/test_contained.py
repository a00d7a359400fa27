"""Resources inside others: `_contained`, `_containedType`, and chains that lead to `#id`."""

from __future__ import annotations

from typing import Any

import pytest
from psycopg import sql

from osler.access import Rule, RulePolicy
from osler.kit.database import Database
from osler.kit.errors import Invalid
from osler.search import compile as compiler
from osler.search.parse import parse_where
from osler.search.tree import Everything, Policy
from tests.search.cast import concept, observation
from tests.search.world import World

RX = "http://rxnorm.example"


def medication(id: str, code: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Medication", "id": id, "code": concept(RX, code), **more}


def order(id: str, patient: str, medication: str, *inside: Any, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "MedicationRequest",
        "id": id,
        "status": "active",
        "intent": "order",
        "subject": {"reference": f"Patient/{patient}"},
        "medicationReference": {"reference": medication},
        **({"contained": list(inside)} if inside else {}),
        **more,
    }


def person(id: str, family: str) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": id, "name": [{"family": family}]}


def weight(id: str, day: int, kilograms: float) -> dict[str, Any]:
    value = {"value": kilograms, "system": "http://unitsofmeasure.org", "code": "kg"}
    return observation(id, None, "w", effectiveDateTime=f"2024-01-0{day}", valueQuantity=value)


def panel(id: str, *inside: Any, code: str = "panel", **more: Any) -> dict[str, Any]:
    members = [{"reference": f"#{one['id']}"} for one in inside]
    return observation(id, "ana", code, contained=list(inside), hasMember=members, **more)


CAST: list[dict[str, Any]] = [
    person("ana", "Alder"),
    person("bob", "Birch"),
    {"resourceType": "Organization", "id": "maker", "name": "Maker"},
    medication("iron", "iron"),
    medication("zinc", "zinc"),
    order("plain", "ana", "Medication/iron"),
    order(
        "mixed",
        "ana",
        "#iron",
        medication(
            "iron",
            "iron",
            manufacturer={"reference": "#co"},
            text={"status": "generated", "div": "<div>red liquid</div>"},
        ),
        {"resourceType": "Organization", "id": "co", "name": "Corner pharmacy"},
    ),
    order(
        "double",
        "bob",
        "#m1",
        medication("m1", "iron", manufacturer={"reference": "Organization/maker"}),
        medication("m2", "zinc"),
        medication("m3", "iron"),
    ),
    {
        "resourceType": "MedicationDispense",
        "id": "handed",
        "status": "completed",
        "medicationCodeableConcept": {"text": "x"},
        "authorizingPrescription": [{"reference": "MedicationRequest/mixed"}],
    },
    observation("of-nobody", None, "x", subject={"reference": "#p"}, contained=[person("p", "Cedar")]),
    panel("weights-a", weight("a", 1, 70), weight("b", 4, 75), effectiveDateTime="2023-01-01"),
    panel("weights-b", weight("a", 3, 60), effectiveDateTime="2023-01-02"),
    panel("weights-c", observation("a", None, "w"), code="w", effectiveDateTime="2023-01-03"),
    weight("alone", 2, 65),
    observation("graft", "bob", "graft", contained=[
        {"resourceType": "Patient", "id": "donor", "gender": "male"},
        observation("of-donor", None, "hla", subject={"reference": "#donor"}),
        observation("of-group", None, "hla", subject={"reference": "Group/g"}),
        observation("of-other", None, "hla", subject={"reference": "http://x.example/Patient/bob"}),
        observation("of-someone", None, "hla", subject={"display": "the donor"}),
        observation("of-whom", None, "hla", subject={"identifier": {"value": "7"}}),
        observation("of-ana", "ana", "hla"),
        observation("of-bob", None, "hla"),
        {"resourceType": "Provenance", "id": "of-graft", "recorded": "2024-01-01T00:00:00Z",
         "target": [{"reference": "Observation/x"}, {"reference": "#"}],
         "agent": [{"who": {"reference": "#donor"}}]},
        {"resourceType": "Provenance", "id": "of-x", "recorded": "2024-01-01T00:00:00Z",
         "target": [{"reference": "#donor"}], "agent": [{"who": {"display": "x"}}]},
    ]),
]  # fmt: skip


@pytest.fixture(scope="module")
def inside(database: Database) -> World:
    world = World(database)
    world.add(*CAST)
    world.add(order("gone", "ana", "#m", medication("m", "iron")), deleted=True)
    return world


def addresses(world: World, url: str, policy: Policy | None = None) -> list[str]:
    """Type/id of the answers, in order; the count agrees."""
    query = world.parse(url)
    rows = world.rows(query, policy) if policy else world.rows(query)
    who = policy or RulePolicy([Rule(type, Everything()) for type in _TYPES])
    counted = world.run(compiler.count(query, who, registry=world.registry))[0][0]
    assert counted == len(rows) == len({(row[1], row[2]) for row in rows})
    for most in (1, 100):
        capped = compiler.count(query, who, at_most=most, registry=world.registry)
        assert world.run(capped)[0][0] == min(counted, most)
    return [f"{row[1]}/{row[2]}" for row in rows]


_TYPES = tuple(dict.fromkeys(one["resourceType"] for one in CAST))

# Criteria, then what is answered: the containers, or (below) the contained resources alone.
CONTAINERS = [
    ("Medication?code=iron", "Medication/iron"),
    ("Medication?code=iron&_contained=false", "Medication/iron"),
    ("Medication?code=iron&_contained=true", "MedicationRequest/mixed MedicationRequest/double"),
    (
        "Medication?code=iron&_contained=both",
        "Medication/iron MedicationRequest/mixed MedicationRequest/double",
    ),
    (f"Medication?code={RX}|zinc&_contained=true", "MedicationRequest/double"),
    ("Medication?_contained=true", "MedicationRequest/mixed MedicationRequest/double"),
    ("Medication?code:not=iron&_contained=true", "MedicationRequest/double"),
    ("Medication?_id=m2&_contained=true", "MedicationRequest/double"),
    ("Medication?_text=liquid&_contained=true", "MedicationRequest/mixed"),
    ("Medication?manufacturer=maker&_contained=both", "MedicationRequest/double"),
    ("Medication?manufacturer:missing=true&_contained=true&code=iron", "MedicationRequest/double"),
    ("Medication?manufacturer.name=make&_contained=true", "MedicationRequest/double"),
    ("Medication?manufacturer.name=corner&_contained=true", "MedicationRequest/mixed"),
    (
        "Medication?_has:MedicationRequest:medication:status=active&_contained=both",
        "Medication/iron MedicationRequest/mixed MedicationRequest/double",
    ),
    ("Medication?_has:MedicationRequest:medication:status=stopped&_contained=both", ""),
    ("Organization?name=corner&_contained=both", "MedicationRequest/mixed"),
    ("Organization?name=c", ""),
    ("Patient?family=cedar&_contained=true", "Observation/of-nobody"),
    ("Observation?value-quantity=gt62||kg&_contained=true", "Observation/weights-a"),
    (
        "Observation?value-quantity=gt62||kg&_contained=both",
        "Observation/alone Observation/weights-a",
    ),
    ("Observation?date=2024-01-03&_contained=true", "Observation/weights-b"),
    ("Observation?date=ge2024-01-02&_contained=both&code=w",
     "Observation/alone Observation/weights-a Observation/weights-b"),
    ("Observation?patient=Patient/ana&code=w&_contained=true",
     "Observation/weights-a Observation/weights-b Observation/weights-c"),
    # A container that matches itself as well is answered once.
    ("Observation?code=w&_contained=both",
     "Observation/alone Observation/weights-a Observation/weights-b Observation/weights-c"),
    ("?_type=Medication,Organization&_id=iron,co&_contained=true", "MedicationRequest/mixed"),
    (
        "?_type=Medication,Organization&_id=iron,co&_contained=both",
        "Medication/iron MedicationRequest/mixed",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("url", "found"), CONTAINERS)
def test_containers_are_answered(inside: World, url: str, found: str) -> None:
    assert sorted(addresses(inside, url)) == sorted(found.split())


ALONE = [
    ("Medication?code=iron&_contained=true", ("MedicationRequest/mixed#iron MedicationRequest/double#m1"
     " MedicationRequest/double#m3")),
    ("Medication?code=zinc&_contained=both", "Medication/zinc MedicationRequest/double#m2"),
    ("Observation?code=w&_contained=true&_sort=date",
     "Observation/weights-a#a Observation/weights-b#a Observation/weights-a#b Observation/weights-c#a"),
    ("Observation?code=w&_contained=both", ("Observation/weights-a#b Observation/weights-b#a"
     " Observation/alone Observation/weights-a#a Observation/weights-c Observation/weights-c#a")),
]  # fmt: skip


@pytest.mark.parametrize(("url", "found"), ALONE)
def test_contained_resources_are_answered_alone(inside: World, url: str, found: str) -> None:
    assert sorted(addresses(inside, f"{url}&_containedType=contained")) == sorted(found.split())


SUBJECTS = [
    ("Observation?subject=Patient/bob&code=hla", "of-bob"),
    ("Observation?subject=bob&code=hla", "of-bob"),
    ("Observation?patient=bob&code=hla", "of-bob"),
    ("Observation?patient.family=birch&code=hla", "of-bob"),
    ("Observation?patient.family=alder&code=hla", "of-ana"),
    ("Observation?subject=Group/g&code=hla", "of-group"),
    ("Observation?subject:Patient.gender=male&code=hla", "of-donor"),
    ("Observation?subject:missing=true&code=hla", "of-someone"),
]


@pytest.mark.parametrize(("url", "found"), SUBJECTS)
def test_only_what_names_no_subject_is_about_the_containers(
    inside: World, url: str, found: str
) -> None:
    answers = addresses(inside, f"{url}&_contained=true&_containedType=contained")
    assert sorted(answers) == sorted(f"Observation/graft#{id}" for id in found.split())


def test_what_is_not_about_the_containers_patient_has_no_patient(inside: World) -> None:
    rows = inside.run(
        sql.SQL("SELECT c.id, c.patient FROM contained c JOIN resource r ON r.rid = c.container"
                " WHERE r.id = 'graft' AND c.patient IS NOT NULL ORDER BY c.id").format()
    )  # fmt: skip
    assert [tuple(row) for row in rows] == [
        ("of-ana", "ana"), ("of-bob", "bob"), ("of-graft", "bob")
    ]  # fmt: skip


def test_an_answer_alone_is_the_contained_resource(inside: World) -> None:
    query = inside.parse("Medication?_id=m2&_contained=true&_containedType=contained")
    (row,) = inside.rows(query)
    _, type, id, version, _, content, patient = row[:7]
    assert (type, id, version, patient) == ("MedicationRequest", "double#m2", 1, "bob")
    assert content == (
        b'{"resourceType":"Medication","id":"m2","code":{"coding":[{"system":"'
        + RX.encode()
        + b'","code":"zinc"}]}}'
    )


ORDERS = [
    "Observation?code=w&_contained=both",
    "Observation?code=w&_contained=true",
    "Observation?code=w&_contained=both&_sort=date",
    "Observation?code=w&_contained=both&_sort=-date,_id",
    "Observation?code=w&_contained=true&_sort=-value-quantity",
    "Observation?_contained=both&_sort=code",
    "Organization?_contained=both&_sort=name",
    "Organization?_contained=both&_sort=-name",
    "Patient?_contained=both&_sort=family",
    "Medication?_contained=both&_sort=-_lastUpdated",
    "?_type=Medication,Patient&_contained=both",
    "MedicationRequest?medication.code=iron",
    "MedicationRequest?medication.code=iron&_sort=patient",
]


@pytest.mark.parametrize("kind", ["container", "contained"])
@pytest.mark.parametrize("url", ORDERS)
@pytest.mark.parametrize("size", [1, 2])
def test_pages_give_the_same_order_as_one_page(
    inside: World, url: str, kind: str, size: int
) -> None:
    whole = f"{url}&_containedType={kind}"
    pages = inside.pages(whole, size)
    assert [id for page in pages for id in page] == [
        row[2] for row in inside.rows(inside.parse(whole))
    ]
    assert all(len(page) == size for page in pages[:-1])
    addresses(inside, whole)


def test_a_container_takes_the_place_of_the_first_of_what_it_contains(inside: World) -> None:
    url = "Observation?code=w&_contained=both"
    assert addresses(inside, url)[:3] == [
        "Observation/weights-a", "Observation/weights-b", "Observation/alone"
    ]  # fmt: skip
    by_date = [one.rpartition("/")[2] for one in addresses(inside, f"{url}&_sort=date")]
    assert by_date == ["weights-c", "weights-a", "alone", "weights-b"]
    by_name = addresses(inside, "Patient?_contained=both&_sort=-family")
    assert by_name == [
        "Observation/of-nobody", "Patient/bob", "Patient/ana", "Observation/graft"
    ]  # fmt: skip


def test_a_cursor_is_bound_to_what_is_answered(inside: World) -> None:
    query = inside.parse("Medication?_contained=true")
    place = compiler.next_cursor(query, inside.rows(query)[0])
    inside.parse(f"Medication?_contained=true&_cursor={place}")
    for other in ("Medication?", "Medication?_contained=both&",
                  "Medication?_contained=true&_containedType=contained&"):  # fmt: skip
        with pytest.raises(Invalid):
            inside.parse(f"{other}_cursor={place}")


CHAINS = [
    ("MedicationRequest?medication.code=iron", "plain mixed double"),
    ("MedicationRequest?medication:Medication.code=zinc", ""),  # m2 is there, not referred to
    ("MedicationRequest?medication.code=iron&status=active&patient=Patient/ana", "plain mixed"),
    ("MedicationRequest?medication.code=iron&patient.family=birch", "double"),
    ("MedicationRequest?medication.manufacturer.name=maker", "double"),
    ("MedicationRequest?medication.manufacturer.name=corner", "mixed"),
    ("MedicationRequest?_filter=medication.code eq iron or status eq stopped", "plain mixed double"),
    ("MedicationDispense?prescription.medication.code=iron", "handed"),
    ("MedicationDispense?prescription.medication.code=zinc", ""),
    ("Observation?subject:Patient.family=cedar", "of-nobody"),
    ("Observation?patient.family=cedar", "of-nobody"),
    ("Observation?has-member:Observation.date=2024-01-04", "weights-a"),
    ("Medication?_has:MedicationRequest:medication:patient.family=alder", "iron"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "ids"), CHAINS)
def test_chains_look_inside(inside: World, url: str, ids: str) -> None:
    assert sorted(inside.find(url)) == sorted(ids.split())


def test_what_is_inside_is_no_resource_of_its_own(inside: World) -> None:
    assert inside.find("Patient?_id=p") == []
    assert inside.find("Observation?patient=Patient/p") == []
    assert inside.find("Patient?_has:Observation:patient:code=x") == []
    assert inside.find("Organization?_has:Medication:manufacturer:code=iron") == []
    assert inside.included("MedicationRequest?_id=mixed&_include=*")[0] == {"Patient/ana"}


def test_the_containers_policy_decides(inside: World) -> None:
    of_ana = parse_where("MedicationRequest", "patient=Patient/ana", inside.registry)
    only_ana = RulePolicy([Rule("MedicationRequest", of_ana)])
    found = addresses(inside, "Medication?code=iron&_contained=both", only_ana)
    assert found == ["MedicationRequest/mixed"]
    assert addresses(inside, "Medication?code=zinc&_contained=true", only_ana) == []
    url = "Medication?_contained=true&_containedType=contained"
    assert addresses(inside, url, only_ana) == ["MedicationRequest/mixed#iron"]
    assert addresses(inside, "MedicationRequest?medication.code=iron", only_ana) == [
        "MedicationRequest/mixed"
    ]
    # Reading medications is no leave to read what contains them.
    medications = RulePolicy([Rule("Medication", Everything()), Rule("Patient", Everything())])
    assert addresses(inside, "Medication?_contained=true", medications) == []
    assert addresses(inside, "Medication?code=iron&_contained=both", medications) == [
        "Medication/iron"
    ]
    assert addresses(inside, "Medication?_contained=true", RulePolicy()) == []


def test_a_policy_is_not_met_by_what_is_inside(inside: World) -> None:
    """Whoever writes a resource chooses what is inside: it must not open it to others."""
    iron = parse_where("MedicationRequest", "medication.code=iron", inside.registry)
    policy = RulePolicy([Rule("MedicationRequest", iron)])
    assert inside.find("MedicationRequest", policy) == ["plain"]
    assert addresses(inside, "Medication?_contained=true", policy) == []
