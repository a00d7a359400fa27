"""How Django finds the account of a session: with its preferences, which every page asks for next."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend

from osler.identity.models import Account


class Backend(AuthenticationBackend):
    """allauth's, in one statement."""

    def get_user(self, user_id: Any) -> Account | None:
        """The account, where it may still sign in."""
        found = Account.objects.select_related("preferences").filter(pk=user_id).first()
        return found if found is not None and self.user_can_authenticate(found) else None
