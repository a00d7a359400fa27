"""Notes of visits: text and data as one thing, written, signed, and after that only added to."""
