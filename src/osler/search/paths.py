"""Which properties a search expression reads: most are plain paths, known at start from the element tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from osler.fhir.r4 import type_class

_AS = re.compile(r"^\(\s*([A-Za-z.]+)\s+as\s+(\w+)\s*\)(.*)$")
_STEP = re.compile(
    r"\.?(?:(?:as|ofType)\((?P<cast>\w+)\)"
    r"|where\(resolve\(\) is (?P<target>\w+)\)"
    r"|where\((?P<left>\w+)\s*=\s*'(?P<right>[^']*)'\)"
    r"|(?P<name>[A-Za-z]\w*))"
)
_TYPES = {"DateTime": "dateTime", "String": "string"}


@dataclass(frozen=True, slots=True)
class Step:
    """One property on the way; of several values only those whose `equal[0]` is `equal[1]`, where given."""

    attr: str
    json: str
    many: bool
    equal: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A way from a resource to values of one FHIR type; of references only those to `target`, where given."""

    steps: tuple[Step, ...]
    type: str
    target: str | None = None

    @property
    def many(self) -> bool:
        """Whether there can be several values."""
        return any(step.many for step in self.steps)


def alternatives(expression: str) -> list[str]:
    """The parts of a union, split at every `|` outside parentheses and quotes."""
    parts, depth, quoted, start = [], 0, False, 0
    for at, char in enumerate(expression):
        if char == "'":
            quoted = not quoted
        elif not quoted and char in "([":
            depth += 1
        elif not quoted and char in ")]":
            depth -= 1
        elif char == "|" and depth == 0 and not quoted:
            parts.append(expression[start:at].strip())
            start = at + 1
    return [*parts, expression[start:].strip()]


def of_type(expression: str, type: str) -> str:
    """The alternatives of a shared expression that are about `type`."""
    kept = []
    for part in alternatives(expression):
        root = re.match(r"[(\s]*([A-Za-z]+)", part)
        name = root[1] if root else type
        if name in {type, "Resource", "DomainResource"} or not name[0].isupper():
            kept.append(part)
    return " | ".join(kept)


def resolve(type: str, expression: str) -> tuple[Leaf, ...] | None:
    """The leaves of an expression from an element of `type`; None where it is more than paths."""
    found: list[Leaf] = []
    for part in alternatives(expression):
        leaves = _resolve_one(type, part)
        if leaves is None:
            return None
        found.extend(leaf for leaf in leaves if leaf not in found)
    return tuple(found)


def _resolve_one(type: str, part: str) -> list[Leaf] | None:
    if cast := _AS.match(part):
        part = f"{cast[1]}.as({cast[2]}){cast[3]}"
    elif part.startswith("(") and part.endswith(")") and part.count("(") == 1:
        part = part[1:-1]
    leaves = [Leaf((), type)]
    at, first = 0, True
    while at < len(part):
        step = _STEP.match(part, at)
        if step is None or leaves == []:
            return None
        if not (
            first and step["name"] in {type.split(".", maxsplit=1)[0], "Resource", "DomainResource"}
        ):
            leaves = list(_follow(leaves, step))
        at, first = step.end(), False
    return leaves or None


def _follow(leaves: list[Leaf], step: re.Match[str]) -> Iterator[Leaf]:
    for leaf in leaves:
        if step["cast"]:
            if leaf.type == _TYPES.get(step["cast"], step["cast"]):
                yield leaf
        elif step["target"]:
            yield replace(leaf, target=step["target"])
        elif step["left"]:
            last = replace(leaf.steps[-1], equal=(step["left"], step["right"]))
            yield replace(leaf, steps=(*leaf.steps[:-1], last))
        else:
            yield from _into(leaf, step["name"])


def _into(leaf: Leaf, name: str) -> Iterator[Leaf]:
    try:
        table = type_class(leaf.type).__fhir_elements__
    except KeyError:
        return
    for prop in table.get(name, ()):
        step = Step(prop.attr, prop.json, prop.many)
        yield Leaf((*leaf.steps, step), prop.type)
