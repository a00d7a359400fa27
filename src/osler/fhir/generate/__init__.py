"""Generates `osler.fhir.r4` from the StructureDefinitions: `python -m osler.fhir.generate PACKAGE_DIR`."""
