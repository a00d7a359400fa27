"""What was typed to find a patient, taken apart: words of a name, dates of birth, numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from osler.clinic.patients import dates
from osler.search import lookup

_LONGEST = 120
_WORDS_AT_MOST = 8
_PHONE = re.compile(r"(?<![\w-])\+?[\d(][\d\s().\-/]{2,}\d(?!\w)")
_NUMBERED = re.compile(r"[^\s,;]*\d[^\s,;]*")


@dataclass(frozen=True, slots=True)
class Typed:
    """One reading of a text: everything in it must fit a patient."""

    words: tuple[frozenset[str], ...] = ()
    births: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()

    @property
    def letters(self) -> int:
        """The length of the longest word."""
        return max((len(way) for word in self.words for way in word), default=0)

    def __bool__(self) -> bool:
        return bool(self.births or self.numbers or self.letters > 1)


def readings(text: str, today: date) -> tuple[Typed, ...]:
    """How the text may be read, the likeliest first; digits may be a date and a number as well."""
    text = " ".join(text.replace("\0", " ").split())[:_LONGEST]
    rest, births, taken = dates.split(text, today)
    found = [_read(rest, births)] if births else []
    if not births or taken.replace(" ", "").isdigit() or _PHONE.fullmatch(taken):
        found.append(_read(text, ()))
    return tuple(dict.fromkeys(one for one in found if one))


def _read(text: str, births: tuple[str, ...]) -> Typed:
    numbers = [match.group() for match in _PHONE.finditer(text)]
    text = _PHONE.sub(" ", text)
    numbers += [match.group() for match in _NUMBERED.finditer(text)]
    words = lookup.words(_NUMBERED.sub(" ", text))
    return Typed(words[:_WORDS_AT_MOST], births, tuple(numbers[:_WORDS_AT_MOST]))
