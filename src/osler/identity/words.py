"""What the record and the rules say, in the language of the page.

Errors are English sentences, some with values in them. Their texts are in the catalogs: whole ones as
they are, those with values as patterns such as "There is no role {0}.", under the context "error".
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.messages.mofile import read_mo
from django.conf import settings
from django.utils.translation import get_language, gettext, to_locale

from osler.identity import rights

_PLACE: Final = re.compile(r"\\\{(\d+)\\\}")
_FILLED: Final = re.compile(r"\{(\d+)\}")
_CONTEXT: Final = ("error", b"error")
"""Babel reads the context of compiled texts as bytes."""
_Pattern = tuple[re.Pattern[str], str]


def spoken(said: Exception | str) -> str:
    """An error, or a sentence of one, as the reader's language has it; in English where it has none."""
    text = str(said)
    if not text:
        return text
    found = gettext(text)
    if found != text:
        return found
    for pattern, translated in _patterns(to_locale(get_language() or "en")):
        match = pattern.fullmatch(text)
        if match is not None:
            return _filled(translated, match.groups())
    return text


def _filled(text: str, values: tuple[str, ...]) -> str:
    return _FILLED.sub(lambda place: values[int(place[1])], text)


def role_name(code: str) -> str:
    """A role by its name; the code where there is none of that code."""
    role = rights.roles().get(code)
    return gettext(role.name) if role is not None and role.name else code


@lru_cache(maxsize=8)
def _patterns(locale: str) -> tuple[_Pattern, ...]:
    """The sentences with values that a language has, the longest first: they say most."""
    found: list[tuple[str, str]] = []
    for folder in settings.LOCALE_PATHS:
        path = Path(folder) / locale / "LC_MESSAGES" / "django.mo"
        if path.is_file():
            with path.open("rb") as file:
                catalog = read_mo(file)
            found += [
                (str(one.id), str(one.string))
                for one in catalog
                if one.context in _CONTEXT and one.string
            ]
    found.sort(key=lambda pair: -len(pair[0]))
    return tuple((_regex(text), string) for text, string in found)


def _regex(text: str) -> re.Pattern[str]:
    return re.compile(_PLACE.sub("(.+?)", re.escape(text)), re.DOTALL)
