"""Tests of who signs in, and how."""
