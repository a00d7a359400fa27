"""Every benchmark with its baseline: `make bench` (under 5 minutes), `make bench FULL=1` (a million resources)."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results.json"
MODULES = (
    "codec",
    "fhirpath",
    "http_read",
    "http_create",
    "http_search",
    "http_token",
    "audit",
    "load",
    "ledger",
    "process",
    "growth",
    "patients",
    "pages",
)


def main() -> int:
    """Run the chosen modules; exit 1 where one of them could not measure."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "--full",
        action="store_true",
        default=bool(os.environ.get("FULL")),
        help="a million resources; takes most of an hour (also: FULL=1 in the environment)",
    )
    parser.add_argument("only", nargs="*", metavar="MODULE", help=f"just these of {MODULES}")
    options = parser.parse_args()
    results: list[dict[str, Any]] = []
    failed = []
    for name in options.only or MODULES:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            found = importlib.import_module(f"bench.{name}").run(not options.full)
            results.extend({"module": name, "full": options.full} | one for one in found)
        except Exception as error:  # noqa: BLE001 - one that fails must not hide the others
            failed.append(name)
            print(f"{name} failed: {error!r}", file=sys.stderr)
    show(results)
    RESULTS.write_text(json.dumps([*_others(results), *results], indent=1, default=str) + "\n")
    print(f"\n{machine()}; written to {RESULTS}")
    return 1 if failed else 0


def _others(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What other modules measured before: a run of one of them takes nothing from the rest."""
    fresh = {one["module"] for one in results}
    try:
        before = json.loads(RESULTS.read_text())
    except (OSError, ValueError):
        return []
    return [one for one in before if one.get("module") not in {None, *fresh}]


def machine() -> str:
    """What the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, {platform.system()}"


def show(results: list[dict[str, Any]]) -> None:
    """The results as a table."""
    head = ("name", "value", "unit", "baseline", "ratio", "bar", "met")
    rows = [
        head,
        *(tuple(_cell(result.get(key)) for key in head) for result in results),
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        )


def _cell(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "NO"
        case float():
            return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"
        case _:
            return str(value)


if __name__ == "__main__":
    sys.exit(main())
