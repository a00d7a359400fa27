"""Passkeys: what a browser is asked for, and what its answer proves. https://www.w3.org/TR/webauthn-3/

The cryptography is that of `fido2`, the flow that of `allauth.mfa`. The person is always verified by
their device (PIN, finger, face), so that a passkey alone is two factors.
"""

from __future__ import annotations

import json
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.core.exceptions import ValidationError
from fido2.webauthn import AuthenticationResponse

from osler.identity.models import Account
from osler.kit import clock

_LONGEST = 20_000


def begin_adding(account: Account) -> dict[str, Any]:
    """What to ask the browser for, to make a new passkey."""
    asked: dict[str, Any] = auth.begin_registration(account, passwordless=True)
    return asked


def add(account: Account, answer: str, name: str) -> Authenticator | None:
    """The new passkey, where the browser's answer is one to what it was asked."""
    try:
        credential = _read(answer)
        auth.parse_registration_response(credential)
        made = auth.complete_registration(credential)
    except (ValidationError, ValueError, TypeError, KeyError):
        return None
    if not made.is_user_verified():
        return None
    row = auth.WebAuthn.add(account, name[:60] or "Passkey", credential).instance
    row.data["counter"] = made.counter
    row.save(update_fields=["data"])
    return row


def begin(account: Account | None = None) -> dict[str, Any]:
    """What to ask the browser for: a passkey of this account, or any it has for us."""
    asked: dict[str, Any] = auth.begin_authentication(account)
    return asked


def use(answer: str, account: Account | None = None) -> Authenticator | None:
    """The passkey that the browser's answer proves; of this account, where one is given."""
    try:
        credential = _read(answer)
        response = AuthenticationResponse.from_dict(credential)
        owner = account or auth.extract_user_from_response(credential)
        row = auth.complete_authentication(owner, credential)
    except (ValidationError, ValueError, TypeError, KeyError):
        return None
    counter = response.response.authenticator_data.counter
    if counter <= row.data.get("counter", 0) and counter:
        return None  # A copy of it has been used before: https://www.w3.org/TR/webauthn-3/#sctn-sign-counter
    row.data["counter"], row.last_used_at = counter, clock.now()
    row.save(update_fields=["data", "last_used_at"])
    return row


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > _LONGEST:
        raise ValueError("too long")
    try:
        read = json.loads(answer)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(read, dict):
        raise TypeError("not an object")
    return read
