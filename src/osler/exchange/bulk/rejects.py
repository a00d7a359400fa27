"""The reject file: what could not be loaded, where it stood and why, as NDJSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import msgspec

from osler.exchange.bulk.items import Broken
from osler.exchange.bulk.sources import Source
from osler.kit.errors import Invalid


def keep_apart(sources: Sequence[Source], path: Path | None) -> None:
    """Refuses to read the file that rejects are added to: it would never come to its end.

    Raises:
        Invalid: an input is the reject file, under this name or another.
    """
    if path is None or not path.exists():
        return
    for source in sources:
        if source.path.samefile(path):
            raise Invalid(
                f"{source.path} is the file this load would add its rejects to;"
                " name another one with --rejects"
            )


class RejectFile:
    """Opened at the first reject, so that a clean load leaves no empty file; always added to."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._file: IO[bytes] | None = None

    @property
    def used(self) -> bool:
        """Whether anything was rejected to a file."""
        return self._file is not None

    def write(self, source: Source, broken: Broken) -> None:
        """Adds one record with its reason."""
        if self.path is None:
            return
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("ab")
        line = {
            "source": source.name,
            "line" if source.lines else "entry": broken.place,
            "reason": broken.reason,
            "record": _embeddable(broken.content),
        }
        self._file.write(msgspec.json.encode(line) + b"\n")

    def close(self) -> None:
        """No more rejects."""
        if self._file is not None:
            self._file.close()


def _embeddable(content: bytes) -> msgspec.Raw | str | None:
    """JSON as JSON on one line, anything else as a string that shows it."""
    if not content:
        return None
    try:
        return msgspec.Raw(msgspec.json.format(content, indent=-1))
    except msgspec.DecodeError:
        return content.decode("utf-8", "backslashreplace")
