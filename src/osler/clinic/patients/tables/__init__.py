"""Facts that registration asks by: races and ethnicities, languages, relationships, nicknames, ZIP codes."""
