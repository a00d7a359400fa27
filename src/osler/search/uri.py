"""URIs: exactly the same, or by `:below` those that start with the value, by `:above` those it starts with.

They are kept as keys, as most (profiles, sources) repeat on thousands of resources; the dictionary
`token_text` holds each once, for the prefix searches. https://hl7.org/fhir/R4/search.html#uri
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search.hashing import PRESENT, URI, key
from osler.search.parameter import Parameter
from osler.search.rows import IndexRows
from osler.search.scope import Condition, KeyTest, Scope, any_of
from osler.search.text import like, unescape
from osler.search.token import in_dictionary
from osler.search.tree import Match

MODIFIERS = frozenset({"above", "below"})
_URIS = frozenset({"uri", "url", "canonical", "oid", "uuid", "string", "code", "id"})
_LONGEST = 2000  # what fits into a B-tree entry; a longer one is found by equality only


@dataclass(frozen=True, slots=True)
class UriValue:
    """A URI as given."""

    text: str


def parse(param: Parameter, modifier: str | None, text: str) -> UriValue:
    """A URI, compared as it is written."""
    plain = unescape(text)
    if not plain:
        raise Invalid(f"{param.code}: expected a URI, found nothing")
    if modifier in MODIFIERS and plain.startswith("urn:"):
        raise Invalid(f"{param.code}: {modifier!r} is for URLs; {plain!r} has no hierarchy")
    return UriValue(plain)


def emitter(param: Parameter, type: str) -> Callable[[Any, IndexRows], None] | None:
    """What writes the keys for values of a FHIR type. A canonical is also found without its version."""
    if type not in _URIS:
        return None
    number, name = param.id, param.name
    presence = key(PRESENT, name)

    def into_rows(value: str, rows: IndexRows) -> None:
        rows.found.add(presence)
        add(rows, number, name, value)
        bare, _, version = value.partition("|")
        if version:
            add(rows, number, name, bare)
        elif param.code == "_source" and "#" in value:
            add(rows, number, name, value.partition("#")[0])

    return into_rows


def add(rows: IndexRows, number: int, name: str, value: str) -> None:
    """Add the key of one URI and its entry in the dictionary."""
    found = key(URI, name, value)
    rows.found.add(found)
    if len(value.encode()) <= _LONGEST:
        rows.texts.append((number, value, found))


def condition(match: Match, scope: Scope) -> Condition:
    """Rows with a URI that fits one of the values."""
    params = match.param.stored()
    match match.modifier:
        case "below":
            tests = [
                sql.SQL("d.value LIKE {}").format(sql.Literal("".join((like(v.text), "%"))))
                for v in match.values
            ]
        case "above":
            tests = [
                sql.SQL("d.value = ANY({})").format(sql.Literal(_beginnings(v.text)))
                for v in match.values
            ]
        case _:
            return KeyTest(tuple(key(URI, p.name, v.text) for p in params for v in match.values))
    return in_dictionary(scope, params, any_of(tests))


def _beginnings(text: str) -> list[str]:
    return [text[:end] for end in range(1, len(text) + 1)]


def present(param: Parameter, _: Scope) -> Condition:
    """Rows with any URI of the parameter."""
    return KeyTest(tuple(key(PRESENT, p.name) for p in param.stored()))
