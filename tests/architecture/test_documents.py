"""What the documents point to is there: files, headings, commands with their options, settings."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from osler.kit.settings import VARIABLES
from osler.main.cli import cli

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SETTINGS = {variable.name for variable in VARIABLES} | {
    "OSLER_SETUP_PASSWORD",  # of `osler setup` alone
    "OSLER_TEST_DATABASE_URL",  # of the tests
    "OSLER_TEST_LAYOUT",  # of the tests in a browser
    "OSLER_TEST_PICTURES",
}
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
_BLOCK = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
# At the beginning, after the environment's variables, or by its path in a checkout.
_COMMAND = re.compile(r"(?:^|\.venv/bin/|[A-Z_]+=(?:'[^']*'|\S+)\s+)osler ([a-z][^#|;)`\n]*)")
_SETTING = re.compile(r"\bOSLER_[A-Z]+(?:_[A-Z]+)*\b(?!_)")


def headings(text: str) -> set[str]:
    """The anchors of a page, as they are made of its headings where it is shown."""
    lines = _BLOCK.sub("", text).splitlines()
    titles = [line.lstrip("#").strip().lower() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def leads_nowhere(document: Path, target: str) -> bool:
    """Whether a link inside the repository names no file, or no heading of it."""
    name, _, anchor = target.partition("#")
    path = document.parent / name if name else document
    if not path.exists():
        return True
    return bool(anchor) and anchor not in headings(path.read_text("utf-8"))


def commands(text: str) -> Iterator[str]:
    """What stands after `osler` in blocks and between back-ticks, without what the reference page shows of help."""
    for block in _BLOCK.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            yield from _COMMAND.findall(line)
    for inline in _INLINE.findall(_BLOCK.sub("", text)):
        if inline.startswith("osler "):
            yield from _COMMAND.findall(inline)


def misused(text: str) -> str | None:
    """What a command line names that there is not: a command, a subcommand or an option."""
    words = [word for word in shlex.split(text.replace("…", " ")) if word not in {"\\", "&&"}]
    found: click.Command = cli
    context = click.Context(cli)
    while isinstance(found, click.Group) and words and re.fullmatch(r"[a-z][a-z-]*", words[0]):
        name = words.pop(0)
        deeper = found.get_command(context, name)
        if deeper is None:
            return name
        found = deeper
    options = {name for parameter in found.params for name in (*parameter.opts, "--help", "-h")}
    for word in words:
        if word.startswith("-") and word.partition("=")[0] not in options and word != "-at":
            return word
    return None


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = _LINK.findall(document.read_text("utf-8"))
    inside = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in inside if leads_nowhere(document, target)] == []


@pytest.mark.parametrize(
    "document",
    [path for path in DOCUMENTS if path.name != "commands.md"],  # made of the commands themselves
    ids=lambda path: path.name,
)
def test_commands_and_settings_are_there(document: Path) -> None:
    text = document.read_text("utf-8")
    wrong = {line: said for line in commands(text) if (said := misused(line)) is not None}
    assert wrong == {}
    named = {name.removesuffix("_FILE") for name in _SETTING.findall(text)}
    assert named - {name.removesuffix("_FILE") for name in SETTINGS} == set()


def test_the_tests_notice() -> None:
    here = ROOT / "README.md"
    assert leads_nowhere(here, "docs/none.md")
    assert leads_nowhere(here, "#no-such-heading")
    assert not leads_nowhere(here, "#limits")
    assert list(commands("```\nX=1 osler load a --resume\n```\nthe `osler nothing` of")) == [
        "load a --resume",
        "nothing",
    ]
    assert misused("nothing") == "nothing"
    assert misused("ledger none") == "none"
    assert misused("load a --no-such") == "--no-such"
    assert misused("ledger prove Observation/1/_history/2 -o proof.json") is None
