"""Allergies and intolerances, and the statement that there are none known."""
