"""The problem list."""
