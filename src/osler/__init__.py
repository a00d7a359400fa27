"""Osler: an electronic health record that keeps FHIR R4 resources in PostgreSQL, behind one door."""

__version__ = "0.1.0"
