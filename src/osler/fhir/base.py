"""The names the rest of Osler uses to speak of any FHIR element or resource."""

from __future__ import annotations

from osler.fhir.model import Base, Elements, Property
from osler.fhir.r4.datatypes import DomainResource, Element, Resource

__all__ = ["Base", "DomainResource", "Element", "Elements", "Property", "Resource"]
