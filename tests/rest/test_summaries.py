"""The table of summary elements agrees with FHIR's own definitions."""

from __future__ import annotations

from osler.fhir import r4
from osler.rest.summaries import SUMMARIES


def test_every_type_has_a_line_of_its_own_elements() -> None:
    assert set(SUMMARIES) == set(r4.RESOURCES)
    for type, names in SUMMARIES.items():
        assert set(names.split()) <= set(r4.RESOURCES[type].__fhir_elements__), type


def test_what_the_specification_says_of_a_patient() -> None:
    names = set(SUMMARIES["Patient"].split())
    assert {"identifier", "active", "name", "deceased", "link"} <= names
    assert not {"text", "contact", "maritalStatus", "photo"} & names
