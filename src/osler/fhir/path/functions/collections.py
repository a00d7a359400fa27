"""Filtering, subsetting, combining; https://hl7.org/fhirpath/N1/#filtering-and-projection"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

from osler.fhir.path.equality import distinct, key
from osler.fhir.path.functions.existence import select_true
from osler.fhir.path.functions.registry import FUNCTIONS, Function, function
from osler.fhir.path.navigate import children as children_of
from osler.fhir.path.values import Context, Eval, Items, whole, wrong


def _compiled_away(context: Context, items: Items, *args: object) -> Items:
    raise AssertionError("the compiler turns type functions into tests of its own")


for _name in ("ofType", "as", "is"):
    FUNCTIONS[_name] = Function(_compiled_away, 1, 1, "type")


@function("where", 1, 1, "lambda")
def where(context: Context, items: Items, test: Eval) -> Items:
    """The items for which the test is true."""
    return select_true(context, items, test)


@function("select", 1, 1, "lambda")
def select(context: Context, items: Items, projection: Eval) -> Items:
    """What the projection yields for each item, in one collection."""
    context.spend(len(items))
    before = context.index
    out: Items = []
    for position, item in enumerate(items):
        context.index = position
        out += projection([item], context)
    context.index = before
    context.spend_on(out)
    return out


@function("repeat", 1, 1, "lambda")
def repeat(context: Context, items: Items, projection: Eval) -> Items:
    """The projection of the items, of what that yields, and so on, until nothing new comes."""
    seen = {}
    round_ = items
    while round_:
        fresh: Items = []
        for item in select(context, round_, projection):
            mark = key(item)
            if mark not in seen:
                seen[mark] = item
                fresh.append(item)
        context.spend(8 * len(fresh))  # each is remembered
        round_ = fresh
    return list(seen.values())


@function("children")
def children(context: Context, items: Items) -> Items:
    """All direct children."""
    return [child for item in items for child in children_of(item)]


@function("descendants")
def descendants(context: Context, items: Items) -> Items:
    """Children, their children, and so on; not the items themselves."""
    out: Items = []
    stack = [child for item in reversed(items) for child in reversed(children_of(item))]
    while stack:
        item = stack.pop()
        out.append(item)
        stack.extend(reversed(children_of(item)))
    context.spend(len(out))
    return out


@function("single")
def single(context: Context, items: Items) -> Items:
    """The only item. Raises Invalid for more than one."""
    if len(items) > 1:
        raise wrong(f"single() takes one item, found {len(items)}")
    return items


@function("first")
def first(context: Context, items: Items) -> Items:
    """The first item."""
    return items[:1]


@function("last")
def last(context: Context, items: Items) -> Items:
    """The last item."""
    return items[-1:]


@function("tail")
def tail(context: Context, items: Items) -> Items:
    """All but the first."""
    return items[1:]


@function("skip", 1)
def skip(context: Context, items: Items, number: Items) -> Items:
    """All but the first so many."""
    return items[max(0, whole(number, "skip()") or 0) :]


@function("take", 1)
def take(context: Context, items: Items, number: Items) -> Items:
    """The first so many."""
    return items[: max(0, whole(number, "take()") or 0)]


@function("intersect", 1)
def intersect(context: Context, items: Items, other: Items) -> Items:
    """What is in both, without repetition."""
    there = {key(item) for item in other}
    return distinct([item for item in items if key(item) in there])


@function("exclude", 1)
def exclude(context: Context, items: Items, other: Items) -> Items:
    """What is not in the other; repetition and order stay."""
    there = {key(item) for item in other}
    return [item for item in items if key(item) not in there]


@function("union", 1)
def union(context: Context, items: Items, other: Items) -> Items:
    """Both, without repetition."""
    return distinct(items + other)


@function("combine", 1)
def combine(context: Context, items: Items, other: Items) -> Items:
    """Both, with repetition."""
    context.spend(len(items) + len(other))
    return items + other
