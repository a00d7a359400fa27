"""What changed between two versions of a resource, element by element, in words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SILENT = frozenset({"resourceType", "id", "meta", "text", "implicitRules", "contained"})
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_CHOICES = (
    "DateTime",
    "CodeableConcept",
    "Quantity",
    "Reference",
    "Period",
    "String",
    "Boolean",
    "Instant",
    "Integer",
)
_CHOSEN: tuple[str, ...] = (
    "value",
    "onset",
    "abatement",
    "effective",
    "performed",
    "occurrence",
    "deceased",
)
_CHOSEN += ("medication", "multipleBirth", "serviced", "due", "start", "asNeeded", "rate", "dose")


@dataclass(frozen=True, slots=True)
class Change:
    """One element: what it was and what it is; empty where it was not there."""

    element: str
    before: str
    after: str


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[Change]:
    """The elements that differ, in the order of the newer version; None is a resource that was not there."""
    old, new = before or {}, after or {}
    names = [name for name in dict.fromkeys((*new, *old)) if name not in _SILENT]
    return [
        Change(label(name), in_words(old.get(name)), in_words(new.get(name)))
        for name in names
        if old.get(name) != new.get(name) and not name.startswith("_")
    ]


def label(name: str) -> str:
    """An element's name as words: verificationStatus is "Verification status", onsetDateTime "Onset"."""
    for choice in _CHOICES:
        if name.endswith(choice) and name.removesuffix(choice) in _CHOSEN:
            name = name.removesuffix(choice)
            break
    return _HUMP.sub(" ", name).capitalize()


def in_words(node: Any) -> str:
    """A value of an element as people read it."""
    match node:
        case None:
            return ""
        case bool():
            return "yes" if node else "no"
        case list():
            return "; ".join(filter(None, map(in_words, node)))
        case dict():
            return _of_parts(node)
    return str(node)


def _of_parts(node: dict[str, Any]) -> str:
    match node:
        case {"coding": [*codings]}:
            return str(node.get("text") or _first(codings, "display") or _first(codings, "code"))
        case {"text": str(text)}:
            return text
        case {"reference": str(reference)}:
            return str(node.get("display") or reference)
        case {"value": value, "unit": str(unit)}:
            return f"{node.get('comparator', '')}{value} {unit}"
        case {"family": _} | {"given": _}:
            parts = [*node.get("prefix", []), *node.get("given", []), node.get("family", "")]
            return " ".join(filter(None, parts)) + _use(node)
        case {"display": str(display)}:
            return display
        case {"code": str(code)} if "system" in node:
            return code
        case {"value": str(value)}:
            return value + _use(node)
        case {"start": _} | {"end": _} if set(node) <= {"start", "end"}:
            return f"{node.get('start', '…')} – {node.get('end', '…')}"
        case {"url": str(url), **rest} if "extension" in node or any(
            k[:5] == "value" for k in rest
        ):
            name = url.rpartition("/")[2].replace("-", " ")
            return f"{name}: {in_words([v for k, v in rest.items() if k != 'url'])}"
    told = ((label(name), in_words(value)) for name, value in node.items() if name != "id")
    return ", ".join(f"{name.lower()} {text}" for name, text in told if text)


def _first(codings: list[dict[str, Any]], key: str) -> str:
    return next((str(one[key]) for one in codings if one.get(key)), "")


def _use(node: dict[str, Any]) -> str:
    return f" ({node['use']})" if node.get("use") else ""
