"""Plain tables on stdout: aligned, readable in a log, a total at the end."""

from __future__ import annotations

from collections.abc import Sequence

import click

Cell = str | int


def print_table(
    head: Sequence[str], rows: Sequence[Sequence[Cell]], total: Sequence[Cell] | None = None
) -> None:
    """Print rows under a head; the first column is left-aligned, the others are numbers."""
    lines = [[_text(cell) for cell in row] for row in (head, *rows, *([total] if total else []))]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    rule = "  ".join("-" * width for width in widths)
    for number, line in enumerate(lines):
        if number == 1 or (total and number == len(lines) - 1):
            click.echo(rule)
        cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
        click.echo("  ".join([line[0].ljust(widths[0]), *cells]).rstrip())


def _text(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else cell


def print_rows(head: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print rows of words under a head, every column left-aligned."""
    lines = [[_text(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for number, line in enumerate(lines):
        if number == 1:
            click.echo("  ".join("-" * width for width in widths))
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())
