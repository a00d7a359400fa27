"""Documents: files, letters, printing."""
