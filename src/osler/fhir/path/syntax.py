"""The syntax tree of FHIRPath: plain frozen values, made by the parser and read by the compiler."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the expression, already a System value (the empty collection is `None`)."""

    value: object
    at: int


@dataclass(frozen=True, slots=True)
class QuantityLiteral:
    """A number with a unit; `calendar` when the unit is a word such as `days`."""

    value: Decimal
    unit: str
    calendar: bool
    at: int


@dataclass(frozen=True, slots=True)
class This:
    """`$this`, and the unwritten input of a path's first step."""

    at: int
    written: bool = False


@dataclass(frozen=True, slots=True)
class Special:
    """`$index` or `$total`."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable, name without the percent sign."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Member:
    """A child element by name; on `This` an upper-case name selects by type."""

    source: Node
    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function applied to its input collection."""

    source: Node
    name: str
    args: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Index:
    """`source[index]`."""

    source: Node
    index: Node
    at: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`+x` or `-x`."""

    operator: str
    operand: Node
    at: int


@dataclass(frozen=True, slots=True)
class Binary:
    """Any operator with two sides, except types and the flattened ones."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True, slots=True)
class Many:
    """A chain of one associative operator (`and`, `or`, `|`), flat so that long chains stay shallow."""

    operator: str
    operands: tuple[Node, ...]
    at: int


@dataclass(frozen=True, slots=True)
class TypeTest:
    """`x is T` or `x as T`; the type's name may be qualified."""

    operator: str
    operand: Node
    type: str
    at: int


Node = (
    Literal
    | QuantityLiteral
    | This
    | Special
    | Variable
    | Member
    | Call
    | Index
    | Unary
    | Binary
    | Many
    | TypeTest
)


def children(node: Node) -> Iterator[Node]:
    """The direct parts of a node."""
    match node:
        case Member(source=source):
            yield source
        case Call(source=source, args=args):
            yield source
            yield from args
        case Index(source=source, index=index):
            yield source
            yield index
        case Unary(operand=operand) | TypeTest(operand=operand):
            yield operand
        case Binary(left=left, right=right):
            yield left
            yield right
        case Many(operands=operands):
            yield from operands
        case _:
            return


def dotted(node: Node) -> str | None:
    """The name a node spells when it is only names and dots (a type specifier), else None."""
    if not isinstance(node, Member):
        return None
    match node.source:
        case This(written=False):
            return node.name
        case Member():
            prefix = dotted(node.source)
            return f"{prefix}.{node.name}" if prefix else None
        case _:
            return None
