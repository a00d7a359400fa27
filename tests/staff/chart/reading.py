"""Pages as trees: what a banner, a card, a table says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "use", "path", "circle", "line"})


@dataclass(slots=True)
class Tree:
    """One element with what is in it."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Tree | str] = field(default_factory=list)

    def walk(self) -> Iterator[Tree]:
        """It and all in it."""
        yield self
        for one in self.inside:
            if isinstance(one, Tree):
                yield from one.walk()

    def texts(self) -> Iterator[str]:
        """Its texts in their order."""
        for one in self.inside:
            if isinstance(one, str):
                yield one
            else:
                yield from one.texts()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Tree("document")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Tree(tag, {name: value or "" for name, value in attrs})
        self.open[-1].inside.append(made)
        if tag not in _VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].inside.append(Tree(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def tree(answer: Any) -> Tree:
    """The page; elements that are not closed in their order fail."""
    builder = _Builder()
    builder.feed(answer.content.decode())
    assert len(builder.open) == 1, f"<{builder.open[-1].tag}> is not closed"
    return builder.open[0]


def all_of(node: Tree, tag: str = "", name: str = "", **attributes: str) -> list[Tree]:
    """The elements with this tag, class and attributes."""
    return [
        one
        for one in node.walk()
        if (not tag or one.tag == tag)
        and (not name or name in one.attributes.get("class", "").split())
        and all(one.attributes.get(key) == value for key, value in attributes.items())
    ]


def one_of(node: Tree, tag: str = "", name: str = "", **attributes: str) -> Tree:
    """The first of them; fails where there is none."""
    found = all_of(node, tag, name, **attributes)
    assert found, f"no {tag}.{name} {attributes} on the page"
    return found[0]


def said(node: Tree) -> str:
    """What an element says."""
    return " ".join(" ".join(node.texts()).split())


def facts(page: Tree) -> dict[str, str]:
    """The facts of the banner by their terms."""
    terms = one_of(page, "dl", "pb-facts")
    return {said(one_of(d, "dt")): said(one_of(d, "dd")) for d in all_of(terms, "div")}


def chips(page: Tree) -> list[str]:
    """What the chips of the banner say."""
    return [said(one) for one in all_of(one_of(page, "div", "pb-safe"), "span", "chip")]
