"""Immunizations."""
