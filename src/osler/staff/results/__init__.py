"""Results: panels, trends, review."""
