"""Walking from an element to its children: closures made once per class and chain of steps.

The element tables of the generated types say where everything is, so a walk is attribute reads and loops and
nothing else.
"""

# ruff: noqa: ARG001, ARG005 - all closures of one kind take the same two arguments

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from osler.fhir.path.types import is_type
from osler.fhir.path.values import Context, Item, Items, Primitive, Quantity, TypeInfo

if TYPE_CHECKING:
    from osler.fhir.model import Property

Walk = Callable[[Any, Any], Items]
"""(item, context) -> items. The context is None in walks whose picks need none."""
Mode = Literal["raw", "typed", "items"]
"""What a walk ends in: raw values, (value, type) pairs, or items with `Primitive` wrappers."""


@dataclass(frozen=True, slots=True)
class Child:
    """Step to the children of a name."""

    name: str


@dataclass(frozen=True, slots=True)
class Only:
    """Keep items of a type."""

    type: str


@dataclass(frozen=True, slots=True)
class Pick:
    """Keep items that a test holds for; `needs_context` when it resolves or uses variables."""

    test: Callable[[Item, Context], bool]
    needs_context: bool
    on_primitives: bool = True


Step = Child | Only | Pick
Steps = tuple[Step, ...]


def nothing(item: Item, context: Context) -> Items:
    """The walk of a name that the class does not have."""
    return []


def build(cls: type, steps: Steps, mode: Mode) -> Walk:
    """The walk of `steps` from items of `cls`."""
    if not steps:
        return _ending(cls, mode)
    step, rest = steps[0], steps[1:]
    match step:
        case Child(name=name):
            return _child(cls, name, rest, mode)
        case Only(type=wanted):
            return _only(cls, wanted, rest, mode)
        case Pick(test=test):
            following = build(cls, rest, mode)
            return lambda item, context: following(item, context) if test(item, context) else []


def _ending(cls: type, mode: Mode) -> Walk:
    if mode == "items":
        return lambda item, context: [item]
    if mode == "raw":
        if cls is Primitive:
            return lambda item, context: [] if item.value is None else [item.value]
        return lambda item, context: [item]
    if cls is Primitive:
        return lambda item, context: [] if item.value is None else [(item.value, item.type)]
    name = getattr(cls, "__fhir_type__", cls.__name__)
    return lambda item, context: [(item, name)]


def _only(cls: type, wanted: str, rest: Steps, mode: Mode) -> Walk:
    following = build(cls, rest, mode)
    if hasattr(cls, "__fhir_type__"):
        # The class decides, so test it now instead of at every item.
        return following if _class_is(cls.__fhir_type__, wanted) else nothing
    return lambda item, context: following(item, context) if is_type(item, wanted) else []


def _class_is(fhir_type: str, wanted: str) -> bool:
    return is_type(Primitive(None, fhir_type, None), wanted)


def _child(cls: type, name: str, rest: Steps, mode: Mode) -> Walk:
    table = getattr(cls, "__fhir_elements__", None)
    if table is None:
        return _child_of_value(cls, name, rest, mode)
    properties: tuple[Property, ...] = table.get(name, ())
    while rest and isinstance(rest[0], Only) and all(p.type != "Resource" for p in properties):
        wanted, rest = rest[0].type, rest[1:]
        properties = tuple(p for p in properties if _class_is(p.type, wanted))
    if not properties:
        return nothing
    if len(properties) == 1:
        return _property(properties[0], rest, mode)
    return _choice(properties, rest, mode)


def _child_of_value(cls: type, name: str, rest: Steps, mode: Mode) -> Walk:
    """Children of what is not an element: a primitive's id and extensions, a type's name, a quantity's parts."""
    if cls is Primitive and name in ("extension", "id"):
        follow = Dispatch((Child(name), *rest), mode)
        return lambda item, context: [] if item.ext is None else follow(item.ext, context)
    names = {TypeInfo: ("name", "namespace"), Quantity: ("value", "unit")}.get(cls, ())
    if name not in names:
        return nothing
    get = attrgetter(name)
    follow = Dispatch(rest, mode)
    return lambda item, context: follow(get(item), context)


class Dispatch:
    """A walk from items of any class, each class's own built when first met."""

    __slots__ = ("mode", "steps", "walks")

    def __init__(self, steps: Steps, mode: Mode) -> None:
        self.steps = steps
        self.mode = mode
        self.walks: dict[type, Walk] = {}

    def __call__(self, item: Item, context: Context | None) -> Items:
        """The walk from one item."""
        walk = self.walks.get(item.__class__)
        if walk is None:
            walk = self.walks[item.__class__] = build(item.__class__, self.steps, self.mode)
        return walk(item, context)


def _property(prop: Property, rest: Steps, mode: Mode) -> Walk:
    if prop.primitive:
        return _primitive(prop, rest, mode)
    get = attrgetter(prop.attr)
    if prop.type == "Resource":
        return _resources(get, prop.many, rest, mode)
    if not rest and mode != "typed":
        return _plain_many(get) if prop.many else _plain_one(get)
    enter = _entering(prop, rest, mode)

    def walk(item: Item, context: Context) -> Items:
        found = get(item)
        return [] if found is None else enter(found, context)

    return walk


def _plain_one(get: Callable[[Any], Any]) -> Walk:
    def walk(item: Item, context: Context) -> Items:
        found = get(item)
        return [] if found is None else [found]

    return walk


def _plain_many(get: Callable[[Any], Any]) -> Walk:
    def walk(item: Item, context: Context) -> Items:
        found = get(item)
        return [] if found is None else found[:]

    return walk


def _resources(get: Callable[[Any], Any], many: bool, rest: Steps, mode: Mode) -> Walk:
    follow = Dispatch(rest, mode)

    def walk(item: Item, context: Context) -> Items:
        found = get(item)
        if found is None:
            return []
        if not many:
            return follow(found, context)
        return [each for child in found for each in follow(child, context)]

    return walk


def _entering(prop: Property, rest: Steps, mode: Mode) -> Walk:
    """The walk from the found child (or list of them) on; made at the first one, whose class it needs."""
    made: Walk | None = None
    many = prop.many

    def enter(found: Any, context: Context) -> Items:
        nonlocal made
        if made is None:
            if many and not found:
                return []
            made = _enter_many(found[0].__class__, rest, mode) if many else build(
                found.__class__, rest, mode
            )  # fmt: skip
        return made(found, context)

    return enter


def _enter_many(cls: type, rest: Steps, mode: Mode) -> Walk:
    get = _raw_leaf(cls, rest, mode)
    if get is not None:

        def collect(found: Any, context: Context) -> Items:
            out = []
            for child in found:
                value = get(child)
                if value is not None:
                    out.append(value)
            return out

        return collect
    walk = build(cls, rest, mode)

    def spread(found: Any, context: Context) -> Items:
        if len(found) == 1:
            return walk(found[0], context)
        out: Items = []
        for child in found:
            out += walk(child, context)
        return out

    return spread


def _raw_leaf(cls: type, rest: Steps, mode: Mode) -> Callable[[Any], Any] | None:
    """The getter when all that is left is one unrepeated child whose value is the result itself."""
    if len(rest) != 1 or not isinstance(rest[0], Child):
        return None
    properties = getattr(cls, "__fhir_elements__", {}).get(rest[0].name, ())
    if len(properties) != 1 or properties[0].many or properties[0].type == "Resource":
        return None
    prop = properties[0]
    plain = mode == "raw" or (mode == "items" and not prop.primitive)
    return attrgetter(prop.attr) if plain else None


def _primitive(prop: Property, rest: Steps, mode: Mode) -> Walk:
    if rest:
        return _through_primitive(prop, rest, mode)
    get = attrgetter(prop.attr)
    if mode == "items":
        return _wrapped_many(prop) if prop.many else _wrapped_one(prop)
    if mode == "raw":
        return _values(get) if prop.many else _plain_one(get)
    name = prop.type
    if prop.many:
        values = _values(get)
        return lambda item, context: [(value, name) for value in values(item, context)]

    def walk(item: Item, context: Context) -> Items:
        found = get(item)
        return [] if found is None else [(found, name)]

    return walk


def _values(get: Callable[[Any], Any]) -> Walk:
    def walk(item: Item, context: Context) -> Items:
        found = get(item)
        if found is None:
            return []
        # A null in the list stands for an entry that has only extensions.
        return [value for value in found if value is not None] if None in found else found[:]

    return walk


def _wrapped_one(prop: Property) -> Walk:
    get, kind = attrgetter(prop.attr), prop.type
    if prop.ext is None:

        def bare(item: Item, context: Context) -> Items:
            value = get(item)
            return [] if value is None else [Primitive(value, kind, None)]

        return bare
    extras = attrgetter(prop.ext)

    def walk(item: Item, context: Context) -> Items:
        value, extra = get(item), extras(item)
        return [] if value is None and extra is None else [Primitive(value, kind, extra)]

    return walk


def _wrapped_many(prop: Property) -> Walk:
    get, kind = attrgetter(prop.attr), prop.type
    extras = attrgetter(prop.ext) if prop.ext else lambda item: None

    def walk(item: Item, context: Context) -> Items:
        values, more = get(item) or (), extras(item) or ()
        if not more:
            return [Primitive(value, kind, None) for value in values if value is not None]
        size = max(len(values), len(more))
        values = [*values, *[None] * (size - len(values))]
        more = [*more, *[None] * (size - len(more))]
        return [
            Primitive(value, kind, extra)
            for value, extra in zip(values, more, strict=True)
            if value is not None or extra is not None
        ]

    return walk


def _through_primitive(prop: Property, rest: Steps, mode: Mode) -> Walk:
    found = _wrapped_many(prop) if prop.many else _wrapped_one(prop)
    follow = build(Primitive, rest, mode)

    def walk(item: Item, context: Context) -> Items:
        return [each for value in found(item, context) for each in follow(value, context)]

    return walk


def _choice(properties: tuple[Property, ...], rest: Steps, mode: Mode) -> Walk:
    """One of several properties; all are read by one call, since mostly at most one is there."""
    attrs = [prop.attr for prop in properties]
    walks = [_property(prop, rest, mode) for prop in properties]
    for prop, walk in zip(properties, list(walks), strict=True):
        if prop.ext is not None:
            attrs.append(prop.ext)
            walks.append(walk)
    read, size = attrgetter(*attrs), len(attrs)

    def choose(item: Item, context: Context) -> Items:
        found = read(item)
        if found.count(None) == size:
            return []
        for value, walk in zip(found, walks, strict=True):
            if value is not None:
                return walk(item, context)
        return []

    return choose


def children(item: Item) -> Items:
    """All direct children of an item, in the order of the element table."""
    if item.__class__ is Primitive:
        return [] if item.ext is None else children(item.ext)
    out: Items = []
    for walk in child_walks(item.__class__):
        out += walk(item, None)
    return out


_walks: dict[type, tuple[Walk, ...]] = {}


def child_walks(cls: type) -> tuple[Walk, ...]:
    """One walk for each element name of a class."""
    found = _walks.get(cls)
    if found is None:
        names = getattr(cls, "__fhir_elements__", ())
        found = _walks[cls] = tuple(_child(cls, name, (), "items") for name in names)
    return found
