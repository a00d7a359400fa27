"""The tables of people who sign in, one file per subject."""

from __future__ import annotations

from osler.identity.models.account import Account, AccountManager, new_id

__all__ = ["Account", "AccountManager", "new_id"]
