"""Takes out of the definitions package what Osler needs at run time."""

from __future__ import annotations

import json
from collections.abc import Iterator

from osler.fhir.definitions import (
    BindingDef,
    CodeSystemDef,
    ConceptDef,
    InvariantDef,
    SearchParameterDef,
    TargetDef,
)
from osler.fhir.definitions.expansion import concepts, expand
from osler.fhir.definitions.package import CORE, Json, Package

COMPARTMENTS = ("patient", "encounter", "practitioner", "relatedPerson", "device")
LITERAL_LIMIT = 60
"""Required value sets up to this many codes are Literals in the types; larger ones become bindings."""


def sections(package: Package) -> dict[str, object]:
    """Section name -> value to be packed."""
    found: dict[str, object] = {
        "search_parameters": list(search_parameters(package)),
        "invariants": list(invariants(package)),
        "bindings": list(bindings(package)),
        "targets": list(targets(package)),
        "summary": summaries(package),
    }
    for name in COMPARTMENTS:
        code, members = _compartment(package, name)
        found[f"compartment/{code}"] = members
    for url in sorted(package.value_sets):
        codes = expand(package, url)
        if codes is not None:
            found[f"value_set/{url}"] = codes
    for url, system in sorted(package.code_systems.items()):
        if system.get("content") == "complete":
            found[f"code_system/{url}"] = _code_system(system)
    return found


def search_parameters(package: Package) -> Iterator[SearchParameterDef]:
    """The specification's own list; the package also holds parameters of extensions and examples."""
    bundle = json.loads((package.root / "Bundle-searchParams.json").read_bytes())
    for found in (entry["resource"] for entry in bundle["entry"]):
        yield SearchParameterDef(
            code=found["code"],
            url=found["url"],
            base=tuple(found["base"]),
            type=found["type"],
            expression=found.get("expression", ""),
            target=tuple(found.get("target", ())),
            components=tuple(
                (part["definition"], part["expression"]) for part in found.get("component", ())
            ),
            comparators=tuple(found.get("comparator", ())),
            description=found.get("description", ""),
        )


def elements(package: Package) -> Iterator[tuple[str, Json]]:
    """Every element of every type, with the name of the type."""
    for name, structure in package.structures.items():
        if structure["kind"] in ("resource", "complex-type"):
            for element in structure["snapshot"]["element"]:
                yield name, element


def invariants(package: Package) -> Iterator[InvariantDef]:
    """Constraints where they are declared. `ele-1` is left out: the codec refuses empty elements."""
    classes = {path for _, path in _class_paths(package)}
    for name, element in elements(package):
        for found in element.get("constraint", ()):
            source = found.get("source", "").removeprefix(CORE)
            if source not in ("", name) or found["key"] == "ele-1" or "expression" not in found:
                continue
            path = element["path"]
            owner, _, last = path.rpartition(".")
            if found["key"] == "ext-1" and path != "Extension":
                continue
            yield InvariantDef(
                key=found["key"],
                severity=found["severity"],
                context=path if path in classes else owner,
                element=None if path in classes else last.removesuffix("[x]"),
                expression=found["expression"],
                human=found.get("human", ""),
            )


def _class_paths(package: Package) -> Iterator[tuple[str, str]]:
    """Types, and elements that have a class of their own because they have children."""
    for name, element in elements(package):
        types = [declared["code"] for declared in element.get("type", ())]
        if "." not in element["path"] or types in (["BackboneElement"], ["Element"]):
            yield name, element["path"]


def bindings(package: Package) -> Iterator[BindingDef]:
    """Required bindings whose codes are no Literal: too many, not enumerable, or on a CodeableConcept."""
    for name, element in elements(package):
        binding = element.get("binding", {})
        url = binding.get("valueSet", "").partition("|")[0]
        types = [declared["code"] for declared in element.get("type", ())]
        if binding.get("strength") != "required" or len(types) != 1 or not url:
            continue
        if _inherited(name, element):
            continue
        codes = expand(package, url)
        size = sum(map(len, codes.values())) if codes else 0
        if types != ["code"] or not 0 < size <= LITERAL_LIMIT:
            owner, _, last = element["path"].rpartition(".")
            yield BindingDef(owner, last, types[0], url)


def targets(package: Package) -> Iterator[TargetDef]:
    """Reference elements that name the types they may point to."""
    for name, element in elements(package):
        if _inherited(name, element):
            continue
        profiles = [
            profile.removeprefix(CORE)
            for declared in element.get("type", ())
            if declared["code"] == "Reference"
            for profile in declared.get("targetProfile", ())
        ]
        if profiles and "Resource" not in profiles:
            owner, _, last = element["path"].rpartition(".")
            yield TargetDef(owner, last.removesuffix("[x]"), tuple(profiles))


def summaries(package: Package) -> dict[str, list[str]]:
    """Every class that has elements -> those of them that belong to a summary."""
    found: dict[str, list[str]] = {}
    for _, element in elements(package):
        owner, _, last = element["path"].rpartition(".")
        if owner:
            marked = found.setdefault(owner, [])
            if element.get("isSummary"):
                marked.append(last.removesuffix("[x]"))
    return found


def _inherited(name: str, element: Json) -> bool:
    """Whether a base type has declared this element already."""
    base: str = element.get("base", {}).get("path", element["path"])
    return base.partition(".")[0] != name


def _compartment(package: Package, name: str) -> tuple[str, dict[str, tuple[str, ...]]]:
    path = package.root / f"CompartmentDefinition-{name}.json"
    found: Json = json.loads(path.read_bytes())
    members = {
        entry["code"]: tuple(entry["param"]) for entry in found["resource"] if entry.get("param")
    }
    return found["code"], members


def _code_system(system: Json) -> CodeSystemDef:
    displays = dict(_displays(system.get("concept", ())))
    return CodeSystemDef(
        url=system["url"],
        version=system.get("version", ""),
        case_sensitive=system.get("caseSensitive", True),
        concepts=tuple(ConceptDef(code, displays[code], up) for code, up in concepts(system)),
    )


def _displays(level: list[Json]) -> Iterator[tuple[str, str]]:
    for concept in level:
        yield concept["code"], str(concept.get("display", concept["code"]))
        yield from _displays(concept.get("concept", []))
