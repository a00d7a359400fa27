"""`_filter`: a language of comparisons joined by and, or, not, to the same tree as plain parameters.

https://hl7.org/fhir/R4/search_filter.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import NamedTuple

from osler.kit.errors import Invalid, NotSupported
from osler.search.parameter import Parameter
from osler.search.string import StringValue
from osler.search.terms import Terms
from osler.search.text import normal
from osler.search.tree import And, Chain, Match, Missing, Node, Not, Or

_TOKEN = re.compile(
    r'\s*(?:(?P<string>"(?:[^"\\]|\\.)*")|(?P<sign>[()\[\]])|(?P<word>[^\s()\[\]"]+))', re.DOTALL
)
_DEEPEST = 30
_LONGEST = 10_000
_ORDER = frozenset({"gt", "lt", "ge", "le", "sa", "eb", "ap"})
_STRING_OPS = {"eq": "equals", "co": "contains", "sw": None, "ew": "ends"}
_OPERATORS = _ORDER | {"eq", "ne", "co", "sw", "ew", "pr", "po", "ss", "sb", "in", "ni", "re"}


class _Lexeme(NamedTuple):
    text: str
    kind: str


def parse_filter(text: str, terms: Terms) -> Node:
    """The node of a filter expression over the type of `terms`."""
    if len(text) > _LONGEST:
        raise Invalid(f"_filter: longer than {_LONGEST} characters")
    if terms.type is None:
        raise Invalid("_filter needs a search of one type")
    parser = _Parser(_lexemes(text), terms)
    node = parser.either(terms, 0)
    parser.expect_end()
    return node


def _lexemes(text: str) -> list[_Lexeme]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        one = _TOKEN.match(text, at)
        if one is None:
            raise Invalid(f"_filter: cannot read {text[at : at + 20]!r}")
        kind = one.lastgroup or ""
        found.append(_Lexeme(one[kind], kind))
        at = one.end()
    return found


class _Parser:
    """Recursive descent; `or` binds less than `and`."""

    def __init__(self, lexemes: list[_Lexeme], terms: Terms) -> None:
        self._lexemes = lexemes
        self._at = 0
        self._terms = terms

    def either(self, terms: Terms, depth: int) -> Node:
        """Comparisons joined by `or`."""
        nodes = [self._both(terms, depth)]
        while self._take("or"):
            nodes.append(self._both(terms, depth))
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def expect_end(self) -> None:
        """Nothing may be left."""
        if self._at < len(self._lexemes):
            raise Invalid(f"_filter: found {self._lexemes[self._at].text!r} after the end")

    def _both(self, terms: Terms, depth: int) -> Node:
        nodes = [self._one(terms, depth)]
        while self._take("and"):
            nodes.append(self._one(terms, depth))
        return nodes[0] if len(nodes) == 1 else And(tuple(nodes))

    def _one(self, terms: Terms, depth: int) -> Node:
        if depth > _DEEPEST:
            raise Invalid(f"_filter: nested deeper than {_DEEPEST}")
        if self._take("not"):
            return Not(self._one(terms, depth + 1))
        if self._take("("):
            node = self.either(terms, depth + 1)
            self._expect(")")
            return node
        return self._comparison(terms, depth)

    def _comparison(self, terms: Terms, depth: int) -> Node:
        path = self._next("a parameter").text
        head, dot, rest = path.partition(".")
        code, _, type = head.partition(":")
        if self._take("["):
            return self._bracket(terms, code, type or None, depth)
        if dot:
            return self._follow(terms, code, type or None, rest, depth)
        param = terms.param(code)
        operator = self._next("an operator").text
        value = self._next("a value")
        return _compare(terms, param, operator, value)

    def _follow(self, terms: Terms, code: str, type: str | None, rest: str, depth: int) -> Node:
        """`reference.rest operator value`: the rest is read again for every type it may lead to."""
        param, start = _reference(terms, code), self._at

        def read(there: Terms) -> Node:
            self._lexemes.insert(start, _Lexeme(rest, "word"))
            try:
                return self._comparison(there, depth + 1)
            finally:
                del self._lexemes[start]
                self._at -= 1

        return self._each_target(param, terms.targets(param, type, rest), read)

    def _bracket(self, terms: Terms, code: str, type: str | None, depth: int) -> Node:
        """`reference[filter]`, alone or followed by `.rest operator value`, both about one target."""
        param = _reference(terms, code)
        there = terms.targets(param, type, "_any")
        return self._each_target(param, there, lambda one: self._inside(one, depth + 1))

    def _each_target(
        self, param: Parameter, there: list[Terms], read: Callable[[Terms], Node]
    ) -> Node:
        """Reads the same lexemes for each type; those that make no sense for a type are not about it."""
        start = ends = self._at
        nodes: list[Node] = []
        failed: Invalid | None = None
        for one in there:
            self._at = start
            try:
                nodes.append(Chain(param, one.type or "", read(one)))
                ends = self._at
            except Invalid as error:
                failed = error
        if failed is not None and not nodes:
            raise failed
        self._at = ends
        return nodes[0] if len(nodes) == 1 else Or(tuple(nodes))

    def _inside(self, terms: Terms, depth: int) -> Node:
        condition = self.either(terms, depth)
        self._expect("]")
        here = self._lexemes[self._at] if self._at < len(self._lexemes) else None
        if here is None or here.kind != "word" or not here.text.startswith("."):
            return condition
        at = self._at
        self._lexemes[at] = here._replace(text=here.text[1:])
        try:
            return And((condition, self._comparison(terms, depth)))
        finally:
            self._lexemes[at] = here

    def _next(self, wanted: str) -> _Lexeme:
        if self._at >= len(self._lexemes):
            raise Invalid(f"_filter: found the end, expected {wanted}")
        self._at += 1
        found = self._lexemes[self._at - 1]
        if found.kind == "sign":
            raise Invalid(f"_filter: found {found.text!r}, expected {wanted}")
        return found

    def _take(self, text: str) -> bool:
        if self._at < len(self._lexemes):
            here = self._lexemes[self._at]
            if here.kind != "string" and here.text == text:
                self._at += 1
                return True
        return False

    def _expect(self, text: str) -> None:
        if not self._take(text):
            found = self._lexemes[self._at].text if self._at < len(self._lexemes) else "the end"
            raise Invalid(f"_filter: found {found!r}, expected {text!r}")


def _reference(terms: Terms, code: str) -> Parameter:
    param = terms.param(code)
    if param.kind != "reference":
        raise Invalid(f"_filter: {code} is no reference")
    return param


def _compare(terms: Terms, param: Parameter, operator: str, value: _Lexeme) -> Node:
    if operator not in _OPERATORS:
        raise Invalid(
            f"_filter: found {operator!r}, expected one of {' '.join(sorted(_OPERATORS))}"
        )
    text = value.text if value.kind != "string" else _unquoted(value.text)
    if operator == "pr":
        if text not in {"true", "false"}:
            raise Invalid(f"_filter: {param.code} pr: found {text!r}, expected true or false")
        return Missing(param, text == "false")
    if operator == "ne":
        return Not(_compare(terms, param, "eq", value))
    match param.kind:
        case "string":
            return _string(param, operator, text)
        case "date":
            return terms.match(
                param, None, "".join((_prefix(param, operator, _ORDER | {"po"}), text))
            )
        case "number" | "quantity":
            return terms.match(
                param, None, "".join((_prefix(param, operator, _ORDER), _plain(text)))
            )
        case _:
            return _other(terms, param, operator, text)


def _unquoted(text: str) -> str:
    try:
        found = json.loads(text, strict=False)
    except ValueError:
        raise Invalid(f"_filter: {text[:40]!r} is not a proper string") from None
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in str(found)):
        raise Invalid("_filter: a string has half a surrogate pair or U+0000")
    return str(found)


def _plain(text: str) -> str:
    """A value in quotes may hold a comma, which is not an OR here."""
    return text.replace(",", "\\,")


def _string(param: Parameter, operator: str, text: str) -> Node:
    if operator not in _STRING_OPS:
        raise Invalid(f"_filter: {operator} does not apply to the string {param.code}")
    if not text.strip():
        raise Invalid(f"_filter: {param.code} {operator}: found no text")
    return Match(param, _STRING_OPS[operator], (StringValue(text, normal(text)),))


def _prefix(param: Parameter, operator: str, allowed: frozenset[str]) -> str:
    if operator == "eq":
        return ""
    if operator not in allowed:
        raise Invalid(f"_filter: {operator} does not apply to the {param.kind} {param.code}")
    return "ap" if operator == "po" else operator


_MODIFIER = {
    ("token", "eq"): None,
    ("token", "in"): "in",
    ("token", "ni"): "not-in",
    ("token", "ss"): "above",
    ("token", "sb"): "below",
    ("token", "co"): "text",
    ("token", "sw"): "text",
    ("reference", "eq"): None,
    ("reference", "re"): None,
    ("uri", "eq"): None,
    ("uri", "sw"): "below",
    ("uri", "sb"): "below",
    ("uri", "ss"): "above",
}


def _other(terms: Terms, param: Parameter, operator: str, text: str) -> Node:
    if (param.kind, operator) not in _MODIFIER:
        if param.kind in {"composite", "special"}:
            raise NotSupported(
                f"_filter: {param.kind} parameters such as {param.code} are not supported"
            )
        raise Invalid(f"_filter: {operator} does not apply to the {param.kind} {param.code}")
    return terms.match(param, _MODIFIER[param.kind, operator], _plain(text))
