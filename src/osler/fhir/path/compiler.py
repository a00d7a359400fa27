"""A syntax tree to a closure `(this, context) -> items`; everything that can be decided is decided here, once."""

# ruff: noqa: ARG001, ARG005 - all closures of one kind take the same two arguments

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from osler.fhir.path import equality, operators, syntax, types
from osler.fhir.path.functions import FUNCTIONS, Function
from osler.fhir.path.navigate import Child, Dispatch, Only, Steps
from osler.fhir.path.picks import pick, recognise
from osler.fhir.path.syntax import Node
from osler.fhir.path.values import (
    UCUM,
    Context,
    Eval,
    Item,
    Items,
    Quantity,
    truth,
    whole,
    wrong,
)

_CONSTANTS = {
    "ucum": UCUM,
    "sct": "http://snomed.info/sct",
    "loinc": "http://loinc.org",
}
_PREFIXES = {
    "vs-": "http://hl7.org/fhir/ValueSet/",
    "ext-": "http://hl7.org/fhir/StructureDefinition/",
}


def translate(node: Node) -> Eval:
    """The closure of a node."""
    chain = chained(node)
    if chain is not None:
        return _walking(*chain)
    match node:
        case syntax.Literal(value=value):
            return _constant([] if value is None else [value])
        case syntax.QuantityLiteral(value=number, unit=unit, calendar=calendar):
            return _constant([Quantity(number, unit, calendar)])
        case syntax.This():
            return lambda this, context: this
        case syntax.Special(name=name):
            return _special(name)
        case syntax.Variable(name=name):
            return _variable(name)
        case syntax.Call():
            return _call(node)
        case syntax.Index(source=source, index=index):
            return _index(translate(source), translate(index))
        case syntax.Unary(operator=operator, operand=operand):
            return _unary(operator, translate(operand))
        case syntax.Binary():
            return _binary(node)
        case syntax.Many(operator=operator, operands=operands):
            return _many(operator, [translate(each) for each in operands])
        case syntax.TypeTest(operand=operand, type=wanted):
            return _is(translate(operand), checked_type(wanted))
        case syntax.Member():
            raise AssertionError("every member is part of a chain")


def checked_type(name: str) -> str:
    """A type specifier that exists. Raises Invalid."""
    if not types.known(name):
        raise wrong(f"there is no type {name}")
    return name


def chained(node: Node) -> tuple[Node, Steps] | None:
    """A node as steps from where they start, when it is a chain of names, type filters and simple conditions."""
    steps: list[Any] = []
    while True:
        if isinstance(node, syntax.Member):
            qualified = _qualified(node)
            steps[:0] = [Only(checked_type(qualified))] if qualified else _member_step(node)
            node = node.source.source if qualified else node.source  # type: ignore[union-attr]
        elif isinstance(node, syntax.TypeTest) and node.operator == "as":
            steps[:0] = [Only(checked_type(node.type))]
            node = node.operand
        elif isinstance(node, syntax.Call) and (found := _call_steps(node)) is not None:
            steps[:0] = found
            node = node.source
        else:
            return (node, tuple(steps)) if steps else None


def _qualified(node: syntax.Member) -> str | None:
    """`FHIR.Patient` at the start of a path, where the first name is a namespace."""
    name = syntax.dotted(node)
    return name if name and name.startswith(("FHIR.", "System.")) and name.count(".") == 1 else None


def _member_step(node: syntax.Member) -> Steps:
    # FHIR element names are lower case, so an upper-case first name can only be the type of the input.
    first = isinstance(node.source, syntax.This) and not node.source.written
    if first and node.name[:1].isupper():
        return (Only(checked_type(node.name)),)
    return (Child(node.name),)


def _call_steps(node: syntax.Call) -> Steps | None:
    if node.name in ("as", "ofType") and len(node.args) == 1:
        name = syntax.dotted(node.args[0])
        return (Only(checked_type(name)),) if name else None
    if node.name == "extension" and len(node.args) == 1:
        argument = node.args[0]
        if isinstance(argument, syntax.Literal) and isinstance(argument.value, str):
            return (Child("extension"), pick("url", argument.value))
    if node.name == "where" and len(node.args) == 1:
        found = recognise(node.args[0])
        return None if found is None else (found,)
    return None


def _constant(items: Items) -> Eval:
    return lambda this, context: items


def _walking(start: Node, steps: Steps) -> Eval:
    follow = Dispatch(steps, "items")
    if isinstance(start, syntax.This):

        def from_here(this: Items, context: Context) -> Items:
            if len(this) == 1:
                return follow(this[0], context)
            return [each for item in this for each in follow(item, context)]

        return from_here
    source = translate(start)

    def walk(this: Items, context: Context) -> Items:
        return [each for item in source(this, context) for each in follow(item, context)]

    return walk


def _special(name: str) -> Eval:
    if name == "total":
        return lambda this, context: context.total

    def index(this: Items, context: Context) -> Items:
        return [] if context.index is None else [context.index]

    return index


def _variable(name: str) -> Eval:
    if name in _CONSTANTS:
        return _constant([_CONSTANTS[name]])
    for prefix, base in _PREFIXES.items():
        if name.startswith(prefix):
            return _constant([base + name.removeprefix(prefix)])
    rooted = name in ("resource", "context", "rootResource")

    def look(this: Items, context: Context) -> Items:
        if name in context.env:
            value = context.env[name]
            if value is None:
                return []
            return value if isinstance(value, list) else [value]
        if rooted:
            return [context.root]
        raise wrong(f"the variable %{name} is not given")

    return look


def _call(node: syntax.Call) -> Eval:
    function = FUNCTIONS.get(node.name)
    if function is None:
        raise wrong(f"there is no function {node.name}() at character {node.at + 1}")
    count = len(node.args)
    if not function.least <= count <= function.most:
        wanted = f"{function.least} to {function.most}" if function.most else "no"
        raise wrong(
            f"{node.name}() takes {wanted} arguments, found {count} at character {node.at + 1}"
        )
    source = translate(node.source)
    if function.kind == "type":
        name = syntax.dotted(node.args[0])
        if name is None:
            raise wrong(f"{node.name}() takes the name of a type, at character {node.at + 1}")
        return _is(source, checked_type(name))
    args = [translate(each) for each in node.args]
    return _applied(function, source, args)


def _applied(function: Function, source: Eval, args: list[Eval]) -> Eval:
    run = function.run
    if function.kind == "lambda":
        return lambda this, context: run(context, source(this, context), *args)
    if not args:
        return lambda this, context: run(context, source(this, context))
    if len(args) == 1:
        only = args[0]
        return lambda this, context: run(context, source(this, context), only(this, context))

    def apply(this: Items, context: Context) -> Items:
        return run(context, source(this, context), *[each(this, context) for each in args])

    return apply


def _index(source: Eval, index: Eval) -> Eval:
    def at(this: Items, context: Context) -> Items:
        items, position = source(this, context), whole(index(this, context), "[]")
        if position is None or not 0 <= position < len(items):
            return []
        return [items[position]]

    return at


def _unary(operator: str, operand: Eval) -> Eval:
    run = operators.negate if operator == "-" else operators.keep_sign
    return lambda this, context: run(operand(this, context))


def _is(source: Eval, wanted: str) -> Eval:
    def test(this: Items, context: Context) -> Items:
        items = source(this, context)
        if not items:
            return []
        if len(items) > 1:
            raise wrong(f"is takes one item, found {len(items)}")
        return [types.is_type(items[0], wanted)]

    return test


def _binary(node: syntax.Binary) -> Eval:
    left, right = translate(node.left), translate(node.right)
    if node.operator == "implies":
        return _implies(left, right)
    if node.operator == "xor":
        return _xor(left, right)
    run = operators.BINARY[node.operator]
    return lambda this, context: run(left(this, context), right(this, context))


def _implies(left: Eval, right: Eval) -> Eval:
    def run(this: Items, context: Context) -> Items:
        first = truth(left(this, context))
        if first is False:
            return [True]
        found = operators.implies(first, truth(right(this, context)))
        return [] if found is None else [found]

    return run


def _xor(left: Eval, right: Eval) -> Eval:
    def run(this: Items, context: Context) -> Items:
        a, b = truth(left(this, context)), truth(right(this, context))
        return [] if a is None or b is None else [a != b]

    return run


def _many(operator: str, parts: list[Eval]) -> Eval:
    if operator == "|":
        return _union(parts)
    # `and` is settled by a false, `or` by a true; an unknown on the way leaves the rest to settle it.
    settling = operator == "or"

    def run(this: Items, context: Context) -> Items:
        unknown = False
        for part in parts:
            found = truth(part(this, context))
            if found is settling:
                return [settling]
            unknown = unknown or found is None
        return [] if unknown else [not settling]

    return run


def _union(parts: list[Eval]) -> Eval:
    def run(this: Items, context: Context) -> Items:
        out: Items = []
        for part in parts:
            out += part(this, context)
        return equality.distinct(out)

    return run


def condition(test: Eval) -> Callable[[Item, Context], bool]:
    """An expression as a yes or no about one item; unknown is no."""
    return lambda item, context: truth(test([item], context)) is True
