"""FHIRPath 2.0 over the generated types: compiled once to closures, cached; https://hl7.org/fhirpath/N1/

from osler.fhir import path
path.compile("Patient.name.given")(patient)   # ['Ada', 'Augusta']
"""

from __future__ import annotations

from osler.fhir.path.compiled import CompiledPath, Resolver, compile  # noqa: A004 - as `re.compile` is named
from osler.fhir.path.temporal import Temporal
from osler.fhir.path.values import Primitive, Quantity, TypeInfo

__all__ = ["CompiledPath", "Primitive", "Quantity", "Resolver", "Temporal", "TypeInfo", "compile"]
