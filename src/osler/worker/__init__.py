"""Background jobs by name, run from the queue that lies in the same PostgreSQL."""
