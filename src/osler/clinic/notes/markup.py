"""Sections as people and the editor write them: plain text with few marks, to the tree and back.

A line is a paragraph; "- " begins an item of a list, "### " a heading; **strong**;
[138/84 mmHg](Observation/1/_history/2) is a fact; {{vitals Observation/1/_history/2}} alone on a line a live block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from osler.clinic.notes.tree import (
    Block,
    Fact,
    Heading,
    Items,
    Node,
    Nodes,
    Paragraph,
    Run,
    Runs,
    Text,
    lines,
)

REF = r"[A-Z][A-Za-z]{2,40}/[A-Za-z0-9.-]{1,64}/_history/[1-9][0-9]{0,8}"
LONGEST = 100_000
"""Characters of one section."""
_INLINE = re.compile(
    rf"\[(?P<text>[^\]\n]{{0,200}})\]\((?P<ref>{REF})\)|(?<!\*)\*\*(?P<strong>[^*\n]+)\*\*(?!\*)"
)
_BLOCK = re.compile(rf"\{{\{{([a-z]{{1,20}})((?: {REF}){{0,100}})\}}\}}")
# What no line of text has, and XML cannot carry.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def read(text: str) -> Nodes:
    """The tree of what was typed. Blocks and facts have their references only; `live.resolved` fills them."""
    found: list[Node] = []
    items: list[Runs] = []
    text = _CONTROL.sub("", text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n"))
    for raw in [*text.split("\n"), ""]:
        line = raw.strip()
        if line.startswith(("- ", "• ")):
            items.append(tuple(_runs(line[2:].strip())))
            continue
        if items:
            found.append(Items(tuple(items)))
            items = []
        if line:
            found.append(_node(line))
    return tuple(found)


def _node(line: str) -> Node:
    if block := _BLOCK.fullmatch(line):
        return Block(kind=block[1], refs=tuple(block[2].split()))
    if line.startswith("### "):
        return Heading(line[4:].strip())
    return Paragraph(tuple(_runs(line)))


def _runs(line: str) -> Iterator[Run]:
    end = 0
    for found in _INLINE.finditer(line):
        if found.start() > end:
            yield Text(line[end : found.start()])
        if found["strong"]:
            yield Text(found["strong"], strong=True)
        else:
            yield Fact(found["ref"], found["text"])
        end = found.end()
    if end < len(line):
        yield Text(line[end:])


def write(nodes: Nodes) -> str:
    """The text of a tree, as the form has it."""
    return "\n".join(_written(node) for node in nodes)


def _written(node: Node) -> str:
    match node:
        case Block(kind=""):
            return "\n".join(_line(runs) for runs in lines(node))
        case Block():
            return "{{" + " ".join((node.kind, *node.refs)) + "}}"
        case Heading():
            return f"### {node.text}"
        case Items():
            return "\n".join(f"- {_line(runs)}" for runs in node.items)
        case Paragraph():
            return _line(node.runs)


def _line(runs: Runs) -> str:
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    match run:
        case Fact():
            return f"[{run.text.replace(']', '')}]({run.ref})"
        case Text(strong=True):
            return f"**{run.text}**"
        case Text():
            return run.text
