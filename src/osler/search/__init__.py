"""FHIR search as a compiler: query string to tree (`parse`), tree to SQL (`compile`), resource to rows (`extract`)."""
