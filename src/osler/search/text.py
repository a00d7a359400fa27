"""Text as searches compare it: without accents, case, or differences of white space."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

LONGEST = 500
"""Characters of a value that are indexed: PostgreSQL's B-tree entries end at 2,700 bytes."""

# Letters that Unicode does not decompose and people type without their stroke or ligature.
_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    """The text in lower case, without marks, with single spaces, cut to `LONGEST`."""
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text).casefold()
        bare = unicodedata.normalize("NFKD", folded)
        text = "".join(c for c in bare if not unicodedata.combining(c)).translate(_LETTERS)
    return " ".join(text.replace("\0", "").lower().split())[:LONGEST]


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
