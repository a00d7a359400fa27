"""Care team, goals, care plan and advance directives."""
