"""The narrative of a section, to the tree and back: what is not on the list does not come through."""

from __future__ import annotations

import re
from html import escape
from html.entities import name2codepoint
from xml.parsers import expat

from osler.clinic.notes.markup import REF
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
)
from osler.fhir.model import words
from osler.fhir.narrative import check
from osler.fhir.narrative.safety import XHTML

_REF = re.compile(REF)
_KIND = re.compile(r"\bblock ([a-z]{1,20})\b")
_BREAKS = words("p div br li ul ol dl dt dd pre blockquote center address hr table")
_STRONG = frozenset({"b", "strong"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "caption"})


def write(nodes: Nodes) -> str:
    """The `div` of a text. It is ours from the first letter to the last, and still checked like any other."""
    inside = "".join(_node(node) for node in nodes) or "<p>-</p>"
    div = f'<div xmlns="{XHTML}">{inside}</div>'
    faults = check(div)
    assert not faults, faults
    return div


def _node(node: Node) -> str:
    match node:
        case Paragraph():
            return f"<p>{_runs(node.runs)}</p>"
        case Heading():
            return f"<h4>{escape(node.text)}</h4>"
        case Items():
            return "<ul>" + "".join(f"<li>{_runs(runs)}</li>" for runs in node.items) + "</ul>"
        case Block():
            return _block(node)


def _block(block: Block) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in block.head)
    rows = [f"<tr>{head}</tr>"] if head else []
    rows += ["<tr>" + "".join(f"<td>{_runs(c)}</td>" for c in row) + "</tr>" for row in block.rows]
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    title = f"<h5>{escape(block.title)}</h5>" if block.title else ""
    name = f"block {block.kind}" if block.kind else "block"
    return f'<div class="{name}">{title}{table}</div>'


def _runs(runs: Runs) -> str:
    return "".join(_run(run) for run in runs)


def _run(run: Run) -> str:
    match run:
        case Fact():
            return f'<a class="fact" href="{escape(run.ref)}">{escape(run.text)}</a>'
        case Text(strong=True):
            return f"<b>{escape(run.text)}</b>"
        case Text():
            return escape(run.text)


def read(div: str | None) -> Nodes:
    """The tree of a narrative, whoever wrote it: what it says, without anything that could do something.

    A narrative that is unsafe or no XML is refused as a whole, and read as one paragraph that says so.
    """
    if not div:
        return ()
    if check(div):
        return (Paragraph((Text("This text cannot be shown: it is no safe narrative."),)),)
    reader = _Reader()
    reader.run(div)
    return tuple(reader.nodes)


class _Reader:
    """Listens to expat and keeps words, strong words, facts, lists, headings and tables; nothing else."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._line: list[Run] = []
        self._items: list[Runs] | None = None
        self._strong = 0
        self._fact: str | None = None
        self._kinds: list[str] = []
        self._table: _Table | None = None
        self._title = ""

    def run(self, div: str) -> None:
        parser = expat.ParserCreate(encoding="utf-8", namespace_separator=" ")
        parser.UseForeignDTD(True)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = lambda name, _: self._text(chr(name2codepoint[name]))
        parser.Parse(div.encode(), True)
        self._flush()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag in _STRONG:
            self._strong += 1
        elif tag == "a" and _REF.fullmatch(attributes.get("href", "")):
            self._fact = attributes["href"]
            self._line.append(Fact(self._fact))
        elif tag in ("td", "th") and self._table is not None:
            self._line = []
        elif self._table is None and (tag in _BREAKS or tag in _HEADINGS):
            self._flush()
        elif tag == "br":
            self._text(" ")
        if tag == "div":
            kind = _KIND.search(attributes.get("class", ""))
            self._kinds.append(kind[1] if kind else "")
        elif tag == "table" and self._table is None:
            self._table = _Table(next((one for one in reversed(self._kinds) if one), ""))
        elif tag == "tr" and self._table is not None:
            self._table.rows.append([])
        elif tag in ("ul", "ol") and self._table is None:
            self._items = []

    def _end(self, name: str) -> None:
        tag = name.rpartition(" ")[2]
        if tag in _STRONG:
            self._strong -= 1
        elif tag == "a":
            self._fact = None
        elif self._table is not None:
            self._end_in_table(self._table, tag)
        elif tag in _HEADINGS:
            self._heading()
        elif tag in ("ul", "ol"):
            self._flush()
            if self._items:
                self.nodes.append(Items(tuple(self._items)))
            self._items = None
        elif tag in _BREAKS:
            self._flush()
        if tag == "div":
            self._end_of_div()

    def _end_of_div(self) -> None:
        kind = self._kinds.pop()
        if kind and self._title:  # A block that has nothing to show.
            self.nodes.append(Block(kind, self._title))
            self._title = ""

    def _end_in_table(self, table: _Table, tag: str) -> None:
        if tag in ("td", "th") and table.rows:
            table.rows[-1].append(_clean(self._line))
            table.headed = table.headed or (tag == "th" and len(table.rows) == 1)
            self._line = []
        elif tag == "table":
            self.nodes.append(table.block(self._title))
            self._table, self._title, self._line = None, "", []

    def _heading(self) -> None:
        text = "".join(run.text for run in _clean(self._line))
        self._line = []
        if any(self._kinds):
            self._title = text
        elif text:
            self.nodes.append(Heading(text))

    def _text(self, text: str) -> None:
        text = re.sub(r"\s+", " ", text)
        last = self._line[-1] if self._line else None
        if self._fact is not None and isinstance(last, Fact):
            self._line[-1] = Fact(last.ref, last.text + text)
        elif isinstance(last, Text) and last.strong == bool(self._strong):
            self._line[-1] = Text(last.text + text, last.strong)
        elif text:
            self._line.append(Text(text, bool(self._strong)))

    def _flush(self) -> None:
        runs = _clean(self._line)
        self._line = []
        if not runs:
            return
        if self._items is not None:
            self._items.append(runs)
        else:
            self.nodes.append(Paragraph(runs))


class _Table:
    """A table on its way."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.rows: list[list[Runs]] = []
        self.headed = False

    def block(self, title: str) -> Block:
        rows = [tuple(row) for row in self.rows if row]
        head: tuple[str, ...] = ()
        if self.headed and rows:
            head = tuple("".join(run.text for run in cell) for cell in rows.pop(0))
        facts = [run.ref for row in rows for cell in row for run in cell if isinstance(run, Fact)]
        return Block(self.kind, title, head, tuple(rows), tuple(dict.fromkeys(facts)))


def _clean(line: list[Run]) -> Runs:
    """Without the blanks at both ends."""
    runs = list(line)
    if runs and isinstance(runs[0], Text):
        runs[0] = Text(runs[0].text.lstrip(), runs[0].strong)
    if runs and isinstance(runs[-1], Text):
        runs[-1] = Text(runs[-1].text.rstrip(), runs[-1].strong)
    return tuple(run for run in runs if run.text)
