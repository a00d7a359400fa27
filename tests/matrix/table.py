"""The tables: one line per address, one column per caller; `own/other` where the two answers differ."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_HERE = Path(__file__).parent
_DRAFT = "MATRIX_DRAFT"
"""Names a directory where what was found is written, to be compared and reviewed before it is taken over."""

Cells = dict[str, dict[str, str]]
"""By address, then by caller."""


def cell(own: str, other: str) -> str:
    """Two answers as one cell."""
    return own if own == other else f"{own}/{other}"


def expected(name: str) -> Cells:
    """The table as it was reviewed."""
    lines = _HERE.joinpath(name).read_text().splitlines()
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    head = [one.strip() for one in rows[0]]
    return {
        row[0].strip(): dict(zip(head[1:], (one.strip() for one in row[1:]), strict=True))
        for row in rows[1:]
    }


def draft(name: str, found: Mapping[str, Mapping[str, str]]) -> None:
    """Write down what was found, where somebody asked for that."""
    where = os.environ.get(_DRAFT)
    if where:
        Path(where, name).write_text(text(found))


def text(found: Mapping[str, Mapping[str, str]]) -> str:
    """A table as text, its columns under each other."""
    callers = list(next(iter(found.values())))
    rows = [["route", *callers]]
    rows += [[route, *(cells[one] for one in callers)] for route, cells in found.items()]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = (
        "\t".join(one.ljust(width) for one, width in zip(row, widths, strict=True)) for row in rows
    )
    return "".join(f"{line.rstrip()}\n" for line in lines)


def differences(wanted: Cells, found: Mapping[str, Mapping[str, str]]) -> list[str]:
    """What is not as it was reviewed, and what was never reviewed."""
    told = []
    for route in {**wanted, **found}:
        for caller in {**wanted.get(route, {}), **found.get(route, {})}:
            was = wanted.get(route, {}).get(caller, "no row")
            now = found.get(route, {}).get(caller, "gone")
            if was != now:
                told.append(f"{route} for {caller}: {now}, and not {was}")
    return told
