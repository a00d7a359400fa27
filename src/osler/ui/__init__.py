"""What every page shares: the base template, styles, headers."""
