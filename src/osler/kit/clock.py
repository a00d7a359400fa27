"""The only source of time, so that tests can set it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_now: Callable[[], datetime] = lambda: datetime.now(UTC)  # noqa: E731 - replaced as a whole by `frozen`


def now() -> datetime:
    """The current instant, timezone-aware, in UTC, with microseconds."""
    return _now()


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """Within the block, `now()` answers `at`. For tests."""
    global _now
    before = _now
    _now = lambda: at  # noqa: E731
    try:
        yield
    finally:
        _now = before
