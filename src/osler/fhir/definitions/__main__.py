"""Command: build the packed file of FHIR definitions."""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

from osler.fhir.definitions import fetch
from osler.fhir.definitions.extract import sections
from osler.fhir.definitions.package import Package
from osler.fhir.definitions.packed import default_path, stamp_of, write
from osler.kit.errors import OslerError

_CODE = Path(__file__).parent


def build(source: Path | None, target: Path, *, force: bool = False) -> str:
    """Build `target` from an unpacked package, or from a fetched one; say what was done."""
    if source is None:
        stamp = f"{code_hash()}:{fetch.lock_hash()}"
        if not force and stamp_of(target) == stamp:
            return f"{target.name} is up to date"
        source = fetch.fetch()
    else:
        stamp = f"{code_hash()}:{_hash_of_package(source)}"
    found = sections(Package(source))
    size = write(target, stamp, found)
    return f"{target.name}: {len(found)} sections, {size / 1e6:.1f} MB"


def code_hash() -> str:
    """Names the code that decides what is packed and how: every module of this package."""
    modules = sorted(_CODE.glob("*.py"))
    return hashlib.sha256(b"\0".join(module.read_bytes() for module in modules)).hexdigest()


def _hash_of_package(source: Path) -> str:
    """The stamp of the pinned version where `source` holds that, else one of its own."""
    if not (source / "Bundle-searchParams.json").is_file():
        raise SystemExit(f"{source} does not look like the unpacked package of FHIR definitions")
    try:
        return fetch.lock_hash()
    except OslerError:
        return "local"


def main() -> int:
    """Run the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m osler.fhir.definitions", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("build", help="build the packed file if it is not up to date")
    command.add_argument(
        "--from", dest="source", type=Path, help="directory of the unpacked npm package"
    )
    command.add_argument("--force", action="store_true", help="build even if up to date")
    arguments = parser.parse_args()
    try:
        sys.stdout.write(build(arguments.source, default_path(), force=arguments.force) + "\n")
    except OslerError as fault:
        sys.stderr.write(f"error: {fault}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
