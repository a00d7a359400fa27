"""Tokens to a syntax tree, by operator precedence (https://hl7.org/fhirpath/N1/#operator-precedence)."""

from __future__ import annotations

from decimal import Decimal

from osler.fhir.path import temporal
from osler.fhir.path.lexer import Token, tokens, wrong
from osler.fhir.path.syntax import (
    Binary,
    Call,
    Index,
    Literal,
    Many,
    Member,
    Node,
    QuantityLiteral,
    Special,
    This,
    TypeTest,
    Unary,
    Variable,
)
from osler.kit.errors import Invalid

DEEPEST = 80
"""Levels of nesting; each costs a few Python frames when evaluated, and the stack has 1,000."""

PRECEDENCE = {
    "implies": 1,
    "or": 2, "xor": 2,
    "and": 3,
    "in": 4, "contains": 4,
    "=": 5, "~": 5, "!=": 5, "!~": 5,
    "<": 6, ">": 6, "<=": 6, ">=": 6,
    "|": 7,
    "is": 8, "as": 8,
    "+": 9, "-": 9, "&": 9,
    "*": 10, "/": 10, "div": 10, "mod": 10,
}  # fmt: skip
_UNARY = 11
_FLAT = frozenset({"and", "or", "|"})
_NAMES_TOO = frozenset({"as", "contains", "in", "is"})
_RESERVED = frozenset({"and", "div", "implies", "mod", "or", "xor"})
CALENDAR = {
    word + end: word
    for word in ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
    for end in ("", "s")
}


def parse(expression: str) -> Node:
    """The tree of a whole expression. Raises Invalid with the position."""
    parser = _Parser(expression)
    node = parser.expression(0)
    if parser.token.kind != "end":
        raise parser.unexpected()
    return node


class _Parser:
    """One pass over the tokens; `depth` guards the stack against hostile nesting."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tokens(text)
        self.position = 0
        self.token = self.tokens[0]
        self.depth = 0
        self.heights: dict[int, int] = {}
        self.kept: list[Node] = []  # so that the ids in `heights` stay those of living nodes

    def unexpected(self) -> Invalid:
        ended = self.token.kind == "end"
        what = "the expression ends too early" if ended else f"did not expect {self.token.text!r}"
        return wrong(what, self.text, self.token.at)

    def advance(self) -> Token:
        token = self.token
        self.position += 1
        self.token = self.tokens[self.position]
        return token

    def at_symbol(self, text: str) -> bool:
        return self.token.kind == "symbol" and self.token.text == text

    def expect(self, text: str) -> Token:
        if not self.at_symbol(text):
            raise wrong(f"expected {text!r}", self.text, self.token.at)
        return self.advance()

    def built(self, node: Node, *parts: Node) -> Node:
        """Remember how high the tree under `node` is: left-leaning chains nest without recursion here."""
        height = 1 + max((self.heights.get(id(part), 0) for part in parts), default=0)
        if height > DEEPEST:
            raise wrong(f"nested more than {DEEPEST} levels", self.text, self.token.at)
        self.heights[id(node)] = height
        self.kept.append(node)
        return node

    def expression(self, least: int) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise wrong(f"nested more than {DEEPEST} levels", self.text, self.token.at)
        node = self.unary()
        while (level := self.operator_level()) > least:
            node = self.binary(node, level)
        self.depth -= 1
        return node

    def operator_level(self) -> int:
        if self.token.kind not in ("symbol", "name"):
            return 0
        return PRECEDENCE.get(self.token.text, 0)

    def binary(self, left: Node, level: int) -> Node:
        operator = self.advance()
        name = operator.text
        if name in ("is", "as"):
            return self.built(TypeTest(name, left, self.type_name(), operator.at), left)
        right = self.expression(level)
        if name in _FLAT:
            return self.flat(name, left, right, operator.at)
        return self.built(Binary(name, left, right, operator.at), left, right)

    def flat(self, name: str, left: Node, right: Node, at: int) -> Node:
        # Only the left side is opened: (a or b) or c, which is how a chain without parentheses parses.
        if isinstance(left, Many) and left.operator == name:
            node = Many(name, (*left.operands, right), at)
            height = max(self.heights[id(left)], 1 + self.heights.get(id(right), 0))
            self.heights[id(node)] = height
            self.kept.append(node)
            return node
        return self.built(Many(name, (left, right), at), left, right)

    def type_name(self) -> str:
        name = self.identifier()
        while self.at_symbol("."):
            self.advance()
            name += "." + self.identifier()
        return name

    def identifier(self) -> str:
        kind, text = self.token.kind, self.token.text
        if kind == "quoted" or (kind == "name" and text not in _RESERVED):
            return self.advance().text
        raise self.unexpected()

    def unary(self) -> Node:
        if self.token.kind == "symbol" and self.token.text in "+-":
            operator = self.advance()
            operand = self.expression(_UNARY)
            return self.built(Unary(operator.text, operand, operator.at), operand)
        return self.postfix(self.term())

    def postfix(self, node: Node) -> Node:
        while self.token.kind == "symbol":
            at = self.token.at
            if self.token.text == ".":
                self.advance()
                node = self.invocation(node)
            elif self.token.text == "[":
                self.advance()
                index = self.expression(0)
                self.expect("]")
                node = self.built(Index(node, index, at), node, index)
            else:
                break
        return node

    def invocation(self, source: Node) -> Node:
        if self.token.kind == "special":
            # `x.$this` is legal and means x itself; `x.$index` is the surrounding one.
            token = self.advance()
            return source if token.text == "this" else Special(token.text, token.at)
        at = self.token.at
        quoted = self.token.kind == "quoted"
        name = self.identifier()
        if self.at_symbol("(") and not quoted:
            args = self.arguments()
            return self.built(Call(source, name, args, at), source, *args)
        return self.built(Member(source, name, at), source)

    def arguments(self) -> tuple[Node, ...]:
        self.expect("(")
        args: list[Node] = []
        while not self.at_symbol(")"):
            args.append(self.expression(0))
            if not self.at_symbol(")"):
                self.expect(",")
                if self.at_symbol(")"):
                    raise self.unexpected()
        self.expect(")")
        return tuple(args)

    def term(self) -> Node:
        token = self.token
        match token.kind:
            case "number":
                return self.number()
            case "string":
                return Literal(self.advance().text, token.at)
            case "date" | "datetime" | "time":
                return self.moment()
            case "variable":
                return Variable(self.advance().text, token.at)
            case "special":
                self.advance()
                here = token.text == "this"
                return This(token.at, written=True) if here else Special(token.text, token.at)
            case "symbol":
                return self.bracketed()
            case "name" if token.text in ("true", "false"):
                return Literal(self.advance().text == "true", token.at)
            case "name" | "quoted":
                return self.invocation(This(token.at))
        raise self.unexpected()

    def bracketed(self) -> Node:
        if self.at_symbol("("):
            self.advance()
            node = self.expression(0)
            self.expect(")")
            return node
        at = self.token.at
        if self.at_symbol("{"):
            self.advance()
            self.expect("}")
            return Literal(None, at)
        raise self.unexpected()

    def number(self) -> Node:
        token = self.advance()
        unit = self.token
        if unit.kind == "string":
            self.advance()
            return QuantityLiteral(Decimal(token.text), unit.text, False, token.at)
        if unit.kind == "name" and unit.text in CALENDAR:
            self.advance()
            return QuantityLiteral(Decimal(token.text), CALENDAR[unit.text], True, token.at)
        if "." in token.text:
            return Literal(Decimal(token.text), token.at)
        if len(token.text) > 18:
            raise wrong("this integer is too large", self.text, token.at)
        return Literal(int(token.text), token.at)

    def moment(self) -> Node:
        token = self.advance()
        text = token.text[1:] if token.kind == "time" else token.text
        kind = {"date": "date", "datetime": "dateTime", "time": "time"}[token.kind]
        value = temporal.parse(text, kind)
        if value is None:
            raise wrong("no such date or time", self.text, token.at)
        return Literal(value, token.at)
