"""Loads generated classes when they are asked for, as importing all 146 resources takes a while."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from osler.fhir.model import Base
    from osler.fhir.r4.datatypes import Resource


class Index:
    """Finds the class of a FHIR type: `homes` maps a type to its module and class name."""

    def __init__(
        self, package: str, homes: Mapping[str, tuple[str, str]], resources: tuple[str, ...]
    ) -> None:
        self._package = package
        self._homes = homes
        self._by_class = {name: path for path, (_, name) in homes.items()}
        self.resources: Mapping[str, type[Resource]] = _Resources(self, resources)

    def type_class(self, fhir_type: str) -> type[Base]:
        """The class of `Patient`, `HumanName` or `Patient.contact`; KeyError for any other text."""
        module, name = self._homes[fhir_type]
        found: type[Base] = getattr(import_module(f"{self._package}.{module}"), name)
        return found

    def attribute(self, name: str) -> object:
        """The class called `name`, for `from osler.fhir.r4 import …`."""
        try:
            found = self.type_class(self._by_class[name])
        except KeyError:
            raise AttributeError(f"module {self._package!r} has no attribute {name!r}") from None
        setattr(sys.modules[self._package], name, found)
        return found


class _Resources(Mapping[str, "type[Resource]"]):
    def __init__(self, index: Index, names: tuple[str, ...]) -> None:
        self._index = index
        self._names = frozenset(names)
        self._order = names
        self._loaded: dict[str, type[Resource]] = {}

    def __getitem__(self, name: str) -> type[Resource]:
        found = self._loaded.get(name)
        if found is None:
            if name not in self._names:
                raise KeyError(name)
            found = self._index.type_class(name)  # type: ignore[assignment]  # listed as a resource
            self._loaded[name] = found  # type: ignore[assignment]
        return found  # type: ignore[return-value]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._order)

    def __len__(self) -> int:
        return len(self._order)
