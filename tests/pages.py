"""Django in tests: `use(url)` points it to a test's database; run as a program it makes the tables."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from osler.kit.settings import Settings
from osler.main.site import configure
from osler.main.site.tables import migrate_pages

SETTINGS = Settings(data_dir=Path(tempfile.gettempdir()) / "osler-test-pages", secret_key="t" * 40)


def use(url: str) -> None:
    """Let models and views of this process work with the database at `url`."""
    configure(SETTINGS, url)


if __name__ == "__main__":
    migrate_pages(SETTINGS, sys.argv[1])
