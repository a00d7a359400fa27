"""Parameters resources, as operations take and give them."""

from __future__ import annotations

from osler.fhir.base import Resource
from osler.fhir.r4.parameters import Parameters, ParametersParameter
from osler.kit.errors import Invalid


def named(resource: Resource, name: str) -> ParametersParameter | None:
    """The parameter of that name; more than one is refused."""
    if not isinstance(resource, Parameters):
        raise Invalid("The body must be a Parameters resource", expression="Parameters")
    found = [part for part in resource.parameter or () if part.name == name]
    if len(found) > 1:
        raise Invalid(f"{name} may be given only once", expression="Parameters.parameter")
    return found[0] if found else None
