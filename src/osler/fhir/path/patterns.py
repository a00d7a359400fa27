"""Regular expressions from users, run so that none can take exponential time.

Python's engine backtracks. A pattern whose repeated part can match the same text in more than one way is refused,
and the text is limited by how often the rest can backtrack.
"""

from __future__ import annotations

import re
import warnings
from functools import lru_cache

from osler.fhir.path import ambiguity
from osler.fhir.path.values import wrong

LONGEST_PATTERN = 1_000
_GROUP = re.compile(r"\$(?:(\d{1,2})|\{(\w+)\})|\\(.)|(\\)|(\$)", re.DOTALL)


@lru_cache(maxsize=512)
def _compiled(pattern: str) -> tuple[re.Pattern[str], int]:
    """The pattern and the longest text it may see. Raises Invalid."""
    if len(pattern) > LONGEST_PATTERN:
        raise wrong(f"a regular expression is longer than {LONGEST_PATTERN} characters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what a later Python may read otherwise
            found = re.compile(pattern, re.DOTALL)
            limit = ambiguity.longest_text(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise wrong(f"not a regular expression: {error}") from error
    if limit is None:
        raise wrong(f"the regular expression {pattern!r} could take exponential time")
    return found, limit


def _ready(pattern: str, value: str) -> re.Pattern[str]:
    found, limit = _compiled(pattern)
    if len(value) > limit:
        raise wrong(
            f"a text of {len(value)} characters is too long for the regular expression {pattern!r}"
        )
    return found


def search(pattern: str, value: str) -> bool:
    """Whether the pattern matches somewhere in the text (`.` matches line ends too)."""
    return _ready(pattern, value).search(value) is not None


def full(pattern: str, value: str) -> bool:
    """Whether the pattern matches the whole text."""
    return _ready(pattern, value).fullmatch(value) is not None


def replace(pattern: str, value: str, replacement: str) -> str:
    """Every match replaced; `$1` and `${name}` stand for groups, `\\$` for a dollar."""
    regex = _ready(pattern, value)

    def piece(match: re.Match[str]) -> str:
        index, name, escaped, lone, dollar = match.groups()
        if index or name:
            return f"\\g<{int(index) if index else name}>"
        return {"\\": "\\\\"}.get(escaped or lone, escaped or lone) if not dollar else "$"

    try:
        return regex.sub(_GROUP.sub(piece, replacement), value)
    except (re.error, IndexError) as error:
        raise wrong(f"not a replacement for {pattern!r}: {error}") from error
