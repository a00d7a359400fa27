"""FHIR and System types: which item is of which type; https://hl7.org/fhir/R4/fhirpath.html#types"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from osler.fhir.model import PRIMITIVES
from osler.fhir.path.temporal import Temporal
from osler.fhir.path.values import Item, Primitive, Quantity, TypeInfo


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARENT = {
    "code": "string", "id": "string", "markdown": "string",
    "url": "uri", "canonical": "uri", "uuid": "uri", "oid": "uri",
    "positiveInt": "integer", "unsignedInt": "integer",
    "Age": "Quantity", "Count": "Quantity", "Distance": "Quantity", "Duration": "Quantity",
    "SimpleQuantity": "Quantity", "MoneyQuantity": "Quantity",
    "BackboneElement": "Element",
    "DomainResource": "Resource",
}  # fmt: skip
"""The types above a type, where it is not simply Element (datatypes) or DomainResource (resources)."""

_BACKBONES = _names(
    "Dosage ElementDefinition MarketingStatus Population ProdCharacteristic ProductShelfLife "
    "SubstanceAmount Timing"
)
DATATYPES = (
    PRIMITIVES
    | _BACKBONES
    | _names(
        "Element BackboneElement Resource DomainResource Address Age Annotation Attachment "
        "CodeableConcept Coding ContactDetail ContactPoint Contributor Count DataRequirement Distance "
        "Duration Expression Extension HumanName Identifier Meta Money MoneyQuantity Narrative "
        "ParameterDefinition Period Quantity Range Ratio Reference RelatedArtifact SampledData "
        "Signature SimpleQuantity TriggerDefinition UsageContext"
    )
)
_BARE = frozenset({"Bundle", "Binary", "Parameters"})
SYSTEM = _names("Boolean String Integer Decimal Date DateTime Time Quantity Any")
_OF_PYTHON = {
    bool: "Boolean",
    str: "String",
    int: "Integer",
    Decimal: "Decimal",
    Quantity: "Quantity",
}
_OF_TEMPORAL = {"date": "Date", "dateTime": "DateTime", "time": "Time"}


def known(name: str) -> bool:
    """Whether a type specifier names a type, with or without namespace."""
    namespace, _, short = name.rpartition(".")
    if namespace == "System":
        return short in SYSTEM
    if namespace == "FHIR":
        return short in DATATYPES or _is_resource(short)
    # A backbone element is written by its path, such as Patient.contact.
    return name in SYSTEM or name in DATATYPES or _is_resource(name.partition(".")[0])


@lru_cache(maxsize=512)
def _is_resource(name: str) -> bool:
    from osler.fhir import r4  # the types load only when an expression names one

    return name in r4.RESOURCES


@lru_cache(maxsize=4096)
def lineage(name: str) -> frozenset[str]:
    """A FHIR type and all types above it."""
    out = {name}
    while name not in ("Element", "Resource"):
        name = PARENT.get(name) or _default_parent(name)
        out.add(name)
    return frozenset(out)


def _default_parent(name: str) -> str:
    root, dot, _ = name.partition(".")
    if dot:
        return "Element" if root in DATATYPES else "BackboneElement"
    if name in _BACKBONES:
        return "BackboneElement"
    if name in DATATYPES:
        return "Element"
    return "Resource" if name in _BARE else "DomainResource"


def type_of(item: Item) -> TypeInfo:
    """What `type()` answers for an item."""
    cls = item.__class__
    if cls is Primitive:
        return TypeInfo("FHIR", item.type)
    name = _OF_PYTHON.get(cls)
    if name:
        return TypeInfo("System", name)
    if cls is Temporal:
        return TypeInfo("System", _OF_TEMPORAL[item.kind])
    if cls is TypeInfo:
        return TypeInfo("System", "TypeInfo")
    name = cls.__fhir_type__
    return TypeInfo("FHIR", "BackboneElement" if "." in name else name)


@lru_cache(maxsize=4096)
def _fhir_match(actual: str, wanted: str) -> bool:
    namespace, _, short = wanted.rpartition(".")
    if namespace == "System":
        return short == "Any"
    if namespace == "FHIR":
        return short in lineage(actual)
    return wanted in lineage(actual)


def is_type(item: Item, wanted: str) -> bool:
    """Whether an item is of the wanted type or one below it. Unqualified names are tried in FHIR, then System."""
    cls = item.__class__
    if cls is Primitive:
        return _fhir_match(item.type, wanted)
    name = getattr(cls, "__fhir_type__", None)
    if name is not None:
        return _fhir_match(name, wanted)
    found = type_of(item)
    return wanted in (found.name, f"System.{found.name}", "Any", "System.Any")
