"""Ids and links: urn:uuid, absolute addresses, conditions, narrative."""

from __future__ import annotations

import json
from typing import Any

import pytest

from osler.exchange.bulk.items import Broken, Item
from osler.exchange.bulk.links import Claim, Links
from osler.kit.errors import MultipleMatches

ONE = "0a616e8d-e5d1-463e-af36-c2a4d4803be5"
TWO = "1b616e8d-e5d1-463e-af36-c2a4d4803be5"


def _nobody(kind: str, query: str) -> str | None:
    return None


def _item(place: int, resource: dict[str, Any], **more: Any) -> Item:
    content = json.dumps(resource, ensure_ascii=False).encode()
    return Item(place, content, resource["resourceType"], resource.get("id"), **more)


def _post(place: int, key: str, resource: dict[str, Any], **more: Any) -> Item:
    return _item(place, resource, full_url=f"urn:uuid:{key}", method="POST", **more)


def _settled(items: list[Item], lookup: Any = _nobody) -> list[dict[str, Any]]:
    links = Links(0, lookup, {})
    for item in items:
        links.note(item)
    for item in items:
        links.answer(item)
    found = []
    for item in items:
        settled = links.settle(item)
        assert isinstance(settled, Item), settled
        found.append(json.loads(settled.content) | {"id": settled.id})
    return found


def test_the_uuid_of_a_post_is_its_id_and_links_follow() -> None:
    patient = _post(1, ONE, {"resourceType": "Patient", "id": "ignored"})
    visit = _post(
        2, TWO, {"resourceType": "Encounter", "subject": {"reference": f"urn:uuid:{ONE}"}}
    )
    first, second = _settled([visit, patient])
    assert first == {
        "resourceType": "Encounter",
        "subject": {"reference": f"Patient/{ONE}"},
        "id": TWO,
    }
    assert second["id"] == ONE


def test_a_collection_keeps_ids_and_its_full_urls_still_lead_there() -> None:
    patient = _item(1, {"resourceType": "Patient", "id": "p1"}, full_url=f"urn:uuid:{ONE}")
    other = _item(
        2, {"resourceType": "Patient", "id": "p2"}, full_url="https://a.example/fhir/Patient/p2"
    )
    links = {
        "resourceType": "Basic",
        "id": "b",
        "subject": {"reference": f"urn:uuid:{ONE}"},
        "author": {"reference": "https://a.example/fhir/Patient/p2"},
    }
    found = _settled([patient, other, _item(3, links)])[2]
    assert found["subject"] == {"reference": "Patient/p1"}
    assert found["author"] == {"reference": "Patient/p2"}


def test_only_links_are_rewritten() -> None:
    text = f'see "reference": "urn:uuid:{ONE}" for more'
    resource = {
        "resourceType": "Patient",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{ONE}"}],
        "text": {"status": "generated", "div": f'<div><a href="urn:uuid:{ONE}">x</a> {text}</div>'},
        "photo": [{"url": f"urn:uuid:{ONE}"}],
        "extension": [{"url": "urn:oid:1.2.3", "valueString": text}],
    }
    found = _settled([_post(1, ONE, resource)])[0]
    assert found["identifier"] == resource["identifier"]
    assert found["extension"] == resource["extension"]
    assert found["photo"] == [{"url": f"Patient/{ONE}"}]
    assert f'<a href="Patient/{ONE}">' in found["text"]["div"]
    assert text in found["text"]["div"]


def test_a_link_that_leads_nowhere_is_kept_and_counted() -> None:
    links = Links(0, _nobody, {})
    item = _item(
        1, {"resourceType": "Basic", "id": "b", "subject": {"reference": f"urn:uuid:{TWO}"}}
    )
    links.note(item)
    settled = links.settle(item)
    assert isinstance(settled, Item)
    assert settled.content == item.content
    assert links.dangling == 1


def _practitioner(place: int, key: str, number: str, **more: Any) -> Item:
    identifier = [{"system": "http://hl7.org/fhir/sid/us-npi", "value": number}]
    return _post(place, key, {"resourceType": "Practitioner", "identifier": identifier}, **more)


def _visit(place: int, query: str) -> Item:
    who = {"individual": {"reference": f"Practitioner?{query}"}}
    return _item(place, {"resourceType": "Encounter", "id": "e", "participant": [who]})


NPI = "identifier=http://hl7.org/fhir/sid/us-npi|99"


@pytest.mark.parametrize("query", [NPI, "identifier=99", NPI.replace("|", "%7C")])
def test_a_condition_is_answered_within_the_input(query: str) -> None:
    found = _settled([_visit(1, query), _practitioner(2, ONE, "99"), _practitioner(3, TWO, "98")])
    assert found[0]["participant"] == [{"individual": {"reference": f"Practitioner/{ONE}"}}]


def test_a_condition_is_answered_by_the_record() -> None:
    def lookup(kind: str, query: str) -> str | None:
        return "known" if (kind, query) == ("Practitioner", NPI) else None

    found = _settled([_visit(1, NPI)], lookup)
    assert found[0]["participant"] == [{"individual": {"reference": "Practitioner/known"}}]


def test_a_condition_nobody_answers_refuses_the_record() -> None:
    links = Links(0, _nobody, {})
    links.note(_visit(1, NPI))
    assert links.conditional
    assert links.unanswered() == [f"Practitioner?{NPI}"]
    settled = links.settle(_visit(1, NPI))
    assert isinstance(settled, Broken)
    assert "No Practitioner satisfies" in settled.reason


def test_a_condition_with_two_answers_refuses_the_record() -> None:
    def two(kind: str, query: str) -> str | None:
        raise MultipleMatches("More than one")

    settled = Links(0, two, {}).settle(_visit(1, NPI))
    assert isinstance(settled, Broken)
    assert "More than one" in settled.reason


def test_conditional_creates_of_the_same_thing_make_one() -> None:
    claims: dict[str, Claim] = {}
    first = _practitioner(1, ONE, "99", if_none_exist=NPI)
    again = _practitioner(2, TWO, "99", if_none_exist=NPI)
    refers = _item(
        3, {"resourceType": "Basic", "id": "b", "author": {"reference": f"urn:uuid:{TWO}"}}
    )
    links = Links(0, _nobody, claims)
    for item in (first, again, refers):
        links.note(item)
    kept = links.settle(first)
    assert isinstance(kept, Item)
    assert kept.id == ONE
    assert links.settle(again) is None
    link = links.settle(refers)
    assert isinstance(link, Item)
    assert f"Practitioner/{ONE}".encode() in link.content

    other_file = Links(1, _nobody, claims)
    other_file.note(again)
    assert other_file.settle(again) is None


def test_a_conditional_create_of_what_is_there_makes_none() -> None:
    links = Links(0, lambda _kind, _query: "known", {})
    item = _practitioner(1, ONE, "99", if_none_exist=NPI)
    links.note(item)
    assert links.settle(item) is None


def test_a_record_without_id_gets_the_same_one_every_time() -> None:
    made = {
        _settled([_item(1, {"resourceType": "Basic", "language": "en"})])[0]["id"] for _ in range(2)
    }
    other = _settled([_item(1, {"resourceType": "Basic", "language": "fr"})])[0]["id"]
    assert len(made) == 1
    assert other not in made
