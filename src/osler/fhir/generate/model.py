"""Reads StructureDefinitions into the classes and fields to be written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from osler.fhir.definitions.expansion import expand
from osler.fhir.definitions.extract import LITERAL_LIMIT
from osler.fhir.definitions.package import Json, Package
from osler.fhir.model import PRIMITIVES

SYSTEM_STRING = "http://hl7.org/fhirpath/System.String"
ROOTS = ("Element", "Resource")


@dataclass(frozen=True)
class ElementDef:
    """One element: `types` holds one code, or several for a choice."""

    name: str
    types: tuple[str, ...]
    many: bool
    required: bool
    extensible: bool
    codes: str | None
    """Name of the Literal alias for a required binding."""

    @property
    def choice(self) -> bool:
        """Whether it is `name[x]`: one of several types, each with a JSON name of its own."""
        return self.name.endswith("[x]")


@dataclass(frozen=True)
class ClassDef:
    """One Struct. `own` are the elements its base does not have already."""

    name: str
    fhir_type: str
    base: str | None
    own: tuple[ElementDef, ...]


@dataclass(frozen=True)
class Codes:
    """A closed list of codes by the name of its Literal alias."""

    name: str
    url: str
    codes: tuple[str, ...]


class Reader:
    """Turns the definitions of a package into class definitions, collecting code lists on the way."""

    def __init__(self, package: Package) -> None:
        self.package = package
        self.codes: dict[str, Codes] = {}

    def classes(self, fhir_type: str) -> list[ClassDef]:
        """The class of a type and those of its backbone elements, inner ones first."""
        structure = self.package.structures[fhir_type]
        children = _by_parent(structure["snapshot"]["element"])
        return [self._class(structure, path, found) for path, found in children.items()][::-1]

    def _class(self, structure: Json, path: str, found: list[Json]) -> ClassDef:
        base = _base_of(structure, path)
        inherited = self._names(base) if base else frozenset()
        own = [self._element(path, e) for e in found if _last(e["path"]) not in inherited]
        return ClassDef(class_name(path), path, base, tuple(own))

    def _names(self, fhir_type: str) -> frozenset[str]:
        snapshot = self.package.structures[fhir_type]["snapshot"]["element"]
        return frozenset(_last(e["path"]) for e in snapshot if e["path"].count(".") == 1)

    def _element(self, path: str, element: Json) -> ElementDef:
        types = tuple(_type_codes(path, element))
        extensible = not any(t["code"] == SYSTEM_STRING for t in element.get("type", ()))
        return ElementDef(
            name=_last(element["path"]),
            types=types,
            many=element["max"] != "1",
            required=element["min"] > 0,
            extensible=extensible,
            codes=self._binding(element, types),
        )

    def _binding(self, element: Json, types: tuple[str, ...]) -> str | None:
        binding = element.get("binding", {})
        if binding.get("strength") != "required" or types != ("code",):
            return None
        url = binding.get("valueSet", "").partition("|")[0]
        if url not in self.codes:
            found = expand(self.package, url)
            codes = tuple(dict.fromkeys(c for listed in (found or {}).values() for c in listed))
            if not 0 < len(codes) <= LITERAL_LIMIT:
                return None
            self.codes[url] = Codes(self._alias(url), url, codes)
        return self.codes[url].name

    def _alias(self, url: str) -> str:
        name: str = self.package.value_sets[url]["name"]
        alias = "".join(c for c in name[0].upper() + name[1:] if c.isalnum())
        taken = {found.name for found in self.codes.values()}
        return f"{alias}Code" if f"{alias}Code" not in taken else f"{alias}2Code"


def class_name(path: str) -> str:
    """`Observation.component` is `ObservationComponent`."""
    return "".join(part[0].upper() + part[1:] for part in path.split("."))


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _base_of(structure: Json, path: str) -> str | None:
    if path in ROOTS:
        return None
    if "." not in path:
        base: str = structure["baseDefinition"].rpartition("/")[2]
        return base
    (own,) = (e for e in structure["snapshot"]["element"] if e["path"] == path)
    code: str = own["type"][0]["code"]
    return code


def _by_parent(snapshot: list[Json]) -> dict[str, list[Json]]:
    """Children by the path of their parent, for the type itself and each backbone element."""
    found: dict[str, list[Json]] = {snapshot[0]["path"]: []}
    for element in snapshot[1:]:
        found.setdefault(element["path"].rpartition(".")[0], []).append(element)
    return found


def _type_codes(path: str, element: Json) -> Iterator[str]:
    if "contentReference" in element:
        yield element["contentReference"].rpartition("#")[2]
        return
    for declared in element["type"]:
        code = declared["code"]
        if code == SYSTEM_STRING:
            named = declared.get("extension", [{}])[0].get("valueUrl", "string")
            code = "id" if element["path"].count(".") == 1 and path == "Resource" else named
        if code in ("BackboneElement", "Element"):
            code = element["path"]
        yield code


def is_complex(code: str) -> bool:
    """Whether a type code is neither primitive nor a resource slot."""
    return code not in PRIMITIVES and code != "Resource"
