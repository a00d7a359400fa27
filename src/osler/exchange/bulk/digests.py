"""Checks an export against its manifest before it is loaded: a file that was altered is refused.

170.315(d)(8): message digests by SHA-2 (FIPS 180-4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec

from osler.exchange.bulk.export import FORMAT, MANIFEST
from osler.kit.errors import Invalid

_CHUNK = 1 << 20


class _File(msgspec.Struct):
    path: str
    sha256: str


class _Kind(msgspec.Struct):
    format: str = ""


class _Manifest(_Kind):
    files: list[_File] = []


def check(paths: Sequence[Path]) -> int:
    """Compare every file of the exports among these directories with its manifest; how many were compared.

    Raises:
        Invalid: a file is missing or was altered, or the manifest cannot be read.
    """
    compared = 0
    for path in paths:
        manifest = path / MANIFEST
        if path.is_dir() and manifest.is_file():
            for file in _read(manifest):
                _compare(path / file.path, file)
                compared += 1
    return compared


def _read(manifest: Path) -> list[_File]:
    """The files of an export of ours; none where the manifest is another program's."""
    content = manifest.read_bytes()
    try:
        if msgspec.json.decode(content, type=_Kind).format != FORMAT:
            return []
        return msgspec.json.decode(content, type=_Manifest).files
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{manifest} cannot be read ({error}); copy the export again, or remove the manifest if"
            " these files are no export of Osler's."
        ) from error


def _compare(path: Path, file: _File) -> None:
    if Path(file.path).name != file.path:
        raise Invalid(
            f"{path.parent / MANIFEST} names a file outside its directory: {file.path!r}."
        )
    if not path.is_file():
        raise Invalid(f"{path} is named in the manifest and is not there; copy the export again.")
    if _digest(path) != file.sha256:
        raise Invalid(
            f"{path} is not what was exported: its SHA-256 differs from the manifest's. Copy the export"
            " again; nothing was loaded."
        )


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            found.update(chunk)
    return found.hexdigest()
