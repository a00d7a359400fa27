"""Reads the npm package of FHIR definitions: a directory with one JSON file per conformance resource."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

Json = dict[str, Any]
PACKAGE_NAME = "hl7.fhir.r4.examples"
CORE = "http://hl7.org/fhir/StructureDefinition/"


@dataclass(frozen=True)
class Package:
    """The unpacked package at `root`. Files are read when asked for."""

    root: Path

    def files(self, kind: str) -> list[Path]:
        """Paths of the resources whose type is `kind`, in order of name."""
        return sorted(self.root.glob(f"{kind}-*.json"))

    def read(self, kind: str) -> Iterator[Json]:
        """The resources of type `kind`."""
        for path in self.files(kind):
            loaded: Json = json.loads(path.read_bytes(), parse_float=Decimal)
            if loaded.get("resourceType") == kind:
                yield loaded

    @cached_property
    def structures(self) -> dict[str, Json]:
        """StructureDefinitions of types (not profiles) by type name."""
        return {
            found["type"]: found
            for found in self.read("StructureDefinition")
            if found.get("derivation") != "constraint" and found["kind"] != "logical"
        }

    @cached_property
    def value_sets(self) -> dict[str, Json]:
        """ValueSets by canonical url."""
        return {found["url"]: found for found in self.read("ValueSet") if "url" in found}

    @cached_property
    def code_systems(self) -> dict[str, Json]:
        """CodeSystems by canonical url."""
        return {found["url"]: found for found in self.read("CodeSystem") if "url" in found}
