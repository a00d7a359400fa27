"""A pseudo-locale, written from right to left: every text of ours in ⟦brackets⟧, so that what has none is untranslated.

`write(folder)` makes its catalog; `application` serves the pages with it (OSLER_TEST_LOCALE names the folder).
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from babel.messages import Catalog
from babel.messages.mofile import write_mo

from osler.kit.settings import Settings
from osler.main import messages

LANGUAGE = "ar"
"""A language that is written from right to left, and that Django knows."""
_FORMATS = frozenset({"l, F j, Y"})
_LISTS = re.compile(r"[a-z ]+,[a-z ]+\Z")
"""Alternatives of `yesno`."""


def bracketed(text: str) -> str:
    """A text as the pseudo-locale has it."""
    if text in _FORMATS:
        return text
    if _LISTS.match(text):
        return ",".join(f"⟦{part}⟧" for part in text.split(","))
    lead = text[: len(text) - len(text.lstrip())]
    return f"{lead}⟦{text.strip()}⟧"


def write(folder: Path) -> None:
    """The compiled catalog, where Django looks for it."""
    catalog = Catalog(locale=LANGUAGE)
    for found in messages.gathered():
        if not found.id:
            continue
        if isinstance(found.id, str):
            catalog.add(found.id, bracketed(found.id), context=found.context)
        else:
            many = tuple(bracketed(found.id[1]) for _form in range(catalog.num_plurals))
            catalog.add(found.id, many, context=found.context)
    target = folder / LANGUAGE / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, catalog)


def application(settings: Settings, database_url: str) -> Callable[..., Any]:
    """The site with one language more."""
    from osler.main.site import wsgi

    made = wsgi.application(settings, database_url)
    add(Path(os.environ["OSLER_TEST_LOCALE"]))
    return made


def add(folder: Path) -> None:
    """Let this process's Django speak it; what it had read of languages is forgotten."""
    from django.conf import settings as site
    from django.utils.translation import trans_real

    from osler.ui import preferences

    site.LOCALE_PATHS = [folder]
    site.LANGUAGES = [*site.LANGUAGES, (LANGUAGE, "Pseudo")]
    preferences.LANGUAGES[LANGUAGE] = "Pseudo"
    trans_real._translations.clear()  # type: ignore[attr-defined]  # no other way to forget them
    for cached in vars(trans_real).values():
        if hasattr(cached, "cache_clear"):
            cached.cache_clear()
