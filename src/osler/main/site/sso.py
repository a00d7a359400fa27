"""Our settings of a sign-in provider as allauth's. https://docs.allauth.org/en/latest/socialaccount/"""

from __future__ import annotations

from typing import Any

from osler.kit.settings import Settings

PROVIDER = "sso"


def django_sso(settings: Settings) -> dict[str, Any]:
    """The settings that begin with SOCIALACCOUNT_; no provider unless one is configured."""
    common: dict[str, Any] = {
        "SOCIALACCOUNT_ADAPTER": "osler.identity.sso.Adapter",
        "SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX": "oidc",
        # A link starts it: a form would have to be let lead to the provider. Nothing happens but a redirect.
        "SOCIALACCOUNT_LOGIN_ON_GET": True,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
    }
    if not (settings.oidc_url and settings.oidc_client_id):
        return common
    app = {
        "provider_id": PROVIDER,
        "name": settings.oidc_name,
        "client_id": settings.oidc_client_id,
        "secret": settings.oidc_client_secret or "",
        "settings": {"server_url": settings.oidc_url},
    }
    provider: dict[str, Any] = {"APPS": [app], "OAUTH_PKCE_ENABLED": True}
    if settings.oidc_mfa:
        # Some say how somebody signed in only if asked. https://openid.net/specs/openid-connect-core-1_0.html#ClaimsParameter
        provider["AUTH_PARAMS"] = {"claims": '{"id_token":{"acr":null,"amr":null}}'}
    return {**common, "SOCIALACCOUNT_PROVIDERS": {"openid_connect": provider}}
