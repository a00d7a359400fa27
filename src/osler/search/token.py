"""Tokens: a code with or without its system, kept as hashed keys in `resource.keys`.

https://hl7.org/fhir/R4/search.html#token
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import sql

from osler.kit.errors import Invalid
from osler.search.bindings import is_system_of
from osler.search.hashing import CODE, CODING, OF_TYPE, PRESENT, SYSTEM, TEXT, coding_keys, key
from osler.search.parameter import Parameter, Storage
from osler.search.rows import IndexRows
from osler.search.scope import Condition, KeyTest, Scope, any_of, one_of, render
from osler.search.text import like, normal, split, unescape
from osler.search.tree import Match

MODIFIERS = frozenset({"text", "not", "above", "below", "in", "not-in", "of-type"})
PLAIN = frozenset(
    {"code", "boolean", "string", "id", "uri", "url", "canonical", "oid", "uuid", "markdown",
     "integer", "positiveInt", "unsignedInt", "decimal", "dateTime", "date", "instant", "time"}
)  # fmt: skip
_PHONE = frozenset({"phone", "fax", "sms", "pager"})
_NOT_DIGIT = re.compile(r"[^0-9]+")


@dataclass(frozen=True, slots=True)
class TokenValue:
    """`system` None: any; "": none. `code` None: any. With `:of-type`, `kind` is the identifier's type."""

    system: str | None
    code: str | None
    kind: tuple[str, str] | None = None


def parse(param: Parameter, modifier: str | None, text: str) -> TokenValue:
    """A token: `code`, `system|code`, `|code` or `system|`; by modifier a text, value set or typed identifier."""
    parts = [unescape(part) for part in split(text, "|")]
    match modifier:
        case "text" | "in" | "not-in":
            plain = unescape(text)
            if not (plain if modifier != "text" else normal(plain)):
                raise Invalid(f"{param.code}:{modifier}: found no value")
            return TokenValue(None, plain)
        case "of-type":
            if len(parts) != 3 or not all(parts):
                raise Invalid(
                    f"{param.code}:of-type: found {text!r}, expected type-system|type-code|value"
                )
            return TokenValue(None, parts[2], (parts[0], parts[1]))
    match parts:
        case [code] if code:
            return TokenValue(None, code)
        case [system, code] if code:
            return TokenValue(system, code)
        case [system, ""] if system and modifier not in {"above", "below"}:
            return TokenValue(system, None)
        case _:
            raise Invalid(
                f"{param.code}: found {text!r}, expected code, system|code, |code or system|"
            )


# ---- extract

Emit = Callable[[Any, IndexRows], None]


def emitter(param: Parameter, type: str) -> Emit | None:
    """What writes the keys for values of a FHIR type; None if this type has no tokens."""
    if param.storage is Storage.ID:
        return None
    if type in PLAIN:
        return _plain(param, boolean=type == "boolean")
    match type:
        case "CodeableConcept":
            return _concept(param)
        case "Coding":
            return _coding(param)
        case "Identifier":
            return _identifier(param)
        case "ContactPoint":
            return _contact(param)
        case _:
            return None


def _plain(param: Parameter, *, boolean: bool) -> Emit:
    name = param.name
    presence = key(PRESENT, name)

    def emit(value: Any, rows: IndexRows) -> None:
        text = ("true" if value else "false") if boolean else str(value)
        rows.found.update((presence, key(CODE, name, text)))

    return emit


def _concept(param: Parameter) -> Emit:
    number, name = param.id, param.name
    presence = key(PRESENT, name)

    def emit(value: Any, rows: IndexRows) -> None:
        found = rows.found
        found.add(presence)
        text = value.text
        if text:
            add_text(rows, number, name, text)
        for coding in value.coding or ():
            found.update(coding_keys(name, coding.system, coding.code))
            if coding.display and coding.display != text:
                add_text(rows, number, name, coding.display)

    return emit


def _coding(param: Parameter) -> Emit:
    number, name = param.id, param.name
    presence = key(PRESENT, name)

    def emit(value: Any, rows: IndexRows) -> None:
        rows.found.add(presence)
        rows.found.update(coding_keys(name, value.system, value.code))
        if value.display:
            add_text(rows, number, name, value.display)

    return emit


def _identifier(param: Parameter) -> Emit:
    number, name = param.id, param.name
    presence = key(PRESENT, name)

    def emit(value: Any, rows: IndexRows) -> None:
        rows.found.add(presence)
        # Not through the cache of coding_keys: identifiers do not repeat.
        if value.value:
            rows.found.add(key(CODE, name, value.value))
            rows.found.add(key(CODING, name, value.system or "", value.value))
        if value.system:
            rows.found.add(key(SYSTEM, name, value.system))
        if value.type is not None:
            if value.type.text:
                add_text(rows, number, name, value.type.text)
            for coding in value.type.coding or ():
                if coding.system and coding.code and value.value:
                    rows.found.add(key(OF_TYPE, name, coding.system, coding.code, value.value))

    return emit


def _contact(param: Parameter) -> Emit:
    name = param.name
    presence = key(PRESENT, name)

    def emit(value: Any, rows: IndexRows) -> None:
        rows.found.add(presence)
        if value.value:
            rows.found.add(key(CODE, name, value.value))
            rows.found.add(key(CODE, name, contact(value.value, value.system)))

    return emit


def contact(text: str, system: str | None = None) -> str:
    """How a telephone number or mail address is compared beside its own spelling."""
    digits = _NOT_DIGIT.sub("", text)
    if system in _PHONE or (system is None and "@" not in text and len(digits) >= 4):
        return digits
    return text.casefold()


def add_text(rows: IndexRows, number: int, name: str, text: str) -> None:
    """Add a text of a token: a key on the resource, an entry in the dictionary."""
    found = _text_row(number, name, text)
    if found is not None:
        rows.found.add(found[2])
        rows.texts.append(found)


_texts: dict[tuple[int, str], tuple[int, str, int] | None] = {}
_TEXTS_AT_MOST = 50_000


def _text_row(number: int, name: str, text: str) -> tuple[int, str, int] | None:
    cached = _texts.get((number, text))
    if cached is None:
        plain = normal(text)
        if not plain:
            return None
        if len(_texts) > _TEXTS_AT_MOST:
            _texts.clear()
        cached = _texts[number, text] = (number, plain, key(TEXT, name, plain))
    return cached


# ---- condition


def condition(match: Match, scope: Scope) -> Condition:
    """Rows with a token that fits one of the values (with `:not`, `:not-in`: none that does)."""
    match match.modifier:
        case "not":
            return _negated(_plain_condition(match.param, match.values, scope), scope)
        case "text":
            return _by_text(match, scope)
        case "in":
            return _in_value_sets(match, scope)
        case "not-in":
            return _negated(_in_value_sets(match, scope), scope)
        case "above" | "below":
            return _by_hierarchy(match, scope)
        case "of-type":
            return KeyTest(
                tuple(
                    key(OF_TYPE, p.name, *v.kind, v.code)
                    for p in match.param.stored()
                    for v in match.values
                )
            )
        case _:
            return _plain_condition(match.param, match.values, scope)


def _negated(inner: Condition, scope: Scope) -> sql.Composable:
    return sql.SQL("NOT ({})").format(render(inner, scope))


def _plain_condition(param: Parameter, values: Iterable[TokenValue], scope: Scope) -> Condition:
    if param.storage is Storage.ID:
        ids = [v.code for v in values if v.code and not v.system]
        return one_of(scope.column("id"), ids) if ids else sql.SQL("false")
    return KeyTest(tuple(k for p in param.stored() for v in values for k in keys_of(p, v)))


def keys_of(param: Parameter, value: TokenValue) -> tuple[int, ...]:
    """The keys any of which a resource with this token has."""
    name, system, code = param.name, value.system, value.code
    if param.coded and system is not None:
        # An element of type `code` has its system by its binding; it is not written into the resource.
        if system and not is_system_of(system, param):
            return ()
        return (key(PRESENT, name) if code is None else key(CODE, name, code),)
    if code is None:
        return (key(SYSTEM, name, system or ""),)
    if system is not None:
        return (key(CODING, name, system, code),)
    if param.code in {"phone", "telecom", "email"}:
        return (key(CODE, name, code), key(CODE, name, contact(code)))
    return (key(CODE, name, code),)


def _by_text(match: Match, scope: Scope) -> Condition:
    """The text of a token has, or begins with, a word that begins with what was asked for."""
    tests = []
    for value in match.values:
        text = like(normal(value.code))
        starts = sql.SQL("d.value LIKE {}").format(sql.Literal(f"{text}%"))
        within = sql.SQL("d.value LIKE {}").format(sql.Literal(f"% {text}%"))
        tests.append(any_of([starts, within]))
    return in_dictionary(scope, match.param.stored(), any_of(tests))


def in_dictionary(
    scope: Scope, params: tuple[Parameter, ...], where: sql.Composable
) -> sql.Composable:
    """Rows with a key whose entry in the dictionary (over `d`) fits."""
    return sql.SQL("{} && ARRAY(SELECT d.key FROM token_text d WHERE {} AND {})").format(
        scope.column("keys"), one_of(sql.SQL("d.param"), [p.id for p in params]), where
    )


def _in_value_sets(match: Match, scope: Scope) -> Condition:
    codes = [c for value in match.values for c in scope.terminology.value_set(value.code)]
    values = [TokenValue(system, code) for system, code in codes]
    if match.param.storage is Storage.ID:
        raise Invalid(f"{match.param.code}: a value set does not apply to an id")
    return _plain_condition(match.param, values, scope)


def _by_hierarchy(match: Match, scope: Scope) -> Condition:
    values: list[TokenValue] = []
    for value in match.values:
        if not value.system:
            raise Invalid(
                f"{match.param.code}:{match.modifier}: found no code system; expected system|code"
            )
        related = scope.terminology.related(value.system, value.code, match.modifier == "below")
        values.extend(TokenValue(value.system, code) for code in related)
    return _plain_condition(match.param, values, scope)


def present(param: Parameter, _: Scope) -> Condition:
    """Rows with any token of the parameter."""
    if param.storage is Storage.ID:
        return sql.SQL("true")
    return KeyTest(tuple(key(PRESENT, p.name) for p in param.stored()))
