"""What differs between two versions of a note, word by word."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from osler.clinic.notes import tree
from osler.clinic.notes.note import Part

_WORDS = re.compile(r"\s+|[^\s]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that both have ("same"), or one only ("gone", "new")."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A section in both versions, each side in pieces."""

    title: str
    old: tuple[Piece, ...]
    new: tuple[Piece, ...]

    @property
    def differs(self) -> bool:
        """Whether it is not the same in both."""
        return any(one.kind != "same" for one in (*self.old, *self.new))


def compared(old: Sequence[Part], new: Sequence[Part]) -> list[Compared]:
    """Both side by side, section by section, in the order of the newer one."""
    before = {part.title: tree.plain(part.nodes) for part in old}
    after = {part.title: tree.plain(part.nodes) for part in new}
    titles = [*after, *(title for title in before if title not in after)]
    return [_compared(title, before.get(title, ""), after.get(title, "")) for title in titles]


def _compared(title: str, old: str, new: str) -> Compared:
    left, right = words(old, new)
    return Compared(title, left, right)


def words(old: str, new: str) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Two texts in pieces."""
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, low, high, start, end in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        same = tag == "equal"
        if high > low:
            left.append(Piece("".join(a[low:high]), "same" if same else "gone"))
        if end > start:
            right.append(Piece("".join(b[start:end]), "same" if same else "new"))
    return tuple(left), tuple(right)
