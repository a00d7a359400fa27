"""Conditions that are tested directly on an item: `where(system = 'x')` and `where(resolve() is Patient)`."""

# ruff: noqa: ARG001 - all closures of one kind take the same two arguments

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from osler.fhir.path import equality, syntax, types
from osler.fhir.path.navigate import Child, Pick, build
from osler.fhir.path.references import refers_to
from osler.fhir.path.syntax import Call, Literal, Member, Node, This, TypeTest
from osler.fhir.path.values import TEMPORAL, Context, Item


def recognise(condition: Node) -> Pick | None:
    """The direct test for a condition, None when it needs an evaluation."""
    match condition:
        case syntax.Binary(
            operator="=",
            left=Member(source=This(), name=name),
            right=Literal(value=str() as wanted),
        ):
            return pick(name, wanted)
        case TypeTest(
            operator="is", operand=Call(source=This(), name="resolve", args=()), type=name
        ):
            return _refers(name)
        case Call(name="is", source=Call(source=This(), name="resolve", args=()), args=(argument,)):
            named = syntax.dotted(argument)
            return None if named is None else _refers(named)
        case _:
            return None


def pick(name: str, wanted: str) -> Pick:
    """Items whose child `name` is the string `wanted`."""
    tests: dict[type, Callable[[Item], bool]] = {}

    def test(item: Item, context: Context) -> bool:
        run = tests.get(item.__class__)
        if run is None:
            run = tests[item.__class__] = _string_test(item.__class__, name, wanted)
        return run(item)

    return Pick(test, needs_context=False)


def _string_test(cls: type, name: str, wanted: str) -> Callable[[Item], bool]:
    """One attribute read where the child is one piece of text; else the general equality."""
    properties = getattr(cls, "__fhir_elements__", {}).get(name, ())
    if len(properties) == 1:
        prop = properties[0]
        if prop.primitive and not prop.many and prop.type not in TEMPORAL:
            get = attrgetter(prop.attr)
            return lambda item: bool(get(item) == wanted)
    walk = build(cls, (Child(name),), "items")
    return lambda item: equality.equal(walk(item, None), [wanted]) is True


def _refers(wanted: str) -> Pick | None:
    if not types.known(wanted):
        return None
    return Pick(lambda item, context: refers_to(item, wanted, context), needs_context=True)
