"""Django in tests: `use(url)` points it to a test's database; run as a program it makes the tables."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from osler.kit.settings import Settings
from osler.main.site import configure
from osler.main.site.tables import migrate_pages

_LISTING: list[Callable[[Any], None]] = []
_FILES: dict[str, Any] = {}
SETTINGS = Settings(data_dir=Path(tempfile.gettempdir()) / "osler-test-pages", secret_key="t" * 40)


def use(url: str) -> None:
    """Let models and views of this process work with the database at `url`."""
    configure(SETTINGS, url)
    _list_static_files_once()


def _list_static_files_once() -> None:
    """Every Django client loads the middlewares, of which one lists all files: once a process is enough."""
    from whitenoise.middleware import WhiteNoiseMiddleware

    if WhiteNoiseMiddleware.add_files_from_finders is not _files_listed_before:
        _LISTING.append(WhiteNoiseMiddleware.add_files_from_finders)
        WhiteNoiseMiddleware.add_files_from_finders = _files_listed_before


def _files_listed_before(middleware: Any) -> None:
    if not _FILES:
        _LISTING[0](middleware)
        _FILES.update(middleware.files)
    middleware.files.update(_FILES)


def unwire() -> None:
    """Forget whatever record and database this process's pages were given: they go with their module."""
    if "osler.identity.models" not in sys.modules:
        return
    from osler.access import shipped
    from osler.identity import events, principals, rights
    from osler.ui import door

    rights.use(shipped)
    for given in (principals._given, events._listeners, door._given):
        given.clear()


if __name__ == "__main__":
    migrate_pages(SETTINGS, sys.argv[1])
