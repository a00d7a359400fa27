"""People and programs that sign in: accounts, sessions, second factors, invitations, proxies, tokens."""
