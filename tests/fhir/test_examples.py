from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.fhir.package import needs_definitions, package

from osler.fhir import codec, r4
from osler.fhir.validate import validate
from osler.kit.errors import Invalid, Issue

_NO_BASE = "SearchParameter.base is required and missing"
INVALID = {
    "ImplementationGuide-fhir.json": "name, status and other required elements are missing",
    "ig-r4.json": "the same guide again",
    "Questionnaire-qs1.json": "items without the required linkId",
    "SearchParameter-questionnaireresponse-extensions-QuestionnaireResponse-item-subject.json": (
        "an id of more than 64 characters"
    ),
    **{
        f"SearchParameter-{owner}-extensions-{name}.json": _NO_BASE
        for owner, type_ in (("codesystem", "CodeSystem"), ("valueset", "ValueSet"))
        for name in (
            f"{type_}-{code}" for code in ("author", "effective", "end", "keyword", "workflow")
        )
    },
}
"""Examples that break the types of the specification they come with."""

BREAKING_RULES = {
    "ActivityDefinition-blood-tubes-supply.json": "narrative without text",
    "ActivityDefinition-heart-valve-replacement.json": "narrative without text",
    "EventDefinition-example.json": "narrative without text",
    "Questionnaire-zika-virus-exposure-assessment.json": "narrative without text",
    "Bundle-10bb101f-a121-4264-a920-67be9cb82c74.json": "fullUrl and id differ",
    "Bundle-3a0707d3-549e-4467-b8b8-5a2ab3800efe.json": "fullUrl and id differ",
    "Bundle-lri-example.json": "fullUrl and id differ",
    "DeviceMetric-example.json": "parent refers to a DeviceDefinition",
    "DeviceUseStatement-example.json": "reasonReference refers to a Procedure",
    "MedicationRequest-medrx0301.json": "dispense performer refers to a Practitioner",
    **{
        f"StructureDefinition-{name}.json": "a pattern that is not abstract and has no base"
        for name in ("Definition", "Event", "FiveWs", "Request")
    },
    "Observation-clinical-gender.json": "performer refers to an Encounter",
}
"""Examples that break an invariant or a reference target of the specification."""


def _examples() -> Iterator[Path]:
    for path in sorted(package().root.glob("*.json")):
        if path.name != "package.json" and not path.name.startswith("."):
            yield path


def test_every_example_survives_the_round_trip() -> None:
    count = 0
    for path in _examples():
        if path.name in INVALID:
            continue
        data = path.read_bytes()
        resource, canonical = codec.decode_canonical(data)
        assert _value(canonical) == _value(data), path.name
        assert codec.encode(resource) == canonical, path.name
        count += 1
    assert count > 5000


@pytest.mark.parametrize("name", sorted(INVALID))
def test_an_example_that_is_invalid_says_why(name: str) -> None:
    data = (package().root / name).read_bytes()
    with pytest.raises(Invalid) as caught:
        codec.decode(data)
    assert all(
        issue.expression and "expected" in issue.diagnostics for issue in caught.value.issues
    )


def test_examples_cover_every_resource_type() -> None:
    seen = {path.name.partition("-")[0] for path in _examples()}
    missing = set(r4.RESOURCES) - seen
    assert len(missing) < 12, sorted(missing)


@pytest.fixture(scope="module")
def findings() -> dict[str, list[Issue]]:
    """What validation says of each example that has the structure of its type."""
    needs_definitions()
    return {
        path.name: validate(codec.decode(path.read_bytes()))
        for path in _examples()
        if path.name not in INVALID and not _is_huge(path)
    }


def test_examples_keep_the_rules(findings: dict[str, list[Issue]]) -> None:
    broken = {
        name: [issue.diagnostics for issue in found if issue.severity == "error"]
        for name, found in findings.items()
        if any(issue.severity == "error" for issue in found)
    }
    assert set(broken) == set(BREAKING_RULES), broken


def test_no_invariant_fails_to_evaluate(findings: dict[str, list[Issue]]) -> None:
    assert [
        i.diagnostics for found in findings.values() for i in found if i.code == "processing"
    ] == []


def _is_huge(path: Path) -> bool:
    return path.stat().st_size > 3_000_000


def _value(data: bytes) -> Any:
    return json.loads(data, parse_float=_Written, parse_int=_Written)


class _Written(Decimal):
    """A number that equals another only with the same digits: 1.50 is not 1.5."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Decimal) and self.as_tuple() == other.as_tuple()

    def __hash__(self) -> int:
        return super().__hash__()
