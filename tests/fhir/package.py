"""The unpacked package of FHIR definitions; a test that needs it is skipped without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from osler.fhir.definitions import available
from osler.fhir.definitions.fetch import package_directory
from osler.fhir.definitions.package import Package


def package() -> Package:
    """The package where the build puts it, or in OSLER_TEST_FHIR_PACKAGE."""
    named = os.environ.get("OSLER_TEST_FHIR_PACKAGE")
    root = Path(named) if named else package_directory()
    if not root.is_dir():
        pytest.skip("no FHIR package: run python -m osler.fhir.definitions build --force")
    return Package(root)


def needs_definitions() -> None:
    """Skip the calling test where the definitions have not been built."""
    if not available():
        pytest.skip("no FHIR definitions: run python -m osler.fhir.definitions build")
