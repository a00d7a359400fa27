"""The words that templates of pages may use."""
