"""Patients: search, registration, demographics, merging."""
