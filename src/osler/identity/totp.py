"""Codes of an authenticator app, by RFC 6238; a code that was used is worth nothing any more.

https://www.rfc-editor.org/rfc/rfc6238
"""

from __future__ import annotations

import base64
import hmac
import secrets
import struct
from io import BytesIO
from urllib.parse import quote, urlencode

import qrcode
from allauth.mfa.models import Authenticator
from django.db import transaction
from qrcode.image.svg import SvgPathImage

from osler.identity.models import Account
from osler.identity.sealing import seal_text, unseal_text
from osler.kit import clock

_PERIOD = 30
_DIGITS = 6
_DRIFT = 1
"""Codes of the period before and after count too: clocks of telephones differ."""


def new_secret() -> str:
    """A secret of 160 bits, as apps take it."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, counter: int) -> str:
    """The code of one period (RFC 4226, section 5.3)."""
    key = base64.b32decode(secret)
    mac = hmac.new(key, struct.pack(">Q", counter), "sha1").digest()
    at = mac[-1] & 15
    number = struct.unpack(">I", mac[at : at + 4])[0] & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def period() -> int:
    """The number of the present period."""
    return int(clock.now().timestamp()) // _PERIOD


def match(secret: str, code: str, after: int = -1) -> int | None:
    """The period that a code is of, where it is one of now and later than `after`."""
    tried = "".join(code.split()).encode()
    now = period()
    found = None
    for counter in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(code_at(secret, counter).encode(), tried) and counter > after:
            found = counter
    return found


def activate(account: Account, secret: str, code: str) -> Authenticator | None:
    """Make the app a factor of the account, where the code shows that the app has the secret."""
    counter = match(secret, code)
    if counter is None:
        return None
    return Authenticator.objects.create(
        user=account,
        type=Authenticator.Type.TOTP,
        data={"secret": seal_text(secret), "used": counter},
    )


def use(account: Account, code: str) -> Authenticator | None:
    """The account's app, where the code is one of its own that was not used yet."""
    with transaction.atomic():
        rows = Authenticator.objects.select_for_update()
        row = rows.filter(user_id=account.pk, type=Authenticator.Type.TOTP).first()
        if row is None:
            return None
        counter = match(unseal_text(row.data["secret"]), code, after=row.data["used"])
        if counter is None:
            return None
        row.data["used"], row.last_used_at = counter, clock.now()
        row.save(update_fields=["data", "last_used_at"])
        return row


def address(account: Account, secret: str, issuer: str) -> str:
    """What the QR code says. https://github.com/google/google-authenticator/wiki/Key-Uri-Format"""
    label = quote(f"{issuer}:{account.username}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer})}"


def picture(text: str) -> str:
    """A QR code as an address for an image."""
    made = BytesIO()
    qrcode.make(text, image_factory=SvgPathImage, box_size=12, border=2).save(made)
    return f"data:image/svg+xml;base64,{base64.b64encode(made.getvalue()).decode()}"
