"""What is written for a resource: each value once, and nothing for what is absent."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from osler.fhir.codec import decode
from osler.fhir.definitions import SearchParameterDef
from osler.fhir.r4 import RESOURCES
from osler.search.extract import extract
from osler.search.hashing import CODE, CODING, PRESENT, SYSTEM, TEXT, key, param_id
from osler.search.paths import alternatives, resolve
from osler.search.reference import COMPARTMENT
from osler.search.registry import Registry
from osler.search.rows import IndexRows
from osler.search.uncovered import UNCOVERED
from tests.search import cast
from tests.search.world import BASE, World

REGISTRY = Registry.builtin()


def rows_of(resource: dict[str, Any], registry: Registry = REGISTRY) -> IndexRows:
    return extract(decode(json.dumps(resource).encode()), registry, BASE)


def test_an_observation_writes_each_value_once() -> None:
    found = rows_of(
        {
            "resourceType": "Observation",
            "id": "o",
            "status": "final",
            "code": cast.concept(cast.LOINC, "8302-2", "Body Height", text="Body Height"),
            "subject": {"reference": "Patient/p"},
            "encounter": {"reference": "Encounter/e"},
            "effectiveDateTime": "2024-05-06T10:00:00-04:00",
            "valueQuantity": cast.quantity(171.5, "cm"),
        }
    )
    code = "Observation.code"
    assert set(found.keys) == {
        key(CODING, code, cast.LOINC, "8302-2"),
        key(CODE, code, "8302-2"),
        key(SYSTEM, code, cast.LOINC),
        key(PRESENT, code),
        key(TEXT, code, "body height"),
        key(CODE, "Observation.status", "final"),
        key(PRESENT, "Observation.status"),
    }
    assert found.patient == "p"
    assert (found.date_low, found.date_high) == (
        "2024-05-06 14:00:00+00:00",
        "2024-05-06 14:00:01+00:00",
    )
    assert found.references == [(param_id("Observation.encounter"), "Encounter", "e")]
    (quantity,) = found.quantities
    assert quantity[0] == param_id("Observation.code-value-quantity")
    assert quantity[1] == key(CODING, "Observation.code-value-quantity", cast.LOINC, "8302-2")
    assert (quantity[2], quantity[5]) == (Decimal("171.5"), Decimal("1.715"))
    assert not (found.strings or found.dates or found.numbers)
    assert len(set(found.texts)) == len(found.texts)


def test_a_value_without_a_code_is_still_written_for_the_plain_parameter() -> None:
    bare = cast.observation(
        "o", "p", "x", code={"text": "height"}, valueQuantity=cast.quantity(1, "m")
    )
    (quantity,) = rows_of(bare).quantities
    assert quantity[1] == 0


def test_compartments_name_the_other_patients() -> None:
    found = rows_of(
        cast.observation(
            "o", "p", "x", performer=[{"reference": "Patient/p"}, {"reference": "Patient/q"}]
        )
    )
    assert found.patient == "p"
    assert [row for row in found.references if row[0] == COMPARTMENT] == [
        (COMPARTMENT, "Patient", "q")
    ]
    group = cast.observation("o", None, "x", subject={"reference": "Group/g"})
    assert rows_of(group).patient is None
    # Who measured is not who was measured, also where that is nobody of ours.
    for subject in (
        {"reference": "Group/g"},
        {"reference": "http://x/Patient/1"},
        {"display": "?"},
    ):
        by_q = rows_of(
            cast.observation(
                "o", None, "x", subject=subject, performer=[{"reference": "Patient/q"}]
            )
        )
        assert by_q.patient is None
        assert (COMPARTMENT, "Patient", "q") in by_q.references
    patient = {
        "resourceType": "Patient",
        "id": "a",
        "link": [{"other": {"reference": "Patient/b"}, "type": "seealso"}],
    }
    assert rows_of(patient).patient == "a"


def test_references_of_every_form() -> None:
    def targets(text: str) -> tuple[str, str]:
        found = rows_of(cast.observation("o", None, "x", encounter={"reference": text}))
        ((_, type, id),) = found.references
        return type, id

    assert targets("Encounter/1") == ("Encounter", "1")
    assert targets("Encounter/1/_history/4") == ("Encounter", "1")
    assert targets(f"{BASE}/Encounter/1") == ("Encounter", "1")
    assert targets("https://other.example/fhir/Encounter/1") == (
        "",
        "https://other.example/fhir/Encounter/1",
    )
    assert targets("urn:uuid:0c6e1e02") == ("", "urn:uuid:0c6e1e02")
    assert targets("#contained") == ("", "#contained")


def test_long_texts_and_urls_fit_the_indexes(empty: World) -> None:
    long = "ß" * 100_000
    empty.add(
        {
            "resourceType": "Organization",
            "id": "long",
            "name": long,
            "partOf": {"reference": "http://x/" + long},
        },
        {"resourceType": "ValueSet", "id": "long", "status": "active", "url": "http://x/" + long},
        cast.observation("long", "p", "x", code={"text": long}, valueString=long),
    )
    assert empty.find("Organization?name=ssss") == ["long"]
    assert empty.find("Observation?code:text=ssss") == ["long"]
    assert empty.find(f"ValueSet?url=http://x/{long}") == ["long"]


def test_every_parameter_of_every_type_has_a_plan() -> None:
    for type in RESOURCES:
        for param in REGISTRY.for_type(type).values():
            if param.expression and param.kind != "composite" and param.url.find("Bundle-") < 0:
                if param.code == "deceased":
                    continue
                assert resolve(type, param.expression), param
    assert alternatives("a.where(b='|') | (c | d) | e") == ["a.where(b='|')", "(c | d)", "e"]


def test_parameter_numbers_do_not_collide() -> None:
    numbers: dict[int, str] = {}
    for type in RESOURCES:
        for param in REGISTRY.for_type(type).values():
            assert numbers.setdefault(param.id, param.name) == param.name
            ends = param.ends if param.kind in {"quantity", "composite"} else ()
            for at, end in enumerate(ends):
                assert numbers.setdefault(end, f"{param.name} end {at}") == f"{param.name} end {at}"
    assert not {COMPARTMENT, UNCOVERED} & set(numbers)
    assert COMPARTMENT != UNCOVERED


def test_dates_in_columns_are_single_valued() -> None:
    for type in RESOURCES:
        for param in REGISTRY.for_type(type).values():
            if param.storage.name == "DATE":
                leaves = resolve(type, param.expression)
                assert leaves
                assert not any(leaf.many for leaf in leaves), param


def _custom(code: str, kind: str, expression: str, *bases: str) -> SearchParameterDef:
    url = f"http://example.org/{code}"
    return SearchParameterDef(
        code=code, url=url, base=bases, type=kind, expression=expression, target=(), components=()
    )


def test_custom_parameters(empty: World) -> None:
    registry = REGISTRY.with_custom(
        [
            _custom("nick", "string", "Patient.name.where(use = 'nickname').given", "Patient"),
            _custom(
                "race",
                "token",
                "Patient.extension.where(url = 'http://x/race').value.ofType(Coding)",
                "Patient",
            ),
            _custom(
                "age-note",
                "token",
                "Patient.name.exists() and Patient.birthDate.exists()",
                "Patient",
            ),
            _custom("broken", "token", "Patient.name.given.single()", "Patient"),
            _custom("garbled", "token", "Patient.name.(", "Patient"),
            _custom("admitted", "date", "Encounter.period.start", "Encounter"),
        ]
    )
    world = World(empty.database, registry)
    world.add(
        {
            "resourceType": "Patient",
            "id": "bob",
            "birthDate": "1999-09-09",
            "name": [{"use": "nickname", "given": ["Bobby"]}, {"given": ["Robert"]}],
            "extension": [{"url": "http://x/race", "valueCoding": {"system": "s:r", "code": "h"}}],
        },
        {
            "resourceType": "Encounter",
            "id": "stay",
            "status": "finished",
            "class": {"code": "IMP"},
            "period": {"start": "2020-01-01", "end": "2020-02-01"},
        },
    )
    assert world.find("Patient?nick=bob") == ["bob"]
    assert world.find("Patient?nick=robert") == []
    assert world.find("Patient?broken:missing=true&garbled:missing=true") == ["bob"]
    assert world.find("Patient?race=s:r|h&age-note=true") == ["bob"]
    assert world.find("Encounter?admitted=2020-01-01") == ["stay"]
    assert world.find("Encounter?admitted=2020-01-15") == []
    assert REGISTRY.get("Patient", "nick") is None
    assert registry.with_custom([]).get("Patient", "nick") is None
