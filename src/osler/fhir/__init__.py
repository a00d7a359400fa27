"""The FHIR R4 standard as pure functions: typed resources, codec, validation, paths. No SQL, no network."""
