"""The functions of FHIRPath, one module per chapter of https://hl7.org/fhirpath/N1/#functions"""

from __future__ import annotations

from osler.fhir.path.functions import (
    collections,
    conversion,
    existence,
    fhir,
    maths,
    strings,
    utility,
)
from osler.fhir.path.functions.registry import FUNCTIONS, Function

__all__ = [
    "FUNCTIONS",
    "Function",
    "collections",
    "conversion",
    "existence",
    "fhir",
    "maths",
    "strings",
    "utility",
]
