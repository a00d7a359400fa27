"""Implanted devices and the identifiers that their labels carry."""
