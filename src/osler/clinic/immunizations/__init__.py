"""Vaccines given here, elsewhere, or refused."""
