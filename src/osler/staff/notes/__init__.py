"""Notes: write, sign, add to, compare."""
