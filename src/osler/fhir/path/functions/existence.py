"""Existence and counting; https://hl7.org/fhirpath/N1/#existence"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

from osler.fhir.path.equality import distinct, key
from osler.fhir.path.functions.registry import function
from osler.fhir.path.values import Context, Eval, Items, Primitive, describe, truth, wrong


@function("empty")
def empty(context: Context, items: Items) -> Items:
    """True when there is nothing."""
    return [not items]


@function("exists", 0, 1, "lambda")
def exists(context: Context, items: Items, test: Eval | None = None) -> Items:
    """True when there is something (that the test holds for)."""
    if test is None:
        return [bool(items)]
    return [bool(select_true(context, items, test, first=True))]


def select_true(context: Context, items: Items, test: Eval, *, first: bool = False) -> Items:
    """The items for which the test is true, or only the first of them."""
    context.spend(len(items))
    before, out = context.index, []
    for position, item in enumerate(items):
        context.index = position
        found = test([item], context)
        if found and truth(found) is True:
            out.append(item)
            if first:
                break
    context.index = before
    return out


@function("all", 1, 1, "lambda")
def all_(context: Context, items: Items, test: Eval) -> Items:
    """True when the test is true for every item."""
    return [len(select_true(context, items, test)) == len(items)]


def _booleans(items: Items, name: str) -> list[bool | None]:
    out: list[bool | None] = []
    for item in items:
        value = item.value if item.__class__ is Primitive else item
        if value is not None and value.__class__ is not bool:
            raise wrong(f"{name}() takes booleans, found {describe(item)}")
        out.append(value)
    return out


@function("allTrue")
def all_true(context: Context, items: Items) -> Items:
    """True when no item is anything but true."""
    return [all(_booleans(items, "allTrue"))]


@function("anyTrue")
def any_true(context: Context, items: Items) -> Items:
    """True when an item is true."""
    return [any(_booleans(items, "anyTrue"))]


@function("allFalse")
def all_false(context: Context, items: Items) -> Items:
    """True when no item is anything but false."""
    return [all(value is False for value in _booleans(items, "allFalse"))]


@function("anyFalse")
def any_false(context: Context, items: Items) -> Items:
    """True when an item is false."""
    return [any(value is False for value in _booleans(items, "anyFalse"))]


@function("subsetOf", 1)
def subset_of(context: Context, items: Items, other: Items) -> Items:
    """True when every item is in the other collection."""
    there = {key(item) for item in other}
    return [all(key(item) in there for item in items)]


@function("supersetOf", 1)
def superset_of(context: Context, items: Items, other: Items) -> Items:
    """True when every item of the other collection is here."""
    return subset_of(context, other, items)


@function("count")
def count(context: Context, items: Items) -> Items:
    """How many."""
    return [len(items)]


@function("distinct")
def distinct_(context: Context, items: Items) -> Items:
    """Without repetition."""
    return distinct(items)


@function("isDistinct")
def is_distinct(context: Context, items: Items) -> Items:
    """True when nothing is repeated."""
    return [len({key(item) for item in items}) == len(items)]
