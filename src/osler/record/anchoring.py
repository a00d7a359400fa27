"""Heads left outside of the database, where whoever alters it cannot follow: a file, a time stamp, a webhook."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from osler.kit import outgoing
from osler.kit.database import Database
from osler.kit.errors import OslerError
from osler.kit.settings import Settings
from osler.ledger import stamps
from osler.ledger.head import Signed
from osler.ledger.report import Finding
from osler.store import ledger, ledger_anchors


class NotAnchored(OslerError):
    """A head could not be left at a place outside."""

    code = "transient"


@dataclass(frozen=True, slots=True)
class Anchored:
    """What became of one anchor; `trouble` is empty where the head is there now."""

    kind: str
    place: str
    height: int
    trouble: str = ""


_Put = Callable[[Signed], bytes | None]


def anchor(database: Database, settings: Settings) -> list[Anchored]:
    """Leave the newest head at every place of the settings that does not have it yet."""
    with database.connection() as conn:
        last = ledger.last_block(conn)
    if last is None:
        return []
    return [_anchor(database, last, kind, place, put) for kind, place, put in _places(settings)]


def _places(settings: Settings) -> list[tuple[str, str, _Put]]:
    found: list[tuple[str, str, _Put]] = []
    file, stamp, hook = (
        settings.ledger_anchor_file,
        settings.ledger_timestamp_url,
        settings.ledger_webhook,
    )
    if file is not None:
        found.append(("file", str(file), lambda signed: append(file, signed)))
    if stamp is not None:
        authorities = settings.ledger_timestamp_ca
        found.append(
            (
                "timestamp",
                _host(stamp),
                lambda signed: stamps.request(stamp, signed.text, authorities),
            )
        )
    if hook is not None:
        found.append(("webhook", _host(hook), lambda signed: _post(hook, signed)))
    return found


def _host(url: str) -> str:
    """The place without what may be secret in its address."""
    return urlsplit(url).hostname or ""


def _anchor(database: Database, last: Signed, kind: str, place: str, put: _Put) -> Anchored:
    height = last.head.height
    with database.connection() as conn:
        if ledger_anchors.done(conn, kind, height):
            return Anchored(kind, place, height)
    try:
        token = put(last)
    except OslerError as error:
        return Anchored(kind, place, height, str(error))
    with database.connection() as conn:
        ledger_anchors.note(conn, kind, height, place, token)
    return Anchored(kind, place, height)


def append(path: Path, signed: Signed) -> None:
    """Add a head to a file that is only ever added to, one line of JSON; on the disk when this returns."""
    line = (json.dumps(signed.as_json()) + "\n").encode()
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        with os.fdopen(file, "wb") as out:
            out.write(line)
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise NotAnchored(f"Cannot add to the anchor file {path} ({error.strerror}).") from error


def heads(path: Path) -> list[Signed]:
    """The heads in such a file; NotAnchored where it cannot be read."""
    try:
        lines = path.read_bytes().splitlines()
        return [Signed.from_json(json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise NotAnchored(f"Cannot read the anchor file {path} ({error}).") from error


def _post(url: str, signed: Signed) -> None:
    body = json.dumps(signed.as_json()).encode()
    answer = outgoing.post(url, body, headers={"Content-Type": "application/json"})
    if not answer.ok:
        raise NotAnchored(f"The webhook at {_host(url)} answered with status {answer.status}.")


def check_stamps(database: Database, authorities: Path | None) -> list[Finding]:
    """Every time stamp against the block it was made for."""
    found = []
    with database.connection() as conn:
        all_of_them = ledger_anchors.stamped(conn)
    for height, token, signed in all_of_them:
        where = f"block {height}"
        if signed is None:
            found.append(Finding("truncated", where, "is gone, but there is a time stamp of it"))
            continue
        try:
            stamps.check(token, signed.text, authorities)
        except stamps.BadStamp as error:
            found.append(Finding("timestamp", where, f"its time stamp does not fit: {error}"))
    return found
