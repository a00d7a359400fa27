"""Units of measure by UCUM: parsing, canonical form, conversion; https://ucum.org/ucum"""

from __future__ import annotations

from osler.fhir.ucum.convert import canonical, comparable, convert, valid

__all__ = ["canonical", "comparable", "convert", "valid"]
