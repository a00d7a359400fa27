"""A child process that must not outlive its parent, however the parent ends."""

from __future__ import annotations

import os
import signal
import threading

_LOOK_EVERY_S = 1.0


def end_with_parent() -> None:
    """From now on, have this process sent SIGTERM within a second or so after its parent has gone."""
    parent = os.getppid()
    threading.Thread(target=_watch, args=(parent,), name="parent", daemon=True).start()


def _watch(parent: int) -> None:
    never = threading.Event()
    while os.getppid() == parent:
        never.wait(_LOOK_EVERY_S)
    os.kill(os.getpid(), signal.SIGTERM)
