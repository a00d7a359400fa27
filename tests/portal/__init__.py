"""The patients' pages."""
