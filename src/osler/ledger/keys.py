"""Ed25519 keys that sign the ledger's heads: in a file of their own, or behind a program (a key service).

https://www.rfc-editor.org/rfc/rfc8032
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from osler.kit.errors import OslerError
from osler.kit.locking import sync_directory

_COMMAND_S = 30.0


class KeyTrouble(OslerError):
    """The key that signs the ledger cannot be read, or its program does not answer."""

    code = "exception"


class WrongKey(KeyTrouble):
    """The key at hand is not the one whose turn it is to sign."""


class Signer(Protocol):
    """Two of them: `FileKey` and `CommandKey`."""

    def public(self) -> str:
        """The public key: 32 bytes in hexadecimal."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The signature over a message: 64 bytes."""
        ...


class FileKey:
    """A private key in a PEM file (PKCS 8) that only its owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._key: Ed25519PrivateKey | None = None

    def __repr__(self) -> str:
        return f"FileKey({self.path})"

    def make(self) -> None:
        """Make a new key there, mode 0600; KeyTrouble where a file is there already or cannot be made."""
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "wb") as out:
                out.write(pem)
                out.flush()
                os.fsync(out.fileno())
            # A block that names this key may be on the disk a moment from now: so must be the file's name.
            sync_directory(self.path.parent)
        except OSError as error:
            raise KeyTrouble(f"Cannot make the ledger's key {self.path} ({error}).") from error
        self._key = key

    def public(self) -> str:
        """The public key: 32 bytes in hexadecimal."""
        return self._loaded().public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> bytes:
        """The signature over a message: 64 bytes."""
        return self._loaded().sign(message)

    def _loaded(self) -> Ed25519PrivateKey:
        if self._key is None:
            self._key = self._load()
        return self._key

    def _load(self) -> Ed25519PrivateKey:
        try:
            mode = self.path.stat().st_mode
            pem = self.path.read_bytes()
        except OSError as error:
            raise KeyTrouble(
                f"Cannot read the ledger's key {self.path} ({error.strerror}). Restore it from its"
                " backup: a ledger goes on only with the key that its last block names."
            ) from error
        if os.name == "posix" and mode & 0o077:
            raise KeyTrouble(
                f"Others may read the ledger's key {self.path}; run `chmod 600 {self.path}`, and"
                " `osler ledger rotate-key` if someone may have."
            )
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError) as error:
            raise KeyTrouble(
                f"{self.path} is not a private key in PEM without password."
            ) from error
        if not isinstance(key, Ed25519PrivateKey):
            raise KeyTrouble(f"{self.path} is not an Ed25519 key.")
        return key


class CommandKey:
    """A key that a program of the operator's signs with: a client of a key service, a smart card.

    Run as `COMMAND public` it prints the public key (64 hexadecimal digits), as `COMMAND sign` it reads the
    message on stdin and prints the signature (128 hexadecimal digits).
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._words = tuple(command)
        self._public: str | None = None

    def __repr__(self) -> str:
        return f"CommandKey({self._words[0]})"  # Arguments may hold what is secret.

    def public(self) -> str:
        """The public key: 32 bytes in hexadecimal."""
        if self._public is None:
            self._public = self._run("public", b"", 32).hex()
        return self._public

    def sign(self, message: bytes) -> bytes:
        """The signature over a message: 64 bytes, checked."""
        signature = self._run("sign", message, 64)
        if not verify(self.public(), message, signature):
            raise KeyTrouble(
                f"{self._words[0]} signed with another key than the one it calls its public key."
            )
        return signature

    def _run(self, verb: str, message: bytes, size: int) -> bytes:
        try:
            done = subprocess.run(
                [*self._words, verb],
                input=message,
                capture_output=True,
                timeout=_COMMAND_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            reason = type(error).__name__  # The whole text has the arguments.
            raise KeyTrouble(f"{self._words[0]} {verb} did not run ({reason}).") from error
        if done.returncode:
            raise KeyTrouble(f"{self._words[0]} {verb} ended with code {done.returncode}.")
        try:
            answer = bytes.fromhex(done.stdout.decode("ascii").strip())
        except ValueError:
            answer = b""
        if len(answer) != size:
            raise KeyTrouble(f"{self._words[0]} {verb} must print {size * 2} hexadecimal digits.")
        return answer


def verify(public: str, message: bytes, signature: bytes) -> bool:
    """Whether the signature is that of this public key over this message."""
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
