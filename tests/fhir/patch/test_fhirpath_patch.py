from __future__ import annotations

import json
from typing import Any

import pytest

from osler.fhir import codec, patch
from osler.kit.errors import Invalid, Unprocessable

PATIENT: dict[str, Any] = {
    "resourceType": "Patient",
    "name": [
        {"use": "official", "family": "Osler", "given": ["William", "B"]},
        {"use": "nickname", "given": ["Willie"]},
    ],
    "birthDate": "1849-07-12",
    "deceasedBoolean": True,
}


def _operation(kind: str, path: str, **parts: Any) -> dict[str, Any]:
    listed: list[dict[str, Any]] = [
        {"name": "type", "valueCode": kind},
        {"name": "path", "valueString": path},
    ]
    for name, value in parts.items():
        key = {"name": "valueString"}.get(name, "valueInteger")
        listed.append(
            {"name": name, **value} if isinstance(value, dict) else {"name": name, key: value}
        )
    return {"name": "operation", "part": listed}


def _apply(*operations: dict[str, Any], to: dict[str, Any] | None = None) -> Any:
    parameters = {"resourceType": "Parameters", "parameter": list(operations)}
    content = json.dumps(to or PATIENT).encode()
    changed = patch.apply(json.dumps(parameters).encode(), content)
    codec.decode(changed)
    return json.loads(changed)


def _with(**changes: Any) -> dict[str, Any]:
    return {k: v for k, v in {**PATIENT, **changes}.items() if v is not None}


FIRST, SECOND = PATIENT["name"]
WORKING = [
    (_operation("add", "Patient", name="gender", value={"valueCode": "male"}), {"gender": "male"}),
    (
        _operation("add", "Patient", name="name", value={"valueHumanName": {"text": "x"}}),
        {"name": [FIRST, SECOND, {"text": "x"}]},
    ),
    (
        _operation("add", "Patient.name[1]", name="given", value={"valueString": "Bill"}),
        {"name": [FIRST, {"use": "nickname", "given": ["Willie", "Bill"]}]},
    ),
    (
        _operation(
            "add",
            "Patient",
            name="contact",
            value={
                "part": [
                    {"name": "name", "valueHumanName": {"text": "a"}},
                    {"name": "gender", "valueCode": "female"},
                    {"name": "relationship", "valueCodeableConcept": {"text": "wife"}},
                ]
            },
        ),
        {
            "contact": [
                {"name": {"text": "a"}, "gender": "female", "relationship": [{"text": "wife"}]}
            ]
        },
    ),
    (
        _operation("insert", "Patient.name", index=1, value={"valueHumanName": {"text": "x"}}),
        {"name": [FIRST, {"text": "x"}, SECOND]},
    ),
    (
        _operation("insert", "Patient.name[0].given", index=0, value={"valueString": "Sir"}),
        {"name": [{**FIRST, "given": ["Sir", "William", "B"]}, SECOND]},
    ),
    (_operation("delete", "Patient.birthDate"), {"birthDate": None}),
    (_operation("delete", "Patient.photo"), {}),
    (_operation("delete", "Patient.deceased"), {"deceasedBoolean": None}),
    (_operation("delete", "Patient.name.where(use = 'nickname')"), {"name": [FIRST]}),
    (
        _operation("delete", "Patient.name[0].given[1]"),
        {"name": [{**FIRST, "given": ["William"]}, SECOND]},
    ),
    (
        _operation("replace", "Patient.birthDate", value={"valueDate": "1850"}),
        {"birthDate": "1850"},
    ),
    (
        _operation(
            "replace", "Patient.name.where(use = 'official').family", value={"valueString": "O"}
        ),
        {"name": [{**FIRST, "family": "O"}, SECOND]},
    ),
    (
        _operation("replace", "Patient.deceased", value={"valueDateTime": "1919-12-29"}),
        {"deceasedBoolean": None, "deceasedDateTime": "1919-12-29"},
    ),
    (
        _operation("replace", "Patient.name[1]", value={"valueHumanName": {"text": "x"}}),
        {"name": [FIRST, {"text": "x"}]},
    ),
    (_operation("move", "Patient.name", source=0, destination=1), {"name": [SECOND, FIRST]}),
]


@pytest.mark.parametrize(("operation", "changes"), WORKING)
def test_an_operation_that_works(operation: dict[str, Any], changes: dict[str, Any]) -> None:
    assert _apply(operation) == _with(**changes)


def test_operations_follow_one_another() -> None:
    assert _apply(
        _operation("delete", "Patient.name[0]"),
        _operation("delete", "Patient.name[0]"),
        _operation("add", "Patient", name="active", value={"valueBoolean": True}),
    ) == _with(name=None, active=True)


def test_siblings_of_primitives_move_along() -> None:
    patient = {
        "resourceType": "Patient",
        "name": [{"given": ["a", None, "c"], "_given": [None, {"id": "2"}, {"id": "3"}]}],
    }
    moved = _apply(_operation("move", "Patient.name[0].given", source=2, destination=0), to=patient)
    assert moved["name"] == [
        {"given": ["c", "a", None], "_given": [{"id": "3"}, None, {"id": "2"}]}
    ]


FAILING = [
    (
        _operation("add", "Patient", name="birthDate", value={"valueDate": "1850"}),
        "does not repeat",
    ),
    (_operation("add", "Patient", name="zz", value={"valueString": "a"}), "no element zz"),
    (
        _operation("add", "Patient.name", name="family", value={"valueString": "a"}),
        "answers 2 values",
    ),
    (
        _operation("add", "Patient", name="name", value={"valueString": "a"}),
        "found a string, expected HumanName",
    ),
    (_operation("replace", "Patient.gender", value={"valueCode": "male"}), "found nothing"),
    (
        _operation("replace", "Patient.name", value={"valueHumanName": {"text": "x"}}),
        "answers 2 values",
    ),
    (_operation("delete", "Patient.name"), "answers 2 values"),
    (
        _operation("insert", "Patient.name", index=9, value={"valueHumanName": {"text": "x"}}),
        "found index 9",
    ),
    (
        _operation("insert", "Patient.birthDate", index=0, value={"valueDate": "1850"}),
        "does not repeat",
    ),
    (_operation("move", "Patient.name", source=0, destination=2), "found index 2"),
    (_operation("delete", "Patient"), "cannot be changed"),
]


@pytest.mark.parametrize(("operation", "words"), FAILING)
def test_an_operation_that_cannot_be_done(operation: dict[str, Any], words: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        _apply(operation)
    assert words in str(caught.value)
    assert caught.value.issues[0].expression == "Parameters.parameter[0]"


MALFORMED = [
    ({"name": "operation"}, "no part type"),
    ({"name": "other"}, "expected operation"),
    (_operation("spam", "Patient"), "expected one of"),
    (_operation("add", "Patient", name="gender"), "no part value"),
    (_operation("add", "Patient", value={"valueCode": "male"}), "no part name"),
    (_operation("insert", "Patient.name", value={"valueCode": "male"}), "no part index"),
    (_operation("delete", "Patient.name("), "Parameters.parameter[0]"),
]


@pytest.mark.parametrize(("operation", "words"), MALFORMED)
def test_a_malformed_patch(operation: dict[str, Any], words: str) -> None:
    with pytest.raises(Invalid) as caught:
        _apply(operation)
    assert not isinstance(caught.value, Unprocessable)
    assert words in str(caught.value)
