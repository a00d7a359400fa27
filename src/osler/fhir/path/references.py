"""`resolve()`: what a reference stands for, and of what type; https://hl7.org/fhir/R4/fhirpath.html#functions"""

from __future__ import annotations

import re
from typing import Any, cast

from osler.fhir.path.types import is_type, lineage
from osler.fhir.path.values import Context, Item, Items, Primitive

_TYPED = re.compile(
    r"(?:^|/)([A-Z][A-Za-z]+)/[A-Za-z0-9.\-]{1,64}(?:/_history/[A-Za-z0-9.\-]{1,64})?$"
)
_URIS = frozenset({"uri", "url", "canonical", "string"})


def reference_of(item: Item) -> str | None:
    """The text of a Reference, or of a uri or canonical."""
    if item.__class__ is str:
        return item
    if item.__class__ is Primitive:
        return item.value if item.type in _URIS else None
    if getattr(item.__class__, "__fhir_type__", None) == "Reference":
        return cast("str | None", item.reference)
    return None


def resolve(item: Item, context: Context) -> Any:
    """The resource behind a reference, None when it cannot be had. Contained ones are found here, others injected."""
    if hasattr(item.__class__, "__fhir_elements__") and hasattr(item, "resourceType"):
        return item
    text = reference_of(item)
    if text is None:
        return None
    if text.startswith("#"):
        return _contained(text[1:], context)
    found = _in_bundle(text, context)
    if found is None and context.resolver is not None:
        found = context.resolver(text)
    return found


def _contained(identifier: str, context: Context) -> Any:
    for name in ("rootResource", "resource"):
        container = context.env.get(name, context.root)
        if isinstance(container, list):
            container = container[0] if container else None
        if not identifier:  # '#' alone is the container
            return container
        for each in getattr(container, "contained", None) or ():
            if each.id == identifier:
                return each
    return None


def _in_bundle(text: str, context: Context) -> Any:
    if getattr(context.root.__class__, "__fhir_type__", None) != "Bundle":
        return None
    for entry in context.root.entry or ():
        if entry.fullUrl == text or (entry.fullUrl or "").endswith("/" + text):
            return entry.resource
    return None


def refers_to(item: Item, wanted: str, context: Context) -> bool:
    """`resolve() is T`, read off the reference itself where its text or `type` says it, so that nothing is fetched."""
    text = reference_of(item)
    if text is not None:
        match = _TYPED.search(text)
        if match is not None and not text.startswith("#"):
            return wanted.removeprefix("FHIR.") in lineage(match.group(1))
    said = getattr(item, "type", None) if item.__class__ is not Primitive else None
    if isinstance(said, str) and not (text or "").startswith("#"):
        return wanted.removeprefix("FHIR.") in lineage(said.rpartition("/")[2])
    found = resolve(item, context)
    return found is not None and is_type(found, wanted)


def resolved(items: Items, context: Context) -> Items:
    """`resolve()` of a collection; what cannot be resolved is left out."""
    out = []
    for item in items:
        found = resolve(item, context)
        if found is not None:
            out.append(found)
    return out
