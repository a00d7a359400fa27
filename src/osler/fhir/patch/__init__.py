"""Changes parts of a resource: JSON Patch and FHIRPath Patch; https://hl7.org/fhir/R4/http.html#patch"""

from __future__ import annotations

from osler.fhir.patch.json_patch import apply

__all__ = ["apply"]
