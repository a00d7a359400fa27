"""Procedures that were done."""
