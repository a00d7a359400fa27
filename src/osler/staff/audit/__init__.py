"""The audit's pages: who did what, by any field, and as a file."""
