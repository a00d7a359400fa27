"""Builds the assets: `python -m osler.ui.assets`."""

from __future__ import annotations

import sys

from osler.kit.errors import OslerError
from osler.ui.assets.build import build

try:
    built = build()
except OslerError as error:
    sys.exit(f"The pages' assets could not be built. {error}")
sys.stdout.write(f"{len(built)} assets built.\n")
