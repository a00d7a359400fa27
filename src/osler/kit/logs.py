"""Log lines without values: of an error where it happened and its kind, never what it said.

Messages of databases and libraries quote what they choked on, and that is a name, a birth date, a token.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
import traceback
from types import TracebackType
from typing import Any

_OURS = "osler"
# Their messages speak of connections, never of what goes through them.
_HARMLESS = ("psycopg.pool",)


def to_stderr(level: int = logging.WARNING) -> None:
    """Send the log lines of this process to stderr, unless whoever started it has decided where they go."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(Formatter())
        root.addHandler(handler)
        root.setLevel(level)
    quiet_tracebacks()


def quiet_tracebacks() -> None:
    """Let errors that nobody catches say where and not what, unless somebody watches them on a terminal."""
    if not sys.stderr.isatty():
        sys.excepthook = _uncaught
        threading.excepthook = _uncaught_in_thread


class Formatter(logging.Formatter):
    """Time, logger and message; of other people's loggers the message without what is filled in."""

    def __init__(self, *_: Any, **__: Any) -> None:
        super().__init__("%(asctime)s %(name)s %(message)s")
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """One record as a line."""
        copy = logging.makeLogRecord(record.__dict__)
        copy.exc_text = copy.stack_info = None
        if not trusted(record.name):
            copy.msg, copy.args = _bare(record), None
        return super().format(copy)

    def formatException(  # noqa: N802 - logging's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        """The kind of an error and where it was raised."""
        return "" if ei[1] is None else places(ei[1])


def places(error: BaseException) -> str:
    """The kind of an error, those it came from, and where each was raised."""
    parts: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 5:
        frames = reversed(traceback.extract_tb(seen.__traceback__))
        where = " < ".join(f"{f.name} ({f.filename}:{f.lineno})" for f in frames)
        parts.append(f"{type(seen).__qualname__} at {where}")
        seen = seen.__cause__ or seen.__context__
    return ", from ".join(parts)


def trusted(name: str) -> bool:
    """Whether what a logger says holds no values."""
    return name.partition(".")[0] == _OURS or name.startswith(_HARMLESS)


def _bare(record: logging.LogRecord) -> str:
    """The message as the library wrote it; of a request its route instead of its path."""
    status = getattr(record, "status_code", None)
    if status is not None:
        match = getattr(getattr(record, "request", None), "resolver_match", None)
        return f"status {status}, route {match.route if match is not None else 'none'}"
    if isinstance(record.msg, str) and record.args:
        return record.msg
    return f"{record.levelname.lower()} in {record.module}.{record.funcName}"


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    print(f"Ended by {places(error)}", file=sys.stderr)  # noqa: T201 - the last words of a process


def _uncaught_in_thread(args: threading.ExceptHookArgs) -> None:
    if args.exc_value is not None:
        logging.getLogger("osler.threads").error("Ended by %s", places(args.exc_value))
