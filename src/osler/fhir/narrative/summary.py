"""A plain narrative made from the data of a resource, everything escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from html import escape
from typing import Any, Final

from osler.fhir import r4
from osler.fhir.model import Base, Property
from osler.fhir.narrative.safety import XHTML

ROW_LIMIT: Final = 20


def generate(resource: Base) -> str:
    """A `div` with a table of the resource's main elements, everything escaped."""
    rows = "".join(
        f"<tr><th>{escape(label)}</th><td>{escape(text)}</td></tr>"
        for label, text in list(_rows(resource))[:ROW_LIMIT]
    )
    title = escape(_words(resource.__fhir_type__))
    table = f"<table>{rows}</table>" if rows else ""
    return f'<div xmlns="{XHTML}"><p><b>{title}</b></p>{table}</div>'


def with_narrative(resource: r4.DomainResource) -> None:
    """Give `resource` a generated narrative where it has none."""
    if resource.text is None:
        resource.text = r4.Narrative(status="generated", div=generate(resource))


def renewed(resource: r4.DomainResource) -> None:
    """Make the narrative again of what the resource says now, unless somebody has written it."""
    if resource.text is not None and resource.text.status == "generated":
        resource.text = None
    with_narrative(resource)


def _rows(resource: Base) -> Iterator[tuple[str, str]]:
    for name, properties in resource.__fhir_elements__.items():
        if name in ("id", "meta", "implicitRules", "language", "text", "contained"):
            continue
        for prop in properties:
            text = _all_text(getattr(resource, prop.attr), prop)
            if text:
                yield _words(name), text


def _all_text(value: Any, prop: Property) -> str:
    values = value if isinstance(value, list) else [value]
    texts = [
        text for text in (_text(item, prop.type) for item in values if item is not None) if text
    ]
    return ", ".join(texts)


def _text(value: Any, fhir_type: str) -> str:
    """One value in words; nothing for types that words do not serve."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:f}"
        case str() if fhir_type == "base64Binary":
            return ""
        case str() | int():
            return str(value)
        case r4.Coding():
            return value.display or value.code or ""
        case r4.CodeableConcept():
            named = (_text(coding, "Coding") for coding in value.coding or ())
            return value.text or next((name for name in named if name), "")
        case r4.Identifier() | r4.ContactPoint():
            return value.value or ""
        case r4.Reference():
            return value.display or ""
        case r4.Annotation() | r4.Dosage():
            return value.text or ""
        case r4.HumanName() | r4.Address():
            return value.text or _named(value)
        case _:
            return _measured(value)


def _named(value: r4.HumanName | r4.Address) -> str:
    if isinstance(value, r4.HumanName):
        parts = [*(value.prefix or ()), *(value.given or ()), value.family, *(value.suffix or ())]
        return " ".join(part for part in parts if part)
    parts = [*(value.line or ()), value.city, value.state, value.postalCode, value.country]
    return ", ".join(part for part in parts if part)


def _measured(value: Any) -> str:
    """Amounts and spans."""
    match value:
        case r4.Quantity():
            number = "" if value.value is None else f"{value.value:f}"
            return " ".join(p for p in (value.comparator, number, value.unit or value.code) if p)
        case r4.Money():
            number = "" if value.value is None else f"{value.value:f}"
            return " ".join(part for part in (number, value.currency) if part)
        case r4.Period():
            return f"{value.start or '…'} to {value.end or '…'}"
        case r4.Range():
            low = "…" if value.low is None else _measured(value.low)
            return f"{low} to {'…' if value.high is None else _measured(value.high)}"
        case _:
            return ""


def _words(name: str) -> str:
    """`birthDate` is `Birth date`."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return spaced[:1].upper() + spaced[1:].lower()
