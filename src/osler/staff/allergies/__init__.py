"""The allergy list."""
