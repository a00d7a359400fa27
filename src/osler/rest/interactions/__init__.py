"""The interactions of FHIR's RESTful API, one file each."""
