"""Writes the reference pages that come from the code: `python -m osler.main.reference DIR`."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from osler.kit.settings import VARIABLES, Settings
from osler.main.cli import cli

_NOTE = "<!-- Written by `make docs` from the code; edit the code. -->\n"


def pages() -> dict[str, str]:
    """File name to text."""
    return {
        "settings.md": _NOTE + "\n".join(_settings()) + "\n",
        "commands.md": _NOTE + "\n".join(_commands()) + "\n",
    }


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "From the environment. An unknown name that begins with `OSLER_` is refused. A secret may"
    yield "come from a file: `OSLER_DATABASE_URL_FILE` names it.\n"
    yield "| name | default | what |\n|---|---|---|"
    defaults = {field.name: field for field in dataclasses.fields(Settings)}
    for variable in VARIABLES:
        default = defaults[variable.field].default
        yield f"| `{variable.name}` | {_shown(default)} | {variable.help} |"


def _shown(value: object) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case None | frozenset() | ():
            return ""
        case int() if value >= 2**20:
            return f"`{value // 2**20}MB`"
        case int() | float() | str():
            return f"`{value}`"
        case _:
            return "the user's data folder; for root `/var/lib/osler`"


def _commands() -> Iterator[str]:
    yield "# Commands\n"
    yield "Exit codes: 0 done, 1 not done or not wholly, 2 wrong usage or settings, 130 interrupted."
    context = click.Context(cli, info_name="osler", terminal_width=100)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield from _command(command, name, context)


def _command(command: click.Command, name: str, parent: click.Context) -> Iterator[str]:
    """Its help, and that of its own commands."""
    context = click.Context(command, parent=parent, info_name=name, terminal_width=100)
    yield f"\n## {context.command_path}\n\n```text\n{command.get_help(context).rstrip()}\n```"
    if isinstance(command, click.Group):
        for inner in command.list_commands(context):
            found = command.get_command(context, inner)
            assert found is not None
            yield from _command(found, inner, context)


def main(folder: Path) -> None:
    """Write every page that differs."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        target = folder / name
        if not target.exists() or target.read_text("utf-8") != text:
            target.write_text(text, "utf-8")
            click.echo(f"wrote {target}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
