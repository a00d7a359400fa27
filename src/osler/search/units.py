"""Quantities of UCUM in base units, so that 5.4 mg and 0.0054 g are the same."""

from __future__ import annotations

from decimal import Decimal

from osler.fhir import ucum

UCUM = "http://unitsofmeasure.org"
_PLACES = 600  # powers of ten beyond which no measurement lies


def canonical(value: Decimal, code: str) -> tuple[Decimal, str] | None:
    """The value in base units and what these are; None for a code that UCUM does not know."""
    found = ucum.canonical(value, code)
    if found is None or not found[0].is_finite() or abs(found[0].adjusted()) > _PLACES:
        return None
    return found
