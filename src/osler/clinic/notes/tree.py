"""What the text of a section is made of, whatever it is written in: paragraphs, lists, live blocks, facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Text:
    """Words, perhaps strong ones."""

    text: str
    strong: bool = False
    name: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value out of the record, with the version of the resource it stands in ("Observation/1/_history/2")."""

    ref: str
    text: str = ""
    name: ClassVar[str] = "fact"


Run = Text | Fact
Runs = tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of running text."""

    runs: Runs
    name: ClassVar[str] = "paragraph"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str
    name: ClassVar[str] = "heading"


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Runs, ...]
    name: ClassVar[str] = "items"


@dataclass(frozen=True, slots=True)
class Block:
    """A table of data: of `kind` ("vitals") where it is a live one, without where a note from elsewhere has it.

    `refs` are the versions of resources it shows; a live block that shows none says so in `title` alone.
    """

    kind: str
    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[Runs, ...], ...] = ()
    refs: tuple[str, ...] = ()
    name: ClassVar[str] = "block"


Node = Paragraph | Heading | Items | Block
Nodes = tuple[Node, ...]


def refs(nodes: Iterable[Node]) -> list[str]:
    """The versions of resources that a text stands on, each once, in their order."""
    return list(dict.fromkeys(_refs(nodes)))


def _refs(nodes: Iterable[Node]) -> Iterator[str]:
    for node in nodes:
        match node:
            case Block():
                yield from node.refs
            case Heading():
                continue
            case _:
                for runs in lines(node):
                    yield from (run.ref for run in runs if isinstance(run, Fact))


def lines(node: Node) -> tuple[Runs, ...]:
    """The runs of a node, line by line."""
    match node:
        case Paragraph():
            return (node.runs,)
        case Items():
            return node.items
        case Heading():
            return ((Text(node.text, strong=True),),)
        case Block():
            rows = tuple(_joined(row) for row in node.rows)
            return ((Text(node.title, strong=True),), *rows) if node.title else rows


def _joined(row: tuple[Runs, ...]) -> Runs:
    found: list[Run] = []
    for number, cell in enumerate(row):
        if number:
            found.append(Text(" | "))
        found.extend(cell)
    return tuple(found)


def plain(nodes: Iterable[Node]) -> str:
    """The words alone, for searching and comparing."""
    return "\n".join("".join(run.text for run in runs) for node in nodes for runs in lines(node))
