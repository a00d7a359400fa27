"""How allauth's flows behave here: no accounts of one's own making, redirects inside Osler only, no chatter."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from osler.identity import happenings
from osler.identity.models import Account
from osler.identity.redirects import is_inside
from osler.identity.sealing import seal_text, unseal_text

_STAGES = ("allauth.mfa.stages.AuthenticateStage",)


class AccountAdapter(DefaultAccountAdapter):
    """For `ACCOUNT_ADAPTER`."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Never: people are invited."""
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether a redirect may lead there."""
        return is_inside(url)

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: our pages say what matters themselves."""

    def send_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: `identity.notices` does."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: `identity.notices` does."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address; what stands before us has set it already."""
        return happenings.address_of(request) or "0.0.0.0"  # noqa: S104

    def get_login_stages(self) -> list[str]:
        """The second factor is the only step between a proof and the session."""
        return list(_STAGES)


class FactorAdapter(DefaultMFAAdapter):
    """For `MFA_ADAPTER`."""

    def encrypt(self, text: str) -> str:
        """Secrets are encrypted in the database."""
        return seal_text(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What `encrypt` was given."""
        return unseal_text(encrypted_text)

    def _get_site_name(self) -> str:
        return "Osler"

    def get_public_key_credential_user_entity(self, user: Account) -> dict[str, Any]:
        """How a passkey names its account: by login name, not by address."""
        given: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return given | {"name": user.username, "display_name": user.name or user.username}
