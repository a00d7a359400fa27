"""What FHIR adds; https://hl7.org/fhir/R4/fhirpath.html#functions"""

# ruff: noqa: ARG001 - every function of the language takes the context, whether it needs it or not

from __future__ import annotations

from typing import Any

from osler.fhir.path import measure
from osler.fhir.path.functions.registry import function
from osler.fhir.path.navigate import Child, Dispatch
from osler.fhir.path.references import resolved
from osler.fhir.path.types import DATATYPES, is_type
from osler.fhir.path.types import known as is_known_type
from osler.fhir.path.values import (
    Context,
    Item,
    Items,
    Primitive,
    Quantity,
    is_element,
    single,
    text,
    unwrap,
    wrong,
)

_CORE = "http://hl7.org/fhir/StructureDefinition/"
_extensions = Dispatch((Child("extension"),), "items")


def _with_url(context: Context, items: Items, url: Items, what: str) -> Items:
    wanted = text(url, what)
    return [each for item in items for each in _extensions(item, context) if each.url == wanted]


@function("extension", 1)
def extension(context: Context, items: Items, url: Items) -> Items:
    """The extensions with a URL."""
    return _with_url(context, items, url, "extension()")


@function("hasExtension", 1)
def has_extension(context: Context, items: Items, url: Items) -> Items:
    """Whether there is an extension with a URL."""
    return [bool(_with_url(context, items, url, "hasExtension()"))]


def _has_value(item: Item) -> bool:
    return item.value is not None if item.__class__ is Primitive else not is_element(item)


@function("hasValue")
def has_value(context: Context, items: Items) -> Items:
    """Whether the input is one primitive with a value (not only extensions)."""
    return [len(items) == 1 and _has_value(items[0])]


@function("getValue")
def get_value(context: Context, items: Items) -> Items:
    """The System value of one primitive."""
    if len(items) != 1 or not _has_value(items[0]):
        return []
    return [single(items, "getValue()")]


@function("resolve")
def resolve(context: Context, items: Items) -> Items:
    """The resources that references stand for."""
    return resolved(items, context)


def _ask(context: Context, service: str, items: Items, *args: Any) -> Items:
    """One question to an injected function; None from it is empty."""
    if not items:
        return []
    ask = context.env.get(service)
    if not callable(ask):
        raise wrong(f"{service}() needs a function {service!r} in the environment, none is given")
    answer = ask(*unwrap(items), *args)
    return [] if answer is None else [bool(answer)]


@function("memberOf", 1)
def member_of(context: Context, items: Items, value_set: Items) -> Items:
    """Whether a code, Coding or CodeableConcept is in a value set: injected `memberOf(value, url)`."""
    if len(items) > 1:
        raise wrong(f"memberOf() takes one item, found {len(items)}")
    url = text(value_set, "memberOf()")
    return [] if url is None else _ask(context, "memberOf", items, url)


@function("subsumes", 1)
def subsumes(context: Context, items: Items, other: Items) -> Items:
    """Whether a code is the other or above it: injected `subsumes(a, b)`."""
    return _ask(context, "subsumes", items, *unwrap(other)) if other else []


@function("subsumedBy", 1)
def subsumed_by(context: Context, items: Items, other: Items) -> Items:
    """The converse of subsumes()."""
    return _ask(context, "subsumes", other, *unwrap(items)) if items else []


@function("conformsTo", 1)
def conforms_to(context: Context, items: Items, profile: Items) -> Items:
    """Whether one item is valid against a profile: FHIR's own types are known here, others are asked for."""
    if len(items) > 1:
        raise wrong(f"conformsTo() takes one item, found {len(items)}")
    url = text(profile, "conformsTo()")
    if url is None or not items:
        return []
    name = url.removeprefix(_CORE)
    core = name != url and (name in DATATYPES or name.isalpha())
    if core and not callable(context.env.get("conformsTo")) and is_known_type(name):
        return [is_type(items[0], name)]
    return _ask(context, "conformsTo", items, url)


@function("checkModifiers", 0, 50)
def check_modifiers(context: Context, items: Items, *allowed: Items) -> Items:
    """The input, when it has no modifier extensions but those allowed. Raises Invalid for another."""
    urls = {text(each, "checkModifiers()") for each in allowed}
    for item in items:
        for each in getattr(item, "modifierExtension", None) or ():
            if each.url not in urls:
                raise wrong(f"the modifier extension {each.url} is not understood")
    return items


@function("comparable", 1)
def comparable(context: Context, items: Items, other: Items) -> Items:
    """Whether two quantities have units of one kind."""
    a, b = single(items, "comparable()"), single(other, "comparable()")
    if a is None or b is None:
        return []
    both = isinstance(a, Quantity) and isinstance(b, Quantity)
    return [both and measure.equal(a, b) is not None]


@function("htmlChecks")
def html_checks(context: Context, items: Items) -> Items:
    """Whether narrative is safe XHTML, by the injected `htmlChecks(text)` or Osler's own narrative check."""
    if not items:
        return []
    if callable(context.env.get("htmlChecks")):
        return _ask(context, "htmlChecks", items)
    from osler.fhir import narrative  # only narrative invariants need it

    value = text(items, "htmlChecks()")
    return [] if value is None else [not narrative.check(value)]
