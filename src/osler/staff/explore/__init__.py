"""The FHIR browser: resources as they are kept, for who runs the practice or the system."""
