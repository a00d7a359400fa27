"""Every reference to a resource of ours is known, also where no search parameter covers it."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from osler.fhir import reference
from osler.fhir.codec import decode
from osler.search.extract import extract
from osler.search.reference import target
from osler.search.registry import Registry
from osler.search.uncovered import UNCOVERED
from osler.store import lookup
from tests.samples import synthea
from tests.search.cast import RESOURCES, observation
from tests.search.world import BASE, World

REGISTRY = Registry.builtin()


def note(who: str) -> dict[str, Any]:
    return {"note": [{"authorReference": {"reference": who}, "text": "x"}]}


def extension(who: str) -> dict[str, Any]:
    return {"url": "http://x/who", "valueReference": {"reference": who}}


def uncovered(resource: dict[str, Any]) -> list[tuple[str, str]]:
    found = extract(decode(json.dumps(resource).encode()), REGISTRY, BASE)
    return sorted(row[1:] for row in found.references if row[0] == UNCOVERED)


CASES: list[tuple[dict[str, Any], list[str]]] = [
    (observation("o", "p", "x"), []),
    (observation("o", "p", "x", encounter={"reference": "Encounter/e"}), []),
    (observation("o", "p", "x", **note("Practitioner/a")), ["Practitioner/a"]),
    (observation("o", "p", "x", **note(f"{BASE}/Practitioner/a")), ["Practitioner/a"]),
    (observation("o", "p", "x", **note("Practitioner/a/_history/2")), ["Practitioner/a"]),
    (observation("o", "p", "x", **note("http://elsewhere.example/fhir/Practitioner/a")), []),
    (observation("o", "p", "x", **note("#a")), []),
    (observation("o", "p", "x", **note('http://x/"\\Practitioner/a')), []),
    (observation("o", "p", "x", **note("Patient/p")), []),
    (observation("o", "p", "x", **note("Patient/q")), ["Patient/q"]),
    (
        observation("o", "p", "x", performer=[{"reference": "Practitioner/a"}], **note("Practitioner/a")),
        [],
    ),
    (
        observation("o", "p", "x", performer=[{"reference": "Practitioner/a"}], **note("Practitioner/b")),
        ["Practitioner/b"],
    ),
    (observation("o", "p", "x", extension=[extension("Device/d")]), ["Device/d"]),
    (
        observation("o", "p", "x", valueQuantity={"value": 1, "extension": [extension("Device/d")]}),
        ["Device/d"],
    ),
    (observation("o", "p", "x", valueString='"reference":"Device/d"'), []),
    (observation("o", "p", "x", _status={"extension": [extension("Device/d")]}), ["Device/d"]),
    (
        observation("o", "p", "x", identifier=[{"value": "1", "assigner": {"reference": "Organization/a"}}]),
        ["Organization/a"],
    ),
    (
        observation(
            "o", "p", "x", hasMember=[{"reference": "#m"}],
            contained=[observation("m", "q", "y", encounter={"reference": "Encounter/e"})],
        ),
        ["Encounter/e", "Patient/q"],
    ),
    # Canonicals that look like references do not make up for a reference that is not covered.
    (
        {
            "resourceType": "QuestionnaireResponse", "id": "r", "status": "completed",
            "questionnaire": "Questionnaire/1", "subject": {"reference": "Patient/p"},
            "item": [{"linkId": "1", "answer": [{"valueReference": {"reference": "Device/d"}}]}],
        },
        ["Device/d"],
    ),
    (
        {
            "resourceType": "Patient", "id": "p", "extension": [extension("Patient/q")],
            "link": [{"other": {"reference": "Patient/p"}, "type": "seealso"}],
        },
        ["Patient/q"],
    ),
    ({"resourceType": "Patient", "id": "p", "extension": [extension("Device/d")]}, ["Device/d"]),
    (
        {"resourceType": "Binary", "id": "b", "contentType": "text/plain",
         "securityContext": {"reference": "Patient/p"}},
        ["Patient/p"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("resource", "wanted"), CASES)
def test_a_row_for_each_target_without_one(resource: dict[str, Any], wanted: list[str]) -> None:
    assert [f"{type}/{id}" for type, id in uncovered(resource)] == wanted


def _covers_all(resource: Any) -> None:
    """Against a walk through all elements: each target has a row or the column, none twice."""
    found = extract(resource, REGISTRY, BASE)
    texts = [ref.reference for _, ref in reference.references(resource) if ref.reference]
    wanted = {pair for text in texts if (pair := target(text, BASE))[0]}
    rows = [row[1:] for row in found.references if row[1] and row[0] != UNCOVERED]
    others = [row[1:] for row in found.references if row[0] == UNCOVERED]
    covered = {*rows, ("Patient", found.patient)}
    assert wanted <= {*covered, *others}
    assert len(others) == len(set(others)) and not covered & set(others)


def test_the_cast_is_covered() -> None:
    for resource in RESOURCES:
        _covers_all(decode(json.dumps(resource).encode()))


def test_a_synthetic_record_is_covered() -> None:
    path = synthea()[0]
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        bundle = json.load(file)
    for entry in bundle["entry"]:
        text = json.dumps(entry["resource"]).replace("urn:uuid:", "Encounter/")
        _covers_all(decode(text.encode()))


@pytest.fixture(scope="module")
def ward(empty: World) -> World:
    empty.add(
        {"resourceType": "Practitioner", "id": "author", "name": [{"family": "Author"}]},
        {"resourceType": "Patient", "id": "p"},
        {"resourceType": "Patient", "id": "q"},
        observation("noted", "p", "x", **note("Practitioner/author")),
        observation("around", "p", "x", contained=[observation("m", "q", "y")]),
    )
    return empty


def test_what_refers_to_a_resource_is_known(ward: World) -> None:
    with ward.database.connection() as conn:
        by_note = lookup.referrers(conn, "Practitioner", "author", at_most=5)
        inside = lookup.referrers(conn, "Patient", "q", at_most=5)
        column = lookup.referrers(conn, "Patient", "p", at_most=5)
    assert by_note == [("Observation", "noted")]
    assert inside == [("Observation", "around")]
    assert sorted(column) == [("Observation", "around"), ("Observation", "noted")]


SEARCHES = [
    ("Practitioner?_has:Observation:performer:code=x", ""),
    ("Observation?performer=author", ""),
    ("Observation?performer.name=author", ""),
    ("Observation?performer:missing=false", ""),
    ("Patient?_has:Observation:patient:code=x", "p"),
    ("Patient?_has:Observation:subject:code=x", "p"),
    ("Observation?subject=Patient/q", ""),
    ("Observation?patient=q", ""),
]


@pytest.mark.parametrize(("url", "ids"), SEARCHES)
def test_no_search_reads_such_rows(ward: World, url: str, ids: str) -> None:
    assert sorted(ward.find(url)) == sorted(ids.split())


INCLUDES = [
    ("Observation?_id=noted&_include=*", "Patient/p"),
    ("Observation?_id=noted&_include=Observation:*", "Patient/p"),
    ("Observation?_id=around&_include=*&_include:iterate=*", "Patient/p"),
    ("Practitioner?_id=author&_revinclude=*", ""),
    ("Practitioner?_id=author&_revinclude=Observation:*", ""),
    ("Patient?_id=q&_revinclude=Observation:*", ""),
]


@pytest.mark.parametrize(("url", "found"), INCLUDES)
def test_nothing_is_included_by_such_rows(ward: World, url: str, found: str) -> None:
    assert ward.included(url)[0] == set(found.split())
