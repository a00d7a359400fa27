"""Parts of addresses that Django has no word for: `<fhir:id>`, the logical id of a resource."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class FhirId(StringConverter):
    """A logical id. https://hl7.org/fhir/R4/datatypes.html#id"""

    regex = "[A-Za-z0-9.-]{1,64}"


register_converter(FhirId, "fhir")
