"""Where large encrypted documents lie: a folder, or a bucket of S3 and its like, by one interface."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from osler.kit.errors import OslerError, Unavailable

_PAGE = 1000
_CLAIM = "osler-database"


class Missing(OslerError):
    """There is no such object."""

    code = "not-found"


class Taken(OslerError):
    """The store belongs to another database."""

    code = "conflict"


class Objects:
    """Objects by id. `url` is a folder or s3://bucket/prefix (keys for it as its tools take them: AWS_…)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.folder = None if "://" in url else Path(url)
        self._store: Any = None

    def claim(self, database: str) -> None:
        """Make the store this database's.

        Raises:
            Taken: it is another's, whose documents would be garbage to us.
        """
        try:
            found = bytes(obstore.get(self._opened(), _CLAIM).bytes()).decode()
        except FileNotFoundError:
            obstore.put(self._opened(), _CLAIM, database.encode())
            return
        except (BaseError, OSError) as error:
            raise self._away(error) from error
        if found != database:
            raise Taken(
                f"The documents in {self.url} belong to another database. Name a place of its own for"
                " this one with OSLER_BLOBS_URL (or OSLER_DATA_DIR)."
            )

    def put(self, id: str, content: bytes) -> None:
        """Store an object; on the disk when this returns."""
        try:
            obstore.put(self._opened(), _path(id), content)
            if self.folder is not None:
                _sync(self.folder / _path(id))
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def get(self, id: str) -> bytes:
        """An object.

        Raises:
            Missing: there is none of this id. Unavailable: the store does not answer.
        """
        try:
            return bytes(obstore.get(self._opened(), _path(id)).bytes())
        except FileNotFoundError as error:
            raise Missing(f"{self.place(id)} is missing.") from error
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def delete(self, id: str) -> None:
        """Remove an object."""
        try:
            obstore.delete(self._opened(), _path(id))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def pages(self) -> Iterator[list[tuple[str, datetime]]]:
        """Pages of (id, time written) of everything that is there."""
        try:
            for page in obstore.list(self._opened(), chunk_size=_PAGE):
                found = [(item["path"].rpartition("/"), item["last_modified"]) for item in page]
                yield [(id, written) for (folder, _, id), written in found if folder]
        except (BaseError, OSError) as error:
            raise self._away(error) from error

    def place(self, id: str) -> str:
        """Where an object lies, for people."""
        return f"{self.url.rstrip('/')}/{_path(id)}"

    def _opened(self) -> Any:
        if self._store is None:
            if self.folder is not None:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._store = LocalStore(self.folder)
            else:
                self._store = from_url(self.url)
        return self._store

    def _away(self, error: Exception) -> Unavailable:
        where = self.url if self.folder is not None else urlsplit(self.url).netloc
        return Unavailable(f"The document store {where} does not answer ({type(error).__name__}).")


def _path(id: str) -> str:
    """The last letters of a time-ordered id are random, so that folders fill evenly."""
    return f"{id[-2:]}/{id}"


def _sync(path: Path) -> None:
    """Let a power cut after the commit find the document on the disk."""
    for place in (path, path.parent, path.parent.parent):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
