"""The words in a file, taken out when it is filed, so that it can be searched; scans have none."""

from __future__ import annotations

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
FOUND, NONE, UNREADABLE = "found", "none", "unreadable"


@dataclass(frozen=True, slots=True)
class Words:
    """What was found: `state` is found, none (a scan) or unreadable; `pages` 0 where there are none to count."""

    text: str
    state: str
    pages: int = 0


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
    return _words("\n\f\n".join(found["texts"]), found["pages"])


def _words(text: str, pages: int = 0) -> Words:
    # Surrogates that a broken font table left are no text.
    plain = text.encode("utf-8", "ignore").decode().replace("\r\n", "\n").replace("\r", "\n")
    pieces = [_UNSEEN.sub(" ", page).strip() for page in plain.split("\f")]
    joined = "\n\f\n".join(pieces)[:_MOST]
    return Words(joined, FOUND, pages) if joined.strip("\f\n ") else Words("", NONE, pages)
