"""Everybody who may sign in: accounts, invitations, codes for patients, proxies, tokens, the first run."""
