"""Small secrets kept encrypted in the tables of accounts, and hashes that need our key to be made."""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE = 12


class Broken(ValueError):
    """It was sealed with another key, or altered."""


def derived(secret: str, purpose: str) -> bytes:
    """A key of 32 bytes for one purpose."""
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode())
    return made.derive(secret.encode())


def seal(content: bytes, key: bytes, about: bytes = b"") -> bytes:
    """Encrypted with AES-256-GCM; `about` must be the same again to open it."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, content, about)


def unseal(sealed: bytes, key: bytes, about: bytes = b"") -> bytes:
    """What was sealed. Raises `Broken`."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except (InvalidTag, ValueError) as error:
        raise Broken("It cannot be decrypted with this key") from error


def seal_text(text: str) -> str:
    """A text sealed with the installation's key."""
    return b64encode(seal(text.encode(), derived(settings.SECRET_KEY, "factors"))).decode()


def unseal_text(sealed: str) -> str:
    """What `seal_text` was given. Raises `Broken`."""
    return unseal(b64decode(sealed), derived(settings.SECRET_KEY, "factors")).decode()


def keyed_hash(text: str, purpose: str) -> str:
    """A hash that cannot be guessed at without the installation's key, as 64 hexadecimal digits."""
    return hmac.new(
        derived(settings.SECRET_KEY, purpose), text.encode(), hashlib.sha256
    ).hexdigest()
