"""Access: roles, policies, consents."""
