"""Strings: starts with, contains or is exactly; accents, case and punctuation count in `:exact` only.

https://hl7.org/fhir/R4/search.html#string
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search.hashing import EXACT, key
from osler.search.lookup import PEOPLE, phonetic
from osler.search.parameter import Parameter
from osler.search.rows import IndexRows
from osler.search.scope import FALSE, Condition, KeyTest, Scope, any_of, in_table
from osler.search.text import like, normal, unescape
from osler.search.tree import Match

MODIFIERS = frozenset({"exact", "contains"})


@dataclass(frozen=True, slots=True)
class StringValue:
    """Text as given, and as it is compared."""

    text: str
    normal: str


def parse(param: Parameter, modifier: str | None, text: str) -> StringValue:
    """A string; an empty one finds nothing useful and is refused."""
    plain = unescape(text)
    if not plain.strip() and modifier != "exact":
        raise Invalid(f"{param.code}: found no text to search for in {text!r}")
    return StringValue(plain, normal(plain))


# ---- extract

_NAME = ("family", "given", "prefix", "suffix", "text")
_ADDRESS = ("line", "city", "district", "state", "postalCode", "country", "text")
_FULL_NAME = ("prefix", "given", "family", "suffix")
_SHORT_NAME = ("given", "family")
_FULL_ADDRESS = ("line", "city", "district", "state", "postalCode", "country")
_TEXTS = frozenset({"string", "markdown", "code", "id", "uri", "url", "canonical", "uuid", "oid"})


def _pieces(value: Any, attrs: tuple[str, ...]) -> Iterator[str]:
    for attr in attrs:
        piece = getattr(value, attr)
        if type(piece) is str:
            yield piece
        elif piece:
            yield from (one for one in piece if one)


def name_texts(value: Any) -> list[str]:
    """Every part of a HumanName, the family name first, and the name as a whole."""
    texts = list(_pieces(value, _NAME))
    if len(texts) > 1:
        texts.append(" ".join(_pieces(value, _SHORT_NAME)))
        texts.append(" ".join(_pieces(value, _FULL_NAME)))
    return texts


def address_texts(value: Any) -> list[str]:
    """Every part of an Address and the address as a whole."""
    texts = list(_pieces(value, _ADDRESS))
    if len(texts) > 1:
        texts.append(" ".join(_pieces(value, _FULL_ADDRESS)))
    return texts


def texts_of(type: str) -> Callable[[Any], list[str]] | None:
    """What gives the searchable texts of a value of this FHIR type; None if it has none."""
    if type in _TEXTS:
        return lambda value: [value]
    match type:
        case "HumanName":
            return name_texts
        case "Address":
            return address_texts
        case "CodeableConcept":
            return lambda value: [value.text] if value.text else []
        case _:
            return None


def emitter(param: Parameter, type: str) -> Callable[[Any, IndexRows], None] | None:
    """What writes the rows for values of a FHIR type. The first text of the first value leads."""
    texts = texts_of(type)
    if texts is None:
        return None
    number, name = param.id, param.name

    def into_rows(value: Any, rows: IndexRows) -> None:
        for text in texts(value):
            rows.found.add(key(EXACT, name, text))
            # A text of punctuation alone is found by nothing but `:missing=false`.
            add(rows, number, normal(text))

    return into_rows


def add(rows: IndexRows, number: int, plain: str, token: int = 0) -> None:
    """Add a row unless it is there; the first of its parameter leads in the order of results."""
    lead = True
    for row in rows.strings:
        if row[0] == number:
            lead = False
            if row[3] == plain and row[1] == token:
                return
    rows.strings.append((number, token, lead, plain))


# ---- condition

_VALUE = sql.SQL("i.value")
_LIKE = sql.SQL("{} LIKE {}")


def condition(match: Match, scope: Scope) -> Condition:
    """Rows with a text that fits one of the values."""
    params = match.param.stored()
    if match.param.code == "phonetic" and match.modifier is None and match.param.type in PEOPLE:
        return phonetic(match, scope)
    if match.modifier == "exact":
        return KeyTest(tuple(key(EXACT, p.name, v.text) for p in params for v in match.values))
    return in_table(
        scope, "string_index", params, any_of([compare(match.modifier, v) for v in match.values])
    )


def compare(modifier: str | None, value: StringValue) -> sql.Composable:
    """How `i.value` must relate to the text: by default it starts with it. Punctuation alone finds nothing."""
    if not value.normal:
        return FALSE
    text = like(value.normal)
    match modifier:
        case "contains":
            return _LIKE.format(_VALUE, sql.Literal(f"%{text}%"))
        case "ends":
            return _LIKE.format(_VALUE, sql.Literal(f"%{text}"))
        case "equals":
            return sql.SQL("{} = {}").format(_VALUE, sql.Literal(value.normal))
        case _:
            return _LIKE.format(_VALUE, sql.Literal(f"{text}%"))


def present(param: Parameter, scope: Scope) -> sql.Composable:
    """Rows with any text of the parameter."""
    return in_table(scope, "string_index", param.stored())
