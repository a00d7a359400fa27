"""The words in a file, taken out when it is filed, so that it can be searched; scans have none."""

from __future__ import annotations

import hashlib
import json
import logging
import re
import subprocess
import sys
from dataclasses import dataclass

from osler.kit import sniffing

_log = logging.getLogger("osler.documents")
_TIMEOUT_S = 30
_MOST = 400_000
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f￾￿]+")
FOUND, PARTLY, NONE, UNREADABLE = "found", "partly", "none", "unreadable"


@dataclass(frozen=True, slots=True)
class Words:
    """What was found: `state` is found, partly (of a long file the beginning), none (a scan) or unreadable.

    `pages` is 0 where there are none to count.
    """

    text: str
    state: str
    pages: int = 0


def name_of(content: bytes) -> str:
    """A name for exactly these bytes, by which words are known to be theirs."""
    return f"sha256:{hashlib.sha256(content).hexdigest()[:32]}"


def words_of(content: bytes, media_type: str) -> Words:
    """The words of a PDF or a plain text; of pictures none, for nobody read them yet."""
    if media_type == sniffing.PDF:
        return _of_pdf(content)
    if media_type in {sniffing.TEXT, sniffing.CSV}:
        return _words(content.decode("utf-8", "replace"))
    return Words("", NONE)


def _of_pdf(content: bytes) -> Words:
    command = [sys.executable, "-m", "osler.clinic.documents.extract"]
    try:
        done = subprocess.run(
            command, input=content, capture_output=True, timeout=_TIMEOUT_S, check=False
        )
        found = json.loads(done.stdout) if done.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        found = None
    if found is None:
        size = len(content)
        _log.info("a PDF of %d bytes could not be read for its words", size)
        return Words("", UNREADABLE)
    return _words("\n\f\n".join(found["texts"]), found["pages"], whole=found["whole"])


def _words(text: str, pages: int = 0, *, whole: bool = True) -> Words:
    # Surrogates that a broken font table left are no text.
    plain = text.encode("utf-8", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    pieces = [_UNSEEN.sub(" ", page).strip() for page in plain.split("\f")]
    joined = "\n\f\n".join(pieces)
    if not joined.strip("\f\n "):
        return Words("", NONE if whole else PARTLY, pages)
    return Words(joined[:_MOST], FOUND if whole and len(joined) <= _MOST else PARTLY, pages)
