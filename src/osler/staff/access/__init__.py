"""Roles, who can see what and why, and broken glass."""
