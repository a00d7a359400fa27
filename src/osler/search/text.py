"""Text as searches compare it: without accents, case, punctuation, or differences of white space."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 500
"""Characters of a value that are indexed: PostgreSQL's B-tree entries end at 2,700 bytes."""

# Letters that Unicode does not decompose and people type without their stroke or ligature.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)

# Names are typed with and without these: O'Neil, O’Neil and ONeil are one name.
_APOSTROPHES = (
    "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u0374\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf\u1fef\u1ffd\u1ffe"
    "\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c\uff07\uff40"
)
_VANISHING = str.maketrans(dict.fromkeys(_APOSTROPHES + "\0"))
_PARTING = str.maketrans(
    {c: " " for c in map(chr, range(128)) if unicodedata.category(c).startswith("P")}
)
_MINUS = "\u2212"


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    """The text in lower case, without marks and punctuation, with single spaces, cut to `LONGEST`.

    Apostrophes vanish; other punctuation parts words as a space does.
    """
    text = text.translate(_VANISHING)  # first: some of them decompose to a space and a mark
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).casefold()
        bare = unicodedata.normalize("NFKD", folded)
        text = "".join(map(_counted, bare)).translate(_LETTERS)
    return " ".join(text.translate(_PARTING).lower().split())[:LONGEST].rstrip()


def _counted(sign: str) -> str:
    """What a sign counts as: marks and what is invisible as nothing, punctuation as a space."""
    category = unicodedata.category(sign)
    if category == "Cf" or unicodedata.combining(sign):
        return ""
    return " " if category.startswith("P") or sign == _MINUS else sign


def like(text: str) -> str:
    """The text with the signs that LIKE gives a meaning escaped."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def split(text: str, separator: str) -> list[str]:
    """The parts between unescaped separators, each still escaped."""
    parts, start, at = [], 0, 0
    while at < len(text):
        if text[at] == "\\":
            at += 2
            continue
        if text[at] == separator:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    return [*parts, text[start:]]


def unescape(text: str) -> str:
    r"""The text with `\,` `\|` `\$` and `\\` as the signs they stand for."""
    if "\\" not in text:
        return text
    out, at = [], 0
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in {",", "|", "$", "\\"}:
            at += 1
        out.append(text[at])
        at += 1
    return "".join(out)
