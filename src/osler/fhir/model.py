"""What every generated FHIR class shares: its JSON names, its element table and the rules types cannot say."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, NamedTuple

import msgspec

from osler.fhir.primitives import unruly


def words(text: str) -> frozenset[str]:
    """The words of a text, for lists that read better so."""
    return frozenset(text.split())


PRIMITIVES = words(
    "base64Binary boolean canonical code date dateTime decimal id instant integer markdown oid "
    "positiveInt string time unsignedInt uri url uuid xhtml"
)


class Property(NamedTuple):
    """One JSON property of an element. `type` is a FHIR type code or the path of a backbone element."""

    attr: str
    json: str
    ext: str | None
    type: str
    many: bool
    primitive: bool


Elements = Mapping[str, tuple[Property, ...]]


def json_name(attr: str) -> str | None:
    """The JSON name of an attribute where it differs: `class_` is `class`, `birthDate_ext` is `_birthDate`."""
    if attr.endswith("_ext"):
        return "_" + attr[:-4].rstrip("_")
    return attr[:-1] if attr.endswith("_") else None


class Base(
    msgspec.Struct,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    rename=json_name,
    gc=False,  # a resource is a tree: no cycles, so reference counts are enough, and bulk decoding is faster
):
    """Any FHIR element or resource. Unset properties are None."""

    __fhir_type__: ClassVar[str] = ""
    __fhir_elements__: ClassVar[Elements] = MappingProxyType({})
    __fhir_required__: ClassVar[frozenset[str]] = frozenset()


def elements(*specs: str, base: Elements | None = None) -> Elements:
    """An element table from short specs such as `status:code`, `value[x]:Quantity|string`, `name:HumanName*`.

    `*` marks a repeating element; `!` marks a primitive that takes no `_` sibling.
    """
    table: dict[str, tuple[Property, ...]] = dict(base or {})
    for spec in specs:
        name, _, types = spec.partition(":")
        bare = types.rstrip("*!")
        flags = types[len(bare) :]
        if name.endswith("[x]"):
            name = name[:-3]
            pairs = [(name + code[0].upper() + code[1:], code) for code in bare.split("|")]
        else:
            pairs = [(name, bare)]
        table[name] = tuple(_property(json, code, flags) for json, code in pairs)
    return MappingProxyType(table)


_KEYWORDS = frozenset({"assert", "class", "for", "from", "global", "import", "in", "is", "with"})


def _property(json: str, code: str, flags: str) -> Property:
    primitive = code in PRIMITIVES
    attr = json + "_" if json in _KEYWORDS else json
    ext = attr + "_ext" if primitive and "!" not in flags else None
    return Property(attr, json, ext, code, "*" in flags, primitive)


def check(element: Base) -> None:
    """Raise ValueError where `element` breaks a rule between its properties.

    Called by generated `__post_init__` methods only after a cheap test says that there may be something to find.
    """
    for found in problems(element):
        raise ValueError(found)


def problems(element: Base) -> list[str]:
    """The rules between properties that `element` breaks, in words."""
    return [
        text
        for name, properties in element.__fhir_elements__.items()
        for text in _element_problems(element, name, properties)
    ]


def _element_problems(element: Base, name: str, properties: tuple[Property, ...]) -> list[str]:
    present = [p for p in properties if _is_present(element, p)]
    if len(present) > 1:
        names = " and ".join(p.json for p in present)
        return [f"found {names}, expected at most one {name}[x]"]
    if not present:
        if name not in element.__fhir_required__:
            return []
        wanted = name if len(properties) == 1 else f"{name}[x]"
        return [f"missing required element {wanted}"]
    return _value_problems(element, present[0])


def _is_present(element: Base, prop: Property) -> bool:
    if getattr(element, prop.attr) is not None:
        return True
    return prop.ext is not None and getattr(element, prop.ext) is not None


def _value_problems(element: Base, prop: Property) -> list[str]:
    value = getattr(element, prop.attr)
    if prop.type == "decimal" and value is not None:
        for item in value if prop.many else (value,):
            if item is not None and unruly(item):
                return [f"{prop.json}: found a decimal out of range"]
    if prop.many and prop.ext is not None:
        return alignment_problems(prop.json, value, getattr(element, prop.ext))
    return []


def alignment_problems(
    name: str, values: list[object] | None, extensions: list[object] | None
) -> list[str]:
    """What is wrong between a list of primitives and its `_` list: they run in step, null where one has nothing."""
    if values is not None and extensions is not None and len(values) != len(extensions):
        return [
            f"found {len(values)} {name} and {len(extensions)} _{name}, expected as many of both"
        ]
    size = len(values or extensions or ())
    left = values or [None] * size
    right = extensions or [None] * size
    return [
        f"{name}[{index}]: found null without an extension, expected a value"
        for index, (value, extension) in enumerate(zip(left, right, strict=True))
        if value is None and extension is None
    ]
