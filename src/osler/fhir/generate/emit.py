"""Writes one class definition as Python source."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from osler.fhir.generate.model import ClassDef, Codes, ElementDef, class_name
from osler.fhir.model import PRIMITIVES, Property, elements

WIDTH = 100


def class_source(found: ClassDef) -> str:
    """The source of one Struct."""
    base = class_name(found.base) if found.base else "Base"
    lines = [*_header(found, base), *_tables(found, base)]
    for element in found.own:
        lines.extend(f"    {line}" for line in _fields(element))
    if found.fhir_type == "Resource":
        lines += _RESOURCE_TYPE
    lines += _post_init(found)
    return "\n".join(lines) + "\n"


_RESOURCE_TYPE = [
    "",
    "    @property",
    "    def resourceType(self) -> str:  # noqa: N802 - the name FHIR gives it",
    '        """The name of the resource type, such as `Patient`."""',
    "        return self.__fhir_type__",
]


def _header(found: ClassDef, base: str) -> list[str]:
    tag = ', tag_field="resourceType"' if found.fhir_type == "Resource" else ""
    text = f"https://hl7.org/fhir/R4/{found.fhir_type.partition('.')[0].lower()}.html"
    doc = f'    """{found.fhir_type}"""' if "." in found.fhir_type else f'    """{text}"""'
    return [f"class {found.name}({base}, kw_only=True{tag}):", doc, ""]


def _tables(found: ClassDef, base: str) -> list[str]:
    lines = [f'    __fhir_type__ = "{found.fhir_type}"']
    inherit = "" if base == "Base" else f"base={base}.__fhir_elements__"
    specs = [_spec(element) for element in found.own]
    if specs:
        body = _wrapped(specs + ([inherit] if inherit else []), "        ")
        lines += ["    __fhir_elements__ = elements(", *body, "    )"]
    required = sorted(e.name.removesuffix("[x]") for e in found.own if _checked_when_missing(e))
    if required:
        own = "{" + ", ".join(f'"{name}"' for name in required) + "}"
        union = f"{base}.__fhir_required__ | " if base not in ("Base", *_NO_RULES) else ""
        lines += [f"    __fhir_required__ = {union}frozenset(", f"        {own}", "    )"]
    return [*lines, ""]


_NO_RULES = ("Element", "BackboneElement", "Resource", "DomainResource")


def _wrapped(items: list[str], indent: str) -> list[str]:
    text = " ".join(f"{item}," for item in items)
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _spec(element: ElementDef) -> str:
    flags = ("*" if element.many else "") + ("" if element.extensible else "!")
    if set(element.types) == {"xhtml"}:
        flags = "!"
    return f'"{element.name}:{"|".join(element.types)}{flags}"'


def _checked_when_missing(element: ElementDef) -> bool:
    """A required choice or primitive: msgspec cannot demand it, as an extension may stand in its place."""
    return element.required and (element.choice or _properties(element)[0].ext is not None)


def _properties(element: ElementDef) -> tuple[Property, ...]:
    (found,) = elements(_spec(element).strip('"')).values()
    return found


def _fields(element: ElementDef) -> Iterator[str]:
    for prop in _properties(element):
        hint = _hint(element, prop)
        if hint == "AnyResource":
            yield f"{prop.attr}: MaybeResource = None"
            continue
        if element.required and not element.choice and prop.ext is None:
            yield f"{prop.attr}: {hint}"
            continue
        yield f"{prop.attr}: {hint} | None = None"
        if prop.ext is not None:
            ext = "Many[Element | None]" if prop.many else "Element"
            yield f"{prop.ext}: {ext} | None = None"


def _hint(element: ElementDef, prop: Property) -> str:
    if prop.type == "Resource":
        hint = "AnyResource"
    elif element.codes and prop.type == "code":
        hint = element.codes
    else:
        hint = class_name(prop.type)
    if not prop.many:
        return hint
    return f"Many[{hint} | None]" if prop.ext is not None else f"Many[{hint}]"


def _post_init(found: ClassDef) -> list[str]:
    tests = [test for element in found.own for test in _tests(element)]
    if not tests:
        return []
    inherited = found.base not in (None, *_NO_RULES, "Quantity")
    assert not inherited, found.fhir_type
    lines = ["", "    def __post_init__(self) -> None:", "        if ("]
    for number, test in enumerate(tests):
        lines.extend(f"            {line}" for line in _joined(test, first=number == 0))
    return [*lines, "        ):", "            check(self)"]


def _joined(test: list[str], *, first: bool) -> list[str]:
    return test if first else ["or " + test[0], *test[1:]]


def _tests(element: ElementDef) -> Iterator[list[str]]:
    """Cheap expressions, true when `check` may find something."""
    properties = _properties(element)
    if element.choice:
        names = [f"self.{n}" for p in properties for n in (p.attr, p.ext) if n is not None]
        wanted = f"!= {len(names) - 1}" if element.required else f"< {len(names) - 1}"
        yield ["(", *_wrapped(names, "    "), f").count(None) {wanted}"]
    for prop in properties:
        here = f"self.{prop.attr}"
        if prop.type == "decimal":
            yield [f"{here} is not None", *([] if prop.many else [f"and unruly({here})"])]
        if prop.ext is None or element.choice:
            continue
        if prop.many:
            yield [f"self.{prop.ext} is not None"]
            if prop.type != "decimal":
                yield [f"{here} is not None", f"and None in {here}"]
        if element.required:
            yield [f"{here} is None"]


def codes_source(found: list[Codes]) -> str:
    """The module of Literal aliases."""
    parts = [
        '"""Closed lists of codes. Generated by `python -m osler.fhir.generate`; do not edit."""',
        "",
        "from typing import Literal",
        "",
    ]
    for codes in sorted(found, key=lambda c: c.name):
        listed = [f'"{code}"' for code in codes.codes]
        parts += [f"{codes.name} = Literal[", *_wrapped(listed, "    "), "]"]
    return "\n".join(parts) + "\n"


def names_used(body: str) -> set[str]:
    """Every capitalised name in source text outside string literals: the aliases and classes it needs."""
    return set(re.findall(r"\b[A-Z]\w+", re.sub(r'"[^"\n]*"', "", body)))


ALIASES = frozenset(class_name(code) for code in PRIMITIVES) | {"Many"}
