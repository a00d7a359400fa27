"""A quantity with a comparator is a range that is open to one side."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from osler.fhir.codec import decode
from osler.search.extract import extract
from osler.search.registry import Registry
from tests.search.cast import LOINC, UCUM, concept, observation, quantity
from tests.search.world import World


def troponin(id: str, comparator: str | None, value: float, **more: Any) -> dict[str, Any]:
    found = {**quantity(value, "ng/L"), **({"comparator": comparator} if comparator else {})}
    return observation(id, "p", "tn", valueQuantity=found, **more)


CAST = [
    troponin("under", "<", 5),
    troponin("most", "<=", 5),
    troponin("five", None, 5),
    troponin("least", ">=", 500),
    troponin("over", ">", 500),
    observation("text", "p", "tn", valueString="5"),
    observation(
        "panel",
        "p",
        "x",
        component=[
            {"code": concept(LOINC, "c"), "valueQuantity": {"value": 7, "comparator": ">"}},
            {"code": concept(LOINC, "d"), "valueQuantity": {"value": 1}},
        ],
    ),
    {
        "resourceType": "Encounter",
        "id": "long",
        "status": "finished",
        "class": {"code": "IMP"},
        "length": {"value": 2, "comparator": ">", "system": UCUM, "code": "h"},
    },
]  # fmt: skip


@pytest.fixture(scope="module")
def laboratory(empty: World) -> World:
    empty.add(*CAST)
    return empty


CASES = [
    ("lt5", "under most"),
    ("le5", "under most five"),
    ("lt2", "under most"),
    ("5", "five"),
    ("eq5", "five"),
    ("eq4", ""),
    ("gt3", "under most five least over"),
    ("gt5", "least over"),
    ("ge5", "most five least over"),
    ("gt500", "least over"),
    ("ge500", "least over"),
    ("gt9000", "least over"),
    ("500", ""),
    ("le500", "under most five least"),
    ("sa5", "least over"),
    ("sa499", "least over"),
    ("sa500", "over"),
    ("eb6", "under most five"),
    ("eb5", "under"),
    ("eb3", ""),
    ("ap5", "under most five"),
    ("ap3", "under most"),
    ("ap1000", "least over"),
    ("ap100", ""),
    ("ne5", "under most least over"),
    ("lt5,gt500", "under most least over"),
]
SPELLINGS = (
    "value-quantity={}",
    f"value-quantity={{}}|{UCUM}|ng/L",
    "value-quantity={}||ng/L",
    f"code-value-quantity=tn${{}}|{UCUM}|ng/L",
    "combo-code-value-quantity=tn${}",
)


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize(("asked", "ids"), CASES)
def test_comparators(laboratory: World, asked: str, ids: str, spelling: str) -> None:
    values = ",".join(spelling.partition("=")[2].format(one) for one in asked.split(","))
    found = laboratory.find(f"Observation?{spelling.partition('=')[0]}={values}&code=tn")
    assert sorted(found) == sorted(ids.split())


OTHERS = [
    (f"Observation?value-quantity=le0.005|{UCUM}|ug/L", "under most five"),
    ("Observation?code=tn&value-quantity:missing=true", "text"),
    ("Observation?component-code-value-quantity=c$gt100", "panel"),
    ("Observation?component-code-value-quantity=d$gt100", ""),
    ("Observation?component-code-value-quantity=c$lt7", ""),
    ("Observation?component-value-quantity:missing=false", "panel"),
    (f"Encounter?length=gt3|{UCUM}|h", "long"),
    (f"Encounter?length=2|{UCUM}|h", ""),
    (f"Encounter?length=lt120|{UCUM}|min", ""),
    ("Encounter?length:missing=true", ""),
]


@pytest.mark.parametrize(("url", "ids"), OTHERS)
def test_other_parameters(laboratory: World, url: str, ids: str) -> None:
    assert sorted(laboratory.find(url)) == sorted(ids.split())


def test_the_order_is_that_of_the_number(laboratory: World) -> None:
    ordered = ["under", "five", "most", "least", "over", "text"]
    found = laboratory.find("Observation?code=tn&_sort=value-quantity")
    assert [id for id in found if id != "most"] == [id for id in ordered if id != "most"]
    pages = laboratory.pages("Observation?code=tn&_sort=-value-quantity", 2)
    assert [id for page in pages for id in page] == laboratory.find(
        "Observation?code=tn&_sort=-value-quantity"
    )
    assert pages[0] == ["over", "least"]


def test_a_plain_quantity_still_has_one_row() -> None:
    def rows(one: dict[str, Any]) -> list[Any]:
        return extract(decode(json.dumps(one).encode()), Registry.builtin()).quantities

    assert len(rows(CAST[2])) == 1
    (low, high) = rows(CAST[0])
    assert low[2] == Decimal("-Infinity") and high[2] < 5 and 5 - high[2] < Decimal("1e-30")
