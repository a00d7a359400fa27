"""The medication list."""
