"""Files of patients: filed, found, read, marked, reviewed."""
