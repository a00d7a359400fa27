"""Command: regenerate `osler.fhir.r4` from the unpacked definitions package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from osler.fhir.definitions.package import Package
from osler.fhir.generate.write import generate

TARGET = Path(__file__).parent.parent / "r4"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m osler.fhir.generate", description=__doc__)
    parser.add_argument("package", type=Path, help="directory of the unpacked npm package")
    parser.add_argument("--to", type=Path, default=TARGET, help="directory to write")
    arguments = parser.parse_args()
    count = generate(Package(arguments.package), arguments.to)
    sys.stdout.write(f"{count} files written to {arguments.to}\n")


if __name__ == "__main__":
    main()
