"""The staff's pages: people, roles, audit, privacy desk, broken glass."""
