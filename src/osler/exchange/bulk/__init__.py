"""Loads and unloads the whole record as files: Bundles, single resources and NDJSON."""
