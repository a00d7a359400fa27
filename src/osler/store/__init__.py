"""The only SQL that runs on clinical tables. Only `record` may import it."""
