"""Which codes a value set has and which are above or below one: pure logic over ValueSets and CodeSystems.

Where resources come from is given by the caller: `resources.fetch(url)` answers a ValueSet or
CodeSystem with that canonical URL or None. Beside them the definitions of R4 are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from osler.fhir import definitions
from osler.kit.errors import Invalid, NotSupported

Coding = tuple[str, str]
"""System and code."""
Fetch = Callable[[str], Any]

CODES_AT_MOST = 50_000
_DEEPEST = 20


class Terminology(Protocol):
    """What the search needs to know of codes."""

    def value_set(self, url: str) -> Iterable[Coding]:
        """Every coding of a value set; `Invalid` if it is unknown."""
        ...  # pragma: no cover - a protocol

    def related(self, system: str, code: str, below: bool) -> Iterable[str]:
        """The code itself and those below (or above) it; `Invalid` if the system is unknown."""
        ...  # pragma: no cover - a protocol


def _nothing(_: str) -> None:
    return None


class Codes:
    """A Terminology over the definitions of R4 and whatever `fetch` finds."""

    def __init__(self, fetch: Fetch = _nothing) -> None:
        self._fetch = fetch

    def value_set(self, url: str) -> list[Coding]:
        """Every coding of a value set; `Invalid` if it is unknown or cannot be listed."""
        found = list(dict.fromkeys(self._expand(url, 0)))
        if len(found) > CODES_AT_MOST:
            raise Invalid(
                f"Value set {url} has more than {CODES_AT_MOST} codes; too many to search for"
            )
        return found

    def related(self, system: str, code: str, below: bool) -> list[str]:
        """The code itself and those below (or above) it."""
        parents = self._parents(system)
        if parents is None:
            raise Invalid(f"Code system {system} is not known here, so its hierarchy is not either")
        wanted = _down(parents, code) if below else _up(parents, code)
        return list(dict.fromkeys([code, *wanted]))

    # ---- value sets

    def _expand(self, url: str, depth: int) -> Iterable[Coding]:
        if depth > _DEEPEST:
            raise Invalid(f"Value set {url} includes itself")
        resource = self._fetch(url)
        if resource is not None and resource.resourceType == "ValueSet":
            return self._of_resource(resource, depth)
        known = definitions.value_set(url)
        if known is None:
            raise Invalid(f"Value set {url} is not known here")
        return [(system, code) for system, codes in known.items() for code in codes]

    def _of_resource(self, resource: Any, depth: int) -> Iterable[Coding]:
        if resource.compose is None:
            expansion = resource.expansion
            return _contained(expansion.contains or ()) if expansion is not None else []
        found = [c for part in resource.compose.include for c in self._include(part, depth)]
        left_out = {
            coding
            for part in resource.compose.exclude or ()
            for coding in self._include(part, depth)
        }
        return [coding for coding in found if coding not in left_out]

    def _include(self, part: Any, depth: int) -> list[Coding]:
        """What one include means: its codes that are in all of its value sets too."""
        sets = [set(self._expand(url, depth + 1)) for url in part.valueSet or ()]
        if part.system is None:
            listed = list(sets.pop()) if sets else []
        elif part.concept:
            listed = [(part.system, concept.code) for concept in part.concept]
        else:
            listed = [(part.system, code) for code in self._filtered(part)]
        return [coding for coding in listed if all(coding in one for one in sets)]

    def _filtered(self, part: Any) -> list[str]:
        parents = self._parents(part.system)
        if parents is None:
            raise Invalid(f"Code system {part.system} is not known here")
        codes = list(parents)
        for one in part.filter or ():
            codes = [code for code in codes if _passes(parents, code, one)]
        return codes

    # ---- code systems

    def _parents(self, system: str) -> dict[str, tuple[str, ...]] | None:
        """Every code of a system with the codes directly above it."""
        resource = self._fetch(system)
        if resource is not None and resource.resourceType == "CodeSystem":
            found: dict[str, tuple[str, ...]] = {}
            _collect(resource.concept or (), None, found)
            return found
        known = definitions.code_system(system)
        if known is None:
            return None
        return {concept.code: concept.ancestors for concept in known.concepts}


def _contained(entries: Iterable[Any]) -> Iterable[Coding]:
    for entry in entries:
        if entry.code and not entry.abstract:
            yield entry.system or "", entry.code
        yield from _contained(entry.contains or ())


def _collect(concepts: Iterable[Any], above: str | None, found: dict[str, tuple[str, ...]]) -> None:
    for concept in concepts:
        parents = [above] if above is not None else []
        parents += [
            prop.valueCode
            for prop in concept.property or ()
            if prop.code in {"parent", "subsumedBy"} and prop.valueCode
        ]
        found[concept.code] = (*found.get(concept.code, ()), *parents)
        _collect(concept.concept or (), concept.code, found)


def _up(parents: dict[str, tuple[str, ...]], code: str) -> Iterable[str]:
    seen: dict[str, None] = {}
    todo = list(parents.get(code, ()))
    while todo:
        one = todo.pop()
        if one not in seen:
            seen[one] = None
            todo.extend(parents.get(one, ()))
    return seen


def _down(parents: dict[str, tuple[str, ...]], code: str) -> Iterable[str]:
    return [one for one in parents if one != code and code in _up(parents, one)]


def _passes(parents: dict[str, tuple[str, ...]], code: str, rule: Any) -> bool:
    match rule.op:
        case "is-a":
            return code == rule.value or rule.value in _up(parents, code)
        case "descendent-of":
            return rule.value in _up(parents, code)
        case "is-not-a":
            return code != rule.value and rule.value not in _up(parents, code)
        case "generalizes":
            return code == rule.value or code in _up(parents, rule.value)
        case "=" if rule.property in {"code", "concept"}:
            return bool(code == rule.value)
        case "in" if rule.property in {"code", "concept"}:
            return code in rule.value.split(",")
        case _:
            raise NotSupported(
                f"The filter {rule.property} {rule.op} of a value set is not supported"
            )
