"""Keys by which people are looked up as they are typed: words, their beginnings, sounds, errors, and bare numbers.

They lie in `resource.keys` beside all others, so that every way to look is the one index on keys;
docs/adr/0013-patient-search.md says why. Modifiers of FHIR have none of them but `phonetic` itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from jellyfish import metaphone
from psycopg import sql

from osler.fhir.base import Resource
from osler.search.hashing import key
from osler.search.rows import IndexRows
from osler.search.scope import FALSE, Condition, KeyTest, RowsIn, Scope, all_keys, all_of, any_of
from osler.search.text import normal
from osler.search.tree import Match

PEOPLE = frozenset({"Patient", "Person", "Practitioner", "RelatedPerson"})
WORD, START, SOUND, NEAR, DIGITS, BARE = "word", "start", "sound", "near", "digits", "bare"
TYPED = "typed"
"""The modifier of a Match that only code can make: no query string has it. Its values: see `condition`."""
LONGEST_START = 10
_SHORTEST_NEAR = 4
_LONGEST_NEAR = 16
_NATIONAL = 10
_PHONE_ENDS = (7, 4)
_LETTERS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "å": "aa", "ø": "oe", "æ": "ae", "ñ": "n"}
)
_NO_NUMBER = re.compile(r"[^0-9A-Za-z]+")


@lru_cache(maxsize=1 << 14)
def words(text: str) -> tuple[frozenset[str], ...]:
    """The words of a text, each with the ways it is written without accents (Müller: muller, mueller)."""
    plain = normal(text).split()
    other = normal(text.lower().translate(_LETTERS)).split()
    if len(plain) != len(other):
        other = plain
    return tuple(frozenset(pair) for pair in zip(plain, other, strict=True))


@lru_cache(maxsize=1 << 15)
def sounds(word: str) -> str:
    """How a word sounds, as Metaphone has it; empty where it is in no Latin letters."""
    return metaphone(word) if word.isascii() and word.isalpha() else ""


def shortened(word: str) -> set[str]:
    """The word, and it without each of its letters: two words one typing error apart share one of these."""
    if not _SHORTEST_NEAR <= len(word) <= _LONGEST_NEAR:
        return set()
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def bare(text: str) -> str:
    """A number as people read it out: no punctuation, no leading zeros, in capitals."""
    return _NO_NUMBER.sub("", text).lstrip("0").upper()


def digits(text: str) -> str:
    """The digits of a telephone number."""
    return "".join(sign for sign in text if sign.isascii() and sign.isdigit())


# ---- extract


def add(resource: Resource, rows: IndexRows) -> None:
    """Add the keys of a person; nothing for other types."""
    kind = resource.resourceType
    if kind not in PEOPLE:
        return
    found = rows.found
    for word in name_words(getattr(resource, "name", None) or ()):
        if kind == "Patient":
            found.update(key(form, kind, text) for form, text in _of_word(word))
        elif sound := sounds(word):
            found.add(key(SOUND, kind, sound))
    if kind == "Patient":
        found.update(key(form, kind, text) for form, text in _of_numbers(resource))


def name_words(names: Iterable[Any]) -> set[str]:
    """Every word of some names in every way it is written; a family name of several words also as one."""
    found: set[str] = set()
    for name in names:
        for text in (name.family, *(name.given or ()), name.text):
            for ways in words(text) if text else ():
                found |= ways
        if name.family and len(parts := normal(name.family).split()) > 1:
            found.add("".join(parts))
    return found


def _of_word(word: str) -> Iterator[tuple[str, str]]:
    yield WORD, word
    for length in range(1, min(len(word), LONGEST_START) + 1):
        yield START, word[:length]
    if sound := sounds(word):
        yield SOUND, sound
    for text in shortened(word):
        yield NEAR, text


def _of_numbers(resource: Any) -> Iterator[tuple[str, str]]:
    for one in resource.telecom or ():
        if one.value and one.system in {None, "phone", "fax", "pager", "sms"}:
            yield from ((DIGITS, text) for text in ends(digits(one.value)))
    for one in resource.identifier or ():
        if one.value and (text := bare(one.value)):
            yield BARE, text


def ends(number: str) -> Iterator[str]:
    """The parts of a telephone number that people know it by: national, local, its last four digits."""
    if len(number) < min(_PHONE_ENDS):
        return
    yield number[-_NATIONAL:]
    for length in _PHONE_ENDS:
        if len(number) > length:
            yield number[-length:]


# ---- condition

_ROWS = sql.SQL("SELECT k.rid FROM {table} k WHERE k.type = {type} AND {tests}")
_ALONE = sql.SQL("{rid} = ANY(ARRAY({rows}))")
_ANY = sql.SQL("k.keys && ARRAY[{}]::bigint[]")


def condition(match: Match, scope: Scope) -> Condition:
    """Rows that fit every one of the values; each is a group of (form, text) of which one must fit.

    Their numbers are gathered first, into an array: the planner otherwise walks the people in the order of the
    answer and compares every one's keys, as it takes that for cheap.
    """
    kind = match.param.type
    match match.values:
        case (((form, text),),):
            # Of one key the planner knows how common it is; the beginning of a name that many have needs no
            # gathering, as the first of them in order are soon found.
            return KeyTest((key(form, kind, text),))
    tests = [
        _ANY.format(sql.SQL(",").join(sql.Literal(key(form, kind, text)) for form, text in group))
        for group in match.values
    ]
    if not tests or not all(match.values):
        return FALSE
    table = sql.Identifier("contained" if scope.contained else "resource")
    rows = _ROWS.format(table=table, type=sql.Literal(kind), tests=all_of(tests))
    return RowsIn((rows,), alone=_ALONE.format(rid=scope.column("rid"), rows=rows))


def phonetic(match: Match, scope: Scope) -> Condition:
    """FHIR's `phonetic`: every word of a value sounds like a word of the name. What has no sound has no match."""
    ways = []
    for value in match.values:
        found = {sounds(next(iter(sorted(word)))) for word in words(value.text)} - {""}
        if found:
            ways.append(tuple(key(SOUND, match.param.type, one) for one in sorted(found)))
    if all(len(way) == 1 for way in ways):
        return KeyTest(tuple(way[0] for way in ways)) if ways else FALSE
    return any_of([all_keys(way, scope) for way in ways])
