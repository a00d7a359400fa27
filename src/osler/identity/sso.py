"""Signing in with a provider elsewhere (OpenID Connect): who that is here, with which roles.

https://openid.net/specs/openid-connect-core-1_0.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.conf import settings
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext

from osler.access import Principal
from osler.identity import people, rights
from osler.identity.events import Event, tell
from osler.identity.hooks import MULTI
from osler.identity.models import Account
from osler.identity.principals import principal
from osler.kit import outgoing_session
from osler.kit.errors import Conflict

PROVIDER = "sso"
_PROVIDER = Principal(id="system:sign-in-provider", name="Sign-in provider")
_NAME = re.compile(r"[^a-z0-9._-]+")
_TRIES = 20


def button() -> tuple[str, str] | None:
    """(words, address) of the button on the sign-in page, None where no provider is configured."""
    if not (settings.OSLER.oidc_url and settings.OSLER.oidc_client_id):
        return None
    return settings.OSLER.oidc_name, reverse("openid_connect_login", args=[PROVIDER])


def password_allowed(account: Account) -> bool:
    """Whether none of the account's roles has to come by the provider."""
    return button() is None or not set(account.roles) & settings.OSLER.sso_only


class Adapter(DefaultSocialAccountAdapter):
    """What allauth asks us: nobody signs up but as we say here."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Find or make the account, give it the roles that the provider says, trust its second factor."""
        claims = _claims(sociallogin)
        if sociallogin.is_existing:
            account: Account = sociallogin.user
        else:
            account = _by_address(claims) or self._made(request, claims)
            sociallogin.connect(request, account)
        if not account.is_active or account.kind != Account.Kind.STAFF:
            self._refuse(request, "This account is closed.")
        _give_roles(account, claims)
        if trusted_factor(claims):
            request.session[MULTI] = True

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Never by a form: `pre_social_login` has made the account or refused."""
        return False

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ARG002
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,  # noqa: ARG002
    ) -> None:
        """Say so in a page of ours, without what the provider said."""
        why = type(exception).__name__ if exception is not None else str(error or "unknown")
        tell(Event("login-failed", _PROVIDER, "failure", f"provider: {why}"))
        self._refuse(request, "The sign-in provider did not confirm who you are. Try again.")

    def get_requests_session(self) -> requests.Session:
        """Requests to the provider go out by the one way that is checked."""
        return outgoing_session.session()

    def _made(self, request: HttpRequest, claims: dict[str, Any]) -> Account:
        roles = mapped(claims)
        if not settings.OSLER.oidc_create or not roles:
            self._refuse(
                request,
                "There is no account here for you yet. Ask whoever manages accounts to invite you.",
            )
        name = str(claims.get("name") or claims.get("preferred_username") or claims["sub"])
        for username in _names(claims):
            try:
                return people.create(
                    _PROVIDER,
                    username,
                    None,
                    name=" ".join(name.split())[:200],
                    roles=roles,
                    email=_address(claims),
                )
            except Conflict:
                continue
        raise Conflict("No free user name could be made of what the provider says.")

    def _refuse(self, request: HttpRequest, text: str) -> None:
        response = render(request, "identity/sso_refused.html", {"text": gettext(text)}, status=403)
        raise ImmediateHttpResponse(response)


def mapped(claims: dict[str, Any]) -> frozenset[str]:
    """The roles here of the groups there, by OSLER_OIDC_ROLES; those that staff may have."""
    value = claims.get(settings.OSLER.oidc_claim)
    groups = {value} if isinstance(value, str) else set(value or ())
    wanted = set()
    for pair in settings.OSLER.oidc_roles:
        group, _, role = pair.rpartition("=")
        if group.strip() in groups:
            wanted.add(role.strip())
    return frozenset(wanted) & {role.code for role in rights.staff_roles()}


def trusted_factor(claims: dict[str, Any]) -> bool:
    """Whether the provider asked for a second factor, by its acr or amr and OSLER_OIDC_MFA."""
    amr = claims.get("amr") or ()
    said: Iterable[Any] = [claims.get("acr"), *([amr] if isinstance(amr, str) else amr)]
    return bool(settings.OSLER.oidc_mfa & {one for one in said if isinstance(one, str)})


def _claims(sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says of the person. Of how they signed in, only the signed token is believed."""
    data = sociallogin.account.extra_data
    token = dict(data.get("id_token") or {})
    said = {k: v for k, v in (data.get("userinfo") or {}).items() if k not in {"acr", "amr"}}
    return {**said, **token}


def _by_address(claims: dict[str, Any]) -> Account | None:
    """The one member of staff with the address that the provider has verified."""
    address = _address(claims)
    if not address:
        return None
    staff = Account.objects.filter(kind=Account.Kind.STAFF, is_active=True)
    found = list(staff.filter(email__iexact=address)[:2])
    return found[0] if len(found) == 1 else None


def _address(claims: dict[str, Any]) -> str:
    verified = claims.get("email_verified") is True
    return str(claims["email"]) if verified and isinstance(claims.get("email"), str) else ""


def _names(claims: dict[str, Any]) -> Iterable[str]:
    said = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    name = _NAME.sub("-", said.partition("@")[0].lower()).strip("-.")[:100] or "person"
    return [name, *(f"{name}{number}" for number in range(2, _TRIES))]


def _give_roles(account: Account, claims: dict[str, Any]) -> None:
    """The roles that the provider decides about, as it says now; others stay as they are."""
    decided = {pair.rpartition("=")[2].strip() for pair in settings.OSLER.oidc_roles}
    if not decided or settings.OSLER.oidc_claim not in claims:
        return
    before = set(account.roles)
    wanted = (before - decided) | mapped(claims)
    if wanted == before:
        return
    account.roles = sorted(wanted)
    account.save(update_fields=["roles"])
    words = f"from {', '.join(sorted(before)) or 'none'} to {', '.join(account.roles) or 'none'}"
    tell(Event("role-change", _PROVIDER, detail=words, subject=str(principal(account).id)))
