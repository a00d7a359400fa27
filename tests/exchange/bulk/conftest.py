"""A record on a database of its own, and inputs made on the spot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from osler.kit.database import Database
from osler.record import Record

Entry = dict[str, Any]


@pytest.fixture
def record(fresh_database: Database) -> Record:
    """A record without rows."""
    return Record(fresh_database)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, object], Path]:
    """Writes a file: bytes as they are, a list as NDJSON, anything else as JSON."""

    def write(name: str, content: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        match content:
            case bytes():
                path.write_bytes(content)
            case list():
                path.write_text("".join(json.dumps(line) + "\n" for line in content))
            case _:
                path.write_text(json.dumps(content, indent=2))
        return path

    return write
