"""Implanted and other devices."""
