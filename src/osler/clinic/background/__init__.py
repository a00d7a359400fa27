"""What a chart knows of a person's life: family, operations and hospital stays, and how such entries are kept."""
