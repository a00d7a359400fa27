"""The key that signs the ledger of this installation, and its succession by another."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from osler.kit import clock
from osler.kit.database import Database
from osler.kit.errors import NotFound
from osler.kit.locking import locked, sync_directory
from osler.kit.settings import Settings
from osler.ledger.head import Signed, following, sign
from osler.ledger.keys import CommandKey, FileKey, Signer
from osler.store import ledger

_log = logging.getLogger("osler.ledger")


def key_file(settings: Settings) -> Path:
    """Where the private key is, if it is in a file."""
    return settings.ledger_key_file or settings.data_dir / "ledger.key"


def signer_of(database: Database, settings: Settings) -> Signer:
    """The key of the settings; made, where it is to be in a file and nothing has been sealed yet."""
    if settings.ledger_sign_command:
        return CommandKey(settings.ledger_sign_command)
    path = key_file(settings)
    with database.connection() as conn:
        last = ledger.last_block(conn)
    _finish_rotation(path, last)
    key = FileKey(path)
    if last is None and not path.exists():
        key.make()
        _log.info("made the ledger's key %s; keep a copy of it in a safe place", path)
    return key


def rotate_file(database: Database, settings: Settings) -> Signed:
    """Let a new key in the key file succeed; the old one is overwritten. The block that introduces it."""
    path = key_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with locked(path.parent):  # Of two at once, one would remove the key that the other introduces.
        old = signer_of(database, settings)
        coming = _coming(path)
        coming.unlink(missing_ok=True)  # Of one that was given up before its block was written.
        new = FileKey(coming)
        new.make()
        introduced = rotate(database, old, new)
        coming.replace(path)
        sync_directory(path.parent)
    return introduced


def foreign(database: Database, settings: Settings) -> str | None:
    """The key that the chain names to sign its next block, where it is none that we have; None where all is well.

    Whoever has an old key could cut off the blocks that introduced its successor and go on with the old one.
    """
    path = key_file(settings)
    with database.connection() as conn:
        last = ledger.last_block(conn)
    if last is None:
        return None
    if settings.ledger_sign_command:
        ours = {CommandKey(settings.ledger_sign_command).public()}
    else:
        files = [one for one in (path, _coming(path)) if one.exists()]
        ours = {FileKey(one).public() for one in files}
    return last.head.signer if ours and last.head.signer not in ours else None


def rotate(database: Database, old: Signer, new: Signer) -> Signed:
    """Append a block in which `old` introduces `new`, and one that `new` signs; the first of them.

    Raises:
        NotFound: nothing has been sealed, so that there is nothing to go on with.
        KeyTrouble: one of the keys cannot sign; nothing was written then.
    """
    with database.connection() as conn, conn.transaction():
        ledger.keep_sealer_out(conn)
        last = ledger.last_block(conn)
        if last is None:
            raise NotFound(
                "Nothing has been sealed yet: the first `osler ledger seal` makes a key."
            )
        head, now = last.head, clock.now()
        root = bytes.fromhex(head.root)
        told = replace(following(last, head.size, root, now), next=new.public())
        introduced = sign(told, old)
        first = sign(following(introduced, head.size, root, now), new)
        ledger.add_block(conn, introduced)
        ledger.add_block(conn, first)
    return introduced


def _coming(path: Path) -> Path:
    return path.with_name(path.name + ".new")


def _finish_rotation(path: Path, last: Signed | None) -> None:
    """A crash between the block that introduces a key and the renaming of its file leaves both files."""
    coming = _coming(path)
    if last is not None and coming.exists() and FileKey(coming).public() == last.head.signer:
        coming.replace(path)
