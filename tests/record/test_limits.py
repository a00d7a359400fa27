"""Contents and questions at the edge of what can be indexed or understood."""

from __future__ import annotations

import base64
import json
import random
from typing import Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode, encode
from osler.kit.errors import Invalid, NotFound, Unprocessable
from osler.record import Checks, Create, Delete, Record, Update
from osler.search.parse import parse
from tests.record.cast import STRANGER, made, observation, patient

LOOSE = Checks(validate=False, references=False, why_off="test")


def noise(length: int, first: str, last: str) -> str:
    """Text that does not compress."""
    source = random.Random(length)
    return "".join(chr(source.randint(ord(first), ord(last))) for _ in range(length))


@pytest.mark.parametrize(
    "more",
    [
        {"code": {"coding": [{"system": "urn:x", "code": noise(9_000, "a", "z")}]}},
        {"code": {"coding": [{"system": noise(9_000, "a", "z"), "code": "c"}]}},
        {"performer": [{"reference": "http://x/" + noise(3_000, "一", "龥")}]},
        {"meta": {"profile": ["http://x/" + noise(3_000, "一", "龥")]}},
        {"code": {"text": noise(3_000, "🌀", "🗿")}},
    ],
    ids=["code", "system", "reference", "profile", "text"],
)
def test_very_long_values_are_stored_and_found_by_the_rest(
    record: Record, more: dict[str, Any]
) -> None:
    record.commit(LOCAL, [Create(observation("ana", **more))], checks=LOOSE)
    query = parse("Observation", [("patient", "ana")], record.registry)
    assert len(record.search(LOCAL, query).matches) == 1


@pytest.mark.parametrize("criteria", ["_sort=_id", "_count=1", "_total=none&_summary=text"])
def test_a_condition_must_say_what_is_meant(record: Record, criteria: str) -> None:
    record.commit(LOCAL, [Create(made(resourceType="Basic", code={"text": "x"}))], checks=LOOSE)
    with pytest.raises(Invalid, match="says nothing"):
        record.commit(LOCAL, [Delete("Basic", where=criteria)], checks=LOOSE)


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_made_up_page_link_is_refused(record: Record, number: str) -> None:
    place = f'["2024-01-01T00:00:00+00:00", {number}, 1]'
    cursor = base64.urlsafe_b64encode(place.encode()).decode()
    with pytest.raises(Invalid, match="page link"):
        record.history(LOCAL, cursor=cursor)


@pytest.mark.parametrize(
    ("type", "name", "value"),
    [
        ("Location", "near", "sNaN|1"),
        ("Patient", "_filter", f"name co {json.dumps('a' + chr(0xD800))}"),
        ("Patient", "_filter", f"name co {json.dumps('a' + chr(0))}"),
    ],
)
def test_values_that_no_database_can_hold_are_refused(
    record: Record, type: str, name: str, value: str
) -> None:
    with pytest.raises(Invalid):
        record.search(LOCAL, parse(type, [(name, value)], record.registry))


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost/fhir/Patient/ana",
        "https://LOCALHOST/fhir/Patient/ana",
        "http://127.0.0.1/fhir/Patient/ana",
        "Patient/ana/_history/1",
        "Patient/ana#x",
    ],
)
def test_what_passes_as_a_patient_of_ours_is_found_as_one(record: Record, text: str) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])
    weight = made(**json.loads(encode(observation("ana"))) | {"subject": {"reference": text}})
    record.commit(LOCAL, [Create(weight)])
    assert len(record.find(LOCAL, "Observation", "patient=ana")) == 1
    gone = text.replace("ana", "nobody")
    weight = made(**json.loads(encode(observation("ana"))) | {"subject": {"reference": gone}})
    with pytest.raises(Unprocessable, match="Patient/nobody"):
        record.commit(LOCAL, [Create(weight)])


@pytest.mark.parametrize("text", ["patient/ana", "/Patient/ana", " Patient/ana", "Patient/a_b"])
def test_a_text_that_leads_nowhere_is_no_reference(record: Record, text: str) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])
    weight = made(**json.loads(encode(observation("ana"))) | {"subject": {"reference": text}})
    with pytest.raises(Unprocessable, match="no reference"):
        record.commit(LOCAL, [Create(weight)])


def test_an_impossible_place_does_not_break_the_search_of_others(record: Record) -> None:
    far = b'{"resourceType":"Location","position":{"longitude":1e999,"latitude":-1e999}}'
    near = made(resourceType="Location", id="near", position={"longitude": 1, "latitude": 1})
    record.commit(LOCAL, [Create(decode(far)), Update(near)], checks=LOOSE)
    assert record.find(LOCAL, "Location", "near=1|1") == ["near"]


def test_a_refused_history_leaves_its_audit_row(record: Record) -> None:
    record.commit(LOCAL, [Update(patient("ana"))])
    with pytest.raises(NotFound):
        record.history(STRANGER, "Patient", "ana")
    with record.database.connection() as conn:
        rows = conn.execute("SELECT id, hits FROM audit WHERE action = 'history'").fetchall()
    assert rows == [("ana", 0)]
