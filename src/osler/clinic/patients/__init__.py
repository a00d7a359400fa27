"""Patients as people: finding them, registering them, telling them apart, and mending double records."""
