"""Attacks: each is tried as an attacker would, and must be told nothing and change nothing."""
