"""What `_summary=true` keeps of a type: FHIR's summary elements, and of their parts those in a summary too.

See https://hl7.org/fhir/R4/search.html#summary
"""

from __future__ import annotations

import msgspec

from osler.fhir import definitions, r4
from osler.fhir.base import Base

Plan = dict[str, "Plan | None"]
"""JSON property -> what to keep inside it, None for all of it. What is not named goes."""

# Not in a summary by themselves, but what they stand on would mean something else without them.
_WITH_EACH = frozenset({"id", "extension", "modifierExtension"})
# Resources in a Bundle or in Parameters are others' own affair; the rest are Quantity under another
# name, all of which is in a summary.
_WHOLE = frozenset({"Resource", "Age", "Count", "Distance", "Duration"})


def summary_plan(kind: type[Base]) -> Plan:
    """What to keep of a resource: what FHIR counts to a summary, and what it cannot be without."""
    return _plan(kind, definitions.summary(kind.__fhir_type__), frozenset())


def _plan(kind: type[Base], names: frozenset[str], above: frozenset[str]) -> Plan:
    keep = names | mandatory(kind)
    above |= {kind.__fhir_type__}
    return {
        prop.json: None if prop.primitive else _inside(prop.type, above)
        for name, properties in kind.__fhir_elements__.items()
        if name in keep
        for prop in properties
    }


def _inside(type: str, above: frozenset[str]) -> Plan | None:
    """What to keep of an element of this type; `above` are the types that it stands in.

    All of it, too, where FHIR marks the element but no part of it, and where a type comes back in itself.
    """
    if type in _WHOLE or type in above:
        return None
    kind, names = r4.type_class(type), definitions.summary(type)
    if not names - _WITH_EACH:
        return None
    found = _plan(kind, names | _WITH_EACH, above)
    everything = sum(map(len, kind.__fhir_elements__.values()))
    return None if len(found) == everything and not any(found.values()) else found


def mandatory(kind: type[Base]) -> frozenset[str]:
    """Elements that one of this kind cannot be without."""
    fields = msgspec.structs.fields(kind)
    return kind.__fhir_required__ | {field.encode_name for field in fields if field.required}
