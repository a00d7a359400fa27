"""Questionnaires: what they ask, how they are scored, and what is kept of the answers."""
