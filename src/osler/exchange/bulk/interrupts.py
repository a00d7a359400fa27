"""Keeps Ctrl-C, which a terminal sends to every process, from the processes of a load."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker


@contextmanager
def held() -> Iterator[None]:
    """Processes started within never see SIGINT; here it arrives when the block is left.

    They inherit the mask, so that it holds from their first instruction, before any of our code.
    """
    # It starts with the first process otherwise, and lifts the mask when it has.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
