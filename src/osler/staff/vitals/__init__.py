"""Vital signs: entry, flowsheet, growth."""
