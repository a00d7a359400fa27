"""Words as people say them and as code systems write them: folding, phrases, what they mean, errors of typing."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

import jellyfish

from osler.clinic.terms.tables import lines

_TOKEN = re.compile(r"[a-z0-9]+(?:[./&'][a-z0-9]+)*")
_LONGEST = 4
_ASK_AT_MOST = 120


@dataclass(frozen=True, slots=True)
class Unit:
    """One word or phrase of a question: as it was said, and the other ways to say it."""

    said: tuple[str, ...]
    meant: tuple[tuple[str, ...], ...] = ()


def fold(text: str) -> str:
    """Small letters without accents, with single blanks."""
    bare = unicodedata.normalize("NFKD", text.lower().replace("\u2019", "'"))
    bare = "".join(ch for ch in bare if not unicodedata.combining(ch))
    return " ".join(_TOKEN.findall(bare))


@cache
def _meanings() -> dict[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What the phrases of the shipped list mean."""
    made: dict[tuple[str, ...], tuple[tuple[str, ...], ...]] = {}
    for line in lines("words.txt"):
        said, _, meant = line.partition("=")
        made[tuple(fold(said).split())] = tuple(
            tuple(fold(one).split()) for one in meant.split("|")
        )
    return made


def units(text: str) -> tuple[Unit, ...]:
    """A question in units, the longest known phrases first."""
    words = fold(text[:_ASK_AT_MOST]).split()
    found: list[Unit] = []
    while words:
        for length in range(min(_LONGEST, len(words)), 0, -1):
            said = tuple(words[:length])
            if said in _meanings() or length == 1:
                found.append(Unit(said, _meanings().get(said, ())))
                words = words[length:]
                break
    return tuple(found)


def corrected(text: str, vocabulary: Collection[str]) -> str | None:
    """The question with the nearest known words for unknown ones; None where nothing is near."""
    changed = [_nearest(word, vocabulary) for word in fold(text[:_ASK_AT_MOST]).split()]
    return " ".join(changed) if " ".join(changed) != fold(text) else None


def _nearest(word: str, vocabulary: Collection[str]) -> str:
    if len(word) < 4 or any(ch.isdigit() for ch in word) or word in vocabulary:
        return word
    most = 1 if len(word) < 8 else 2
    near = (
        (jellyfish.damerau_levenshtein_distance(word, one), one)
        for one in vocabulary
        if abs(len(one) - len(word)) <= most
    )
    best = min(near, default=(most + 1, word))
    return best[1] if best[0] <= most else word
