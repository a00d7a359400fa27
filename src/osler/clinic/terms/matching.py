"""How well a term answers a question, and the best of many terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from osler.clinic.terms.tables import Term
from osler.clinic.terms.words import Unit, corrected, fold, units

_CODE = re.compile(r"(?=.*\d)[a-z0-9][a-z0-9.]{1,9}")
_NO_RANK = 100_000
EXACT = 1
"""The grade from which on a term is exactly what was asked for."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term made ready for questions."""

    term: Term
    names: tuple[str, ...]
    tokens: tuple[str, ...]
    joined: str
    code: str


def entry(term: Term) -> Entry:
    """A term with its names folded."""
    names = tuple(dict.fromkeys(fold(name) for name in (term.name, *term.words)))
    tokens = tuple(dict.fromkeys(token for name in names for token in name.split()))
    tokens += tuple(part for token in tokens if "'" in token for part in [token.replace("'", "")])
    return Entry(term, names, tokens, f" {' '.join(tokens)}", term.code.lower().replace(".", ""))


class Index:
    """Terms that can be asked for; small enough (thousands) to be looked through as a whole."""

    def __init__(self, terms: Iterable[Term]) -> None:
        self.entries = tuple(entry(term) for term in terms)
        self.vocabulary = frozenset(token for one in self.entries for token in one.tokens)

    def find(self, text: str, uses: Mapping[str, int], limit: int) -> list[Term]:
        """The best answers, best first; `uses` says how often somebody chose which value before."""
        found = best(self.entries, text, uses, limit)
        if found or not (other := corrected(text, self.vocabulary)):
            return found
        return best(self.entries, other, uses, limit)


def best(entries: Iterable[Entry], text: str, uses: Mapping[str, int], limit: int) -> list[Term]:
    """The entries that answer, ordered by grade, by use, by how common they are, and by length."""
    asked, parts = fold(text), units(text)
    if not asked:
        return _most_used(entries, uses, limit)
    code = asked.replace(".", "") if _CODE.fullmatch(asked) else ""
    graded = []
    for one in entries:
        grade = _grade(one, asked, parts, code)
        if grade is not None:
            graded.append((_order(one.term, grade, uses), one.term))
    graded.sort(key=lambda pair: pair[0])
    return [term for _, term in graded[:limit]]


def _most_used(entries: Iterable[Entry], uses: Mapping[str, int], limit: int) -> list[Term]:
    """Before anything is typed: what this person chooses most."""
    known = [one.term for one in entries if uses.get(one.term.value)]
    return sorted(known, key=lambda term: (-uses[term.value], term.name))[:limit]


def _order(term: Term, grade: int, uses: Mapping[str, int]) -> tuple[int, int, int, int, int, str]:
    used = uses.get(term.value, 0)
    shown = grade if grade <= EXACT or not used else EXACT + 1
    history = 1 if term.about == "historical" else 0
    return shown, -used, history, term.rank or _NO_RANK, len(term.name), term.code


def _grade(one: Entry, asked: str, parts: tuple[Unit, ...], code: str) -> int | None:
    """0 is the code itself, 1 a name exactly, then weaker; None where it does not answer."""
    if code and one.code.startswith(code):
        return 0 if one.code == code else 2
    if asked in one.names:
        return EXACT
    if any(name.startswith(asked) for name in one.names[1:]):
        return 2
    if one.names[0].startswith(asked):
        return 3
    worst = 4
    for part in parts:
        if _has(one, part.said):
            continue
        if not any(_has(one, meant) for meant in part.meant):
            return None
        worst = 5
    return worst


def _has(one: Entry, words: tuple[str, ...]) -> bool:
    """Whether each word begins a word of the entry."""
    return all(f" {word}" in one.joined for word in words)
