"""What a demo remembers of itself: which practice it has, since when, and on which days it was opened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

VERSION = 4
"""Of the made-up practice; a demo of an older one is served as it is, and not renewed."""
_FILE = "demo.json"


@dataclass(frozen=True, slots=True)
class Mark:
    """`since` is the day to which the charts were made, `opened` when each later day was first lived.

    `written` is the end of our last write; `touched` are resources (Type/id) somebody changed since
    they were made, which are left alone from then on.
    """

    since: date
    opened: Mapping[date, datetime]
    written: datetime
    counts: Mapping[str, int]
    touched: frozenset[str] = field(default_factory=frozenset)


def exists(home: Path) -> bool:
    """Whether a demo of any version was loaded in full there."""
    return (home / _FILE).exists()


def read(home: Path) -> Mark | None:
    """What is remembered; None of a demo of another version."""
    value = json.loads((home / _FILE).read_text("utf-8"))
    if value.get("version") != VERSION:
        return None
    return Mark(
        since=date.fromisoformat(value["since"]),
        opened={
            date.fromisoformat(day): datetime.fromisoformat(at)
            for day, at in value["opened"].items()
        },
        written=datetime.fromisoformat(value["written"]),
        counts=value["counts"],
        touched=frozenset(value["touched"]),
    )


def write(home: Path, mark: Mark) -> None:
    """Remember; a reader finds the old or the new, never half of it."""
    value = {
        "version": VERSION,
        "since": mark.since.isoformat(),
        "opened": {day.isoformat(): at.isoformat() for day, at in mark.opened.items()},
        "written": mark.written.isoformat(),
        "counts": dict(mark.counts),
        "touched": sorted(mark.touched),
    }
    draft = home / f"{_FILE}.new"
    draft.write_text(json.dumps(value), "utf-8")
    draft.replace(home / _FILE)
