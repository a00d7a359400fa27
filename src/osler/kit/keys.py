"""Master keys: where they are kept, and other keys wrapped by them with AES-256-GCM.

A key file has one key a line, the one in use first; lines with # are comments. With a key command the
lines are what the command made of the keys, so that the file alone opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
import stat
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from osler.kit.errors import OslerError
from osler.kit.locking import locked, sync_directory

KEY_BYTES = 32
NONCE_BYTES = 12
_COMMAND_S = 60.0
_HEADER = (
    "# Osler's master keys, the one in use first. Whoever has this file and the database can read every\n"
    "# document; whoever loses it can read none. Keep a copy apart from the copies of the database.\n"
)


class KeyTrouble(OslerError):
    """A key is missing, wrong, or cannot be had; nothing is lost, but nothing can be opened either."""

    code = "security"


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where master keys are: a file and, where its lines are wrapped, the command that unwraps them."""

    file: Path
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One master key. `id` is made from the key, so that a wrong one is noticed before it is used."""

    id: str
    secret: bytes

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"

    @classmethod
    def of(cls, secret: bytes) -> MasterKey:
        """The key with its id."""
        if len(secret) != KEY_BYTES:
            raise KeyTrouble(f"A master key has {KEY_BYTES} bytes, this one {len(secret)}.")
        return cls(hashlib.sha256(b"osler master key\0" + secret).hexdigest()[:16], secret)


def seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    """Encrypted with AES-256-GCM under a fresh nonce, which comes first; opens only with the same `bound_to`."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """What was sealed.

    Raises:
        KeyTrouble: another key, another `bound_to`, or altered bytes.
    """
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError) as error:
        raise KeyTrouble("The bytes were altered, or sealed with another key.") from error


class Keyring:
    """The master keys of one process; read when first needed and again when the file changes."""

    def __init__(self, source: KeySource) -> None:
        self.source = source
        self._keys: tuple[MasterKey, ...] = ()
        self._seen: tuple[int, int] | None = None
        self._lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether there is a key file."""
        return self.source.file.exists()

    def held(self) -> tuple[MasterKey, ...]:
        """All keys, the one in use first.

        Raises:
            KeyTrouble: no file, or one that cannot be read.
        """
        with self._lock:
            mark = self._mark()
            if mark != self._seen:
                self._keys = self._read()
                self._seen = mark
            return self._keys

    @property
    def current(self) -> MasterKey:
        """The key that new keys are wrapped with."""
        return self.held()[0]

    def wrap(self, key: bytes, name: str) -> tuple[str, str]:
        """(master key id, wrapped key as text); opens only under the same name."""
        master = self.current
        sealed = seal(master.secret, key, name.encode())
        return master.id, base64.b64encode(sealed).decode()

    def unwrap(self, master: str, wrapped: str, name: str) -> bytes:
        """The key that was wrapped with the master key of this id.

        Raises:
            KeyTrouble: that master key is not here, or the wrapped key was altered.
        """
        found = next((key for key in self.held() if key.id == master), None)
        if found is None:
            held = ", ".join(key.id for key in self.held())
            raise KeyTrouble(
                f"The key of {name} is wrapped with master key {master}, but {self.source.file} has"
                f" {held}. Put the missing key back from its copy; nothing is lost until then."
            )
        try:
            return unseal(found.secret, base64.b64decode(wrapped), name.encode())
        except (KeyTrouble, binascii.Error) as error:
            raise KeyTrouble(f"The wrapped key of {name} was altered in the database.") from error

    def make(self) -> MasterKey:
        """Make the first key, unless another process has just done so; the key in use."""
        if not self.exists:
            self._write([MasterKey.of(secrets.token_bytes(KEY_BYTES))], replace=False)
        return self.current

    def add(self) -> MasterKey:
        """Make a new key the one in use; the old ones stay behind it."""
        fresh = MasterKey.of(secrets.token_bytes(KEY_BYTES))
        with self._alone():
            self._write([fresh, *(self.held() if self.exists else ())], replace=True)
        return self.current

    def keep(self, ids: Sequence[str]) -> tuple[str, ...]:
        """Remove all keys but the one in use and those named; the ids of those removed."""
        with self._alone():
            keys = self.held()
            kept = [key for n, key in enumerate(keys) if n == 0 or key.id in ids]
            if len(kept) < len(keys):
                self._write(kept, replace=True)
        return tuple(key.id for key in keys if key not in kept)

    def rewrite(self) -> None:
        """Write the same keys anew, so that a key command wraps them with what is its newest key."""
        with self._alone():
            self._write(self.held(), replace=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Of two who read the file and write it anew, one would take away the key that the other has just added."""
        folder = self.source.file.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error
        with locked(folder):
            yield

    def _mark(self) -> tuple[int, int]:
        try:
            found = self.source.file.stat()
        except OSError as error:
            raise KeyTrouble(
                f"The master key file {self.source.file} cannot be read ({error.strerror}). Documents stay"
                " locked until it is back; restore it from its copy."
            ) from error
        return found.st_mtime_ns, found.st_ino

    def _read(self) -> tuple[MasterKey, ...]:
        try:
            text = self.source.file.read_text("ascii")
        except (OSError, UnicodeDecodeError) as error:
            raise KeyTrouble(f"The master key file {self.source.file} cannot be read.") from error
        lines = [line.strip() for line in text.splitlines()]
        keys = tuple(self._key(line) for line in lines if line and not line.startswith("#"))
        if not keys:
            raise KeyTrouble(f"The master key file {self.source.file} has no key in it.")
        return keys

    def _key(self, line: str) -> MasterKey:
        try:
            kept = base64.b64decode(line, validate=True)
        except binascii.Error as error:
            raise KeyTrouble(f"A line of {self.source.file} is no key in base64.") from error
        return MasterKey.of(self._run("unwrap", kept) if self.source.command else kept)

    def _line(self, key: MasterKey) -> str:
        kept = self._run("wrap", key.secret) if self.source.command else key.secret
        return base64.b64encode(kept).decode()

    def _run(self, verb: str, given: bytes) -> bytes:
        """The answer of the key command, which gets and gives keys by stdin and stdout in base64."""
        program = [*self.source.command, verb]
        try:
            done = subprocess.run(
                program,
                input=base64.b64encode(given) + b"\n",
                capture_output=True,
                timeout=_COMMAND_S,
                check=False,
            )
            if done.returncode == 0:
                return base64.b64decode(done.stdout.strip(), validate=True)
            said = done.stderr.decode(errors="replace").strip()[-300:]
            problem = f"ended with {done.returncode}: {said}"
        except (OSError, subprocess.TimeoutExpired, binascii.Error) as error:
            problem = f"failed ({type(error).__name__})"  # Its text could quote a key.
        raise KeyTrouble(f"The key command `{program[0]} … {verb}` {problem}.")

    def _write(self, keys: Sequence[MasterKey], *, replace: bool) -> None:
        file = self.source.file
        text = _HEADER + "".join(f"{self._line(key)}\n" for key in keys)
        try:
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _put(file, text.encode(), replace=replace)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> KeyTrouble:
        return KeyTrouble(
            f"The master key file {self.source.file} cannot be written ({error.strerror}). Make its"
            " directory writable for Osler, or name another with OSLER_MASTER_KEY_FILE."
        )


def _put(file: Path, content: bytes, *, replace: bool) -> None:
    """Write a file of mode 0600, whole or not at all, and on the disk when this returns."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "wb") as out:
            os.fchmod(out.fileno(), stat.S_IRUSR | stat.S_IWUSR)
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        if replace:
            Path(name).replace(file)
        else:
            _link(name, file)
        sync_directory(file.parent)
    finally:
        Path(name).unlink(missing_ok=True)


def _link(name: str, file: Path) -> None:
    """Give the file its name unless it has come to be meanwhile: two first processes agree on one key."""
    try:
        os.link(name, file)
    except FileExistsError:
        return
