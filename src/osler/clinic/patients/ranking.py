"""How closely a patient fits what was typed, and whose names are so alike that one takes one for the other."""

from __future__ import annotations

from enum import IntEnum

from jellyfish import jaro_winkler_similarity

from osler.clinic.patients.person import Person
from osler.clinic.patients.typed import Typed
from osler.search import lookup
from osler.search.text import normal

_ALIKE = 0.92


class Grade(IntEnum):
    """How a name fits, the closest first. A name fits as its worst word does."""

    EXACT = 0
    START = 1
    SOUND = 2
    NEAR = 3


def grade(person: Person, reading: Typed) -> Grade | None:
    """How the patient fits; None where a word fits in no way (an index is wider than the truth)."""
    worst = Grade.EXACT
    for word in reading.words:
        how = _of_word(word, person.words)
        if how is None:
            return None
        worst = max(worst, how)
    return worst


def _of_word(word: frozenset[str], names: frozenset[str]) -> Grade | None:
    if word & names:
        return Grade.EXACT
    if any(name.startswith(way) for way in word for name in names):
        return Grade.START
    heard = {lookup.sounds(way) for way in word} - {""}
    if heard & {lookup.sounds(name) for name in names}:
        return Grade.SOUND
    errors = {text for way in word for text in lookup.shortened(way)}
    if any(errors & lookup.shortened(name) for name in names):
        return Grade.NEAR
    return None


def alike(one: Person, other: Person) -> bool:
    """Whether two patients' names are nearly the same: by letters, or by sound of both parts."""
    first, second = normal(one.name), normal(other.name)
    if jaro_winkler_similarity(first, second) >= _ALIKE:
        return True
    return bool(one.family and other.family) and (
        _sound(one.family) == _sound(other.family) and _sound(one.given) == _sound(other.given)
    )


def _sound(name: str) -> str:
    return " ".join(lookup.sounds(word) or word for word in normal(name).split())
