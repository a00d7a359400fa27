"""Changes parts of a resource: JSON Patch and FHIRPath Patch; https://hl7.org/fhir/R4/http.html#patch"""

from __future__ import annotations

from osler.fhir.patch import fhirpath_patch, json_patch
from osler.fhir.r4.parameters import Parameters

__all__ = ["apply"]


def apply(operations: bytes | Parameters, content: bytes) -> bytes:
    """`content` after all operations, not yet checked to be a resource.

    `operations` is a JSON Patch (a list), or a FHIRPath Patch (a Parameters resource, as text or decoded). Raises
    Invalid for a malformed patch, Unprocessable where an operation cannot be done or a test fails, TooLarge.
    """
    if isinstance(operations, Parameters) or operations.lstrip()[:1] == b"{":
        return fhirpath_patch.apply(operations, content)
    return json_patch.apply(operations, content)
