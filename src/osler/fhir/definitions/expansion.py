"""Expands the value sets that need no terminology server: enumerated codes and whole code systems."""

from __future__ import annotations

from collections.abc import Iterator

from osler.fhir.definitions.package import Json, Package

Codes = dict[str, tuple[str, ...]]
"""System -> codes, both in the order of the definition."""


class NotEnumerable(Exception):
    """The value set draws on a system whose codes the package does not hold."""


def expand(package: Package, url: str) -> Codes | None:
    """The codes of the value set `url` by system, or None where they cannot be listed."""
    try:
        return {
            system: tuple(dict.fromkeys(codes))
            for system, codes in _expand(package, url.partition("|")[0]).items()
        }
    except NotEnumerable:
        return None


def _expand(package: Package, url: str) -> dict[str, list[str]]:
    definition = package.value_sets.get(url)
    if definition is None or not definition.get("compose", {}).get("include"):
        raise NotEnumerable(url)
    compose = definition["compose"]
    found: dict[str, list[str]] = {}
    for include in compose["include"]:
        for system, codes in _include(package, include).items():
            found.setdefault(system, []).extend(codes)
    for exclude in compose.get("exclude", ()):
        for system, codes in _include(package, exclude).items():
            gone = set(codes)
            found[system] = [code for code in found.get(system, ()) if code not in gone]
    return found


def _include(package: Package, include: Json) -> dict[str, list[str]]:
    parts: list[dict[str, list[str]]] = []
    if "system" in include:
        parts.append({include["system"]: _system_codes(package, include)})
    parts.extend(_expand(package, url.partition("|")[0]) for url in include.get("valueSet", ()))
    first, *others = parts
    for other in others:
        first = {s: [c for c in codes if c in other.get(s, ())] for s, codes in first.items()}
    return first


def _system_codes(package: Package, include: Json) -> list[str]:
    if "concept" in include:
        return [concept["code"] for concept in include["concept"]]
    system = package.code_systems.get(include["system"])
    if system is None or system.get("content") != "complete":
        raise NotEnumerable(include["system"])
    codes = dict(concepts(system))
    for condition in include.get("filter", ()):
        codes = _filtered(codes, condition)
    return list(codes)


def _filtered(codes: dict[str, tuple[str, ...]], condition: Json) -> dict[str, tuple[str, ...]]:
    value = condition["value"]
    match condition["property"], condition["op"]:
        case "concept", "is-a":
            return {c: up for c, up in codes.items() if c == value or value in up}
        case "concept", "descendent-of":
            return {c: up for c, up in codes.items() if value in up}
        case "concept", "is-not-a":
            return {c: up for c, up in codes.items() if c != value and value not in up}
        case _:
            raise NotEnumerable(str(condition))


def concepts(system: Json) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each code of a code system with its ancestors, by nesting and by `subsumedBy`."""
    parents: dict[str, list[str]] = {}
    _nested(system.get("concept", ()), None, parents)
    for code in parents:
        yield code, _ancestors(code, parents)


def _nested(level: list[Json], parent: str | None, parents: dict[str, list[str]]) -> None:
    for concept in level:
        up = parents.setdefault(concept["code"], [])
        if parent is not None:
            up.append(parent)
        up.extend(
            prop["valueCode"]
            for prop in concept.get("property", ())
            if prop.get("code") == "subsumedBy" and "valueCode" in prop
        )
        _nested(concept.get("concept", ()), concept["code"], parents)


def _ancestors(code: str, parents: dict[str, list[str]]) -> tuple[str, ...]:
    seen: dict[str, None] = {}
    waiting = list(parents.get(code, ()))
    while waiting:
        above = waiting.pop()
        if above not in seen:
            seen[above] = None
            waiting.extend(parents.get(above, ()))
    return tuple(seen)
