"""Time-ordered identifiers: UUID version 7, RFC 9562 section 5.7."""

from __future__ import annotations

import os
import threading

from osler.kit import clock

_SECOND = 1000 << 12
_lock = threading.Lock()
_last = 0


def uuid7() -> str:
    """A new UUIDv7 in lower case; within one process each is greater than the one before.

    The twelve bits after the millisecond hold its fraction, so ids of one process sort by creation
    even inside a millisecond.
    """
    stamp = _stamp()
    tail = int.from_bytes(os.urandom(8), "big") & 0x3FFF_FFFF_FFFF_FFFF
    number = (stamp >> 12) << 80 | 0x7 << 76 | (stamp & 0xFFF) << 64 | 0x2 << 62 | tail
    text = f"{number:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _stamp() -> int:
    """Milliseconds since 1970 with a twelve-bit fraction, never the same twice."""
    global _last
    instant = clock.now()
    millis, micros = divmod(instant.microsecond, 1000)
    stamp = (int(instant.timestamp()) * 1000 + millis) << 12 | (micros << 12) // 1000
    with _lock:
        # A clock set back by more than a second is a new clock: follow it.
        if stamp <= _last < stamp + _SECOND:
            stamp = _last + 1
        _last = stamp
    return stamp
