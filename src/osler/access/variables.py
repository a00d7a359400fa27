"""Rules with variables for the caller: replaced in the search tree, so that no id can change what is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from osler.kit.errors import Invalid
from osler.search.parse import parse_where
from osler.search.reference import ReferenceValue
from osler.search.registry import Registry
from osler.search.token import TokenValue
from osler.search.tree import And, Chain, Has, Match, Node, Not, Nothing, Or

NAMES = ("me", "patient", "related", "organizations", "locations")
Values = Mapping[str, tuple[str, ...]]
"""The logical ids that each variable stands for."""

_MARK = "osler.variable."
_VARIABLE = re.compile(r"\{([^{}]*)\}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@lru_cache(maxsize=4096)
def parsed(type: str, text: str, registry: Registry) -> tuple[Node, frozenset[str]]:
    """A rule as a tree in which variables are still marked, and which of them it has. Raises `Invalid`."""
    names = frozenset(_VARIABLE.findall(text))
    for name in sorted(names - frozenset(NAMES)):
        known = ", ".join("{" + one + "}" for one in NAMES)
        raise Invalid(f"{text!r}: there is no variable {{{name}}}; there are {known}")
    if _MARK in text:
        raise Invalid(f"{text!r}: {_MARK} may not occur in a rule")
    node = parse_where(type, _VARIABLE.sub(_mark, text), registry)
    bind(node, dict.fromkeys(names, ("x",)))
    return node, names


def _mark(found: re.Match[str]) -> str:
    return _MARK + found[1]


@lru_cache(maxsize=4096)
def rule(
    type: str, text: str, registry: Registry, values: tuple[tuple[str, tuple[str, ...]], ...]
) -> Node:
    """The tree of a rule for a caller; `Nothing` where one of its variables has no value. Raises `Invalid`."""
    node, names = parsed(type, text, registry)
    known = dict(values)
    if any(not known.get(name) for name in names):
        return Nothing()
    return bind(node, known)


def ids(*found: str | None) -> tuple[str, ...]:
    """Those that are logical ids, in order: nothing else may take the place of a variable."""
    return tuple(sorted({one for one in found if one and _ID.fullmatch(one)}))


def bind(node: Node, values: Values) -> Node:
    """The tree with every marked value replaced by those of its variable."""
    match node:
        case And(nodes):
            return And(tuple(bind(one, values) for one in nodes))
        case Or(nodes):
            return Or(tuple(bind(one, values) for one in nodes))
        case Not(inner):
            return Not(bind(inner, values))
        case Chain() | Has():
            return replace(node, node=bind(node.node, values))
        case Match():
            return replace(
                node, values=tuple(v for old in node.values for v in _bound(old, values))
            )
        case _:
            return node


def _bound(value: Any, values: Values) -> tuple[Any, ...]:
    match value:
        case ReferenceValue(type, id) if id.startswith(_MARK):
            return tuple(ReferenceValue(type, one) for one in values[id.removeprefix(_MARK)])
        case TokenValue(None, str(code), None) if code.startswith(_MARK):
            return tuple(TokenValue(None, one) for one in values[code.removeprefix(_MARK)])
    if _MARK in repr(value):
        raise Invalid(
            "A variable stands for a logical id: it may be the whole of _id, or of a reference"
            " after the type, as in general-practitioner=Practitioner/{me}"
        )
    return (value,)
