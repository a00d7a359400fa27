"""FHIR over HTTP: one of the doors to the record. See https://hl7.org/fhir/R4/http.html"""
