"""Today: what waits for the person who signed in."""
