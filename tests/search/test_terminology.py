"""Value sets and hierarchies, and searches that use them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.fhir.codec import decode
from osler.kit.errors import Invalid, NotSupported
from osler.search.terminology import Codes
from tests.search.cast import observation
from tests.search.world import World

SYSTEM = "http://example.org/animals"


def value_set(url: str, **compose: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "url": url, "status": "active", "compose": compose}


RESOURCES: dict[str, dict[str, Any]] = {
    SYSTEM: {
        "resourceType": "CodeSystem",
        "url": SYSTEM,
        "status": "active",
        "content": "complete",
        "concept": [
            {
                "code": "animal",
                "concept": [
                    {"code": "dog", "concept": [{"code": "poodle"}]},
                    {"code": "cat"},
                    {"code": "chimera", "property": [{"code": "parent", "valueCode": "cat"}]},
                ],
            },
            {"code": "stone"},
        ],
    },
    "vs:all": value_set("vs:all", include=[{"system": SYSTEM}]),
    "vs:dogs": value_set(
        "vs:dogs", include=[{"system": SYSTEM, "filter": [{"property": "concept", "op": "is-a", "value": "dog"}]}]
    ),
    "vs:listed": value_set(
        "vs:listed", include=[{"system": SYSTEM, "concept": [{"code": "cat"}, {"code": "dog"}]}]
    ),
    "vs:both": value_set("vs:both", include=[{"valueSet": ["vs:dogs", "vs:listed"]}]),
    "vs:less": value_set("vs:less", include=[{"valueSet": ["vs:all"]}], exclude=[{"valueSet": ["vs:dogs"]}]),
    "vs:loop": value_set("vs:loop", include=[{"valueSet": ["vs:loop"]}]),
    "vs:odd": value_set(
        "vs:odd", include=[{"system": SYSTEM, "filter": [{"property": "legs", "op": "regex", "value": "4"}]}]
    ),
    "vs:expanded": {
        "resourceType": "ValueSet",
        "status": "active",
        "expansion": {
            "timestamp": "2024-01-01",
            "contains": [{"abstract": True, "contains": [{"system": SYSTEM, "code": "cat"}]}],
        },
    },
}  # fmt: skip


def fetch(url: str) -> Any:
    found = RESOURCES.get(url)
    return None if found is None else decode(json.dumps(found).encode())


CODES = Codes(fetch)


@pytest.mark.parametrize(
    ("url", "codes"),
    [
        ("vs:all", "animal dog poodle cat chimera stone"),
        ("vs:dogs", "dog poodle"),
        ("vs:listed", "cat dog"),
        ("vs:both", "dog"),
        ("vs:less", "animal cat chimera stone"),
        ("vs:expanded", "cat"),
        ("http://hl7.org/fhir/ValueSet/administrative-gender", "male female other unknown"),
    ],
)
def test_value_sets(url: str, codes: str) -> None:
    assert {code for _, code in CODES.value_set(url)} == set(codes.split())


def test_value_sets_that_cannot_be_listed() -> None:
    for url in ("vs:nowhere", "vs:loop"):
        with pytest.raises(Invalid):
            CODES.value_set(url)
    with pytest.raises(NotSupported):
        CODES.value_set("vs:odd")


def test_hierarchies() -> None:
    assert set(CODES.related(SYSTEM, "dog", below=True)) == {"dog", "poodle"}
    assert set(CODES.related(SYSTEM, "poodle", below=False)) == {"poodle", "dog", "animal"}
    assert set(CODES.related(SYSTEM, "chimera", below=False)) == {"chimera", "cat", "animal"}
    assert set(CODES.related(SYSTEM, "nothing", below=True)) == {"nothing"}
    with pytest.raises(Invalid):
        CODES.related("http://unknown.example", "x", below=True)


def test_searches(empty: World) -> None:
    empty.terminology = CODES
    for code in ("animal", "dog", "poodle", "stone"):
        empty.add(observation(code, "p", code, code={"coding": [{"system": SYSTEM, "code": code}]}))
    empty.add(observation("other", "p", "dog"))

    def find(text: str) -> set[str]:
        return set(empty.find(f"Observation?{text}"))

    assert find(f"code:below={SYSTEM}|dog") == {"dog", "poodle"}
    assert find(f"code:above={SYSTEM}|dog") == {"dog", "animal"}
    assert find("code:in=vs:dogs") == {"dog", "poodle"}
    assert find("code:in=vs:dogs,vs:listed") == {"dog", "poodle"}
    assert find("code:not-in=vs:dogs") == {"animal", "stone", "other"}
    assert find(f"_filter=code sb {SYSTEM}|dog and code ni vs:listed") == {"poodle"}
