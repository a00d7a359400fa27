"""The texts of pages for translators: `python -m osler.main.messages extract | missing | compile`.

`extract` gathers what pages say into src/osler/ui/locale/*/LC_MESSAGES/django.po and keeps what is
translated; `missing` prints what is not yet; `compile` writes the .mo files that pages read (`make setup`
does). GNU gettext is not needed.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages import Catalog
from babel.messages.extract import extract as extract_from
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from osler.kit import errors

ROOT: Final = Path(__file__).resolve().parents[1]
LOCALE: Final = ROOT / "ui" / "locale"
LANGUAGES: Final = ("es",)
"""Into which pages are translated; they are written in English."""
_PARTS: Final = (
    "clinic", "identity", "main", "portal", "staff", "ui", "access", "kit", "record", "search",
    "fhir/validate",
)  # fmt: skip
_KEYWORDS: Final = {
    "_": None,
    "N_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def _is_error(one: object) -> bool:
    return isinstance(one, type) and issubclass(one, errors.OslerError)


_PLACE = re.compile(r"%\(\w+\)[sd]|\{\w*\}")
_ERRORS: Final = {
    **{name: 0 for name, one in vars(errors).items() if _is_error(one)},
    "NotSent": 0,
    "StepUpNeeded": 0,
    "Wrong": 0,
    "Damaged": 0,
    "NotUnderstood": 0,
    "Refused": 0,
    "UnknownParameter": 0,
    "Issue": 1,
    "Variable": 3,
}
"""Whose sentences pages show (`osler.identity.words.spoken` looks them up), and which argument has them."""
Text = tuple[int, str | tuple[str, ...], list[str], str | None]
"""Line, text (with its plural), remarks, context."""


def gathered() -> Catalog:
    """Every text of pages and of what they show, with where it stands."""
    catalog = Catalog(fuzzy=False)
    for path in sources():
        place = path.relative_to(ROOT.parent).as_posix()
        for line, found, _comments, context in _texts(path):
            catalog.add(found, locations=[(place, line)], context=context)
    return catalog


def sources() -> list[Path]:
    """The files that may hold texts."""
    files = [
        path
        for part in _PARTS
        for kind in ("*.py", "*.html", "roles/*.toml")
        for path in (ROOT / part).rglob(kind)
        if "migrations" not in path.parts
    ]
    return sorted(files)


def _texts(path: Path) -> Iterator[Text]:
    text = path.read_text("utf-8")
    match path.suffix:
        case ".toml":
            yield from _of_role(text)
            return
        case ".html":
            from django.utils.translation.template import templatize

            text = templatize(text, origin=str(path))
        case _:
            yield from _of_errors(text)
    source = io.BytesIO(text.encode())
    yield from extract_from("python", source, keywords=_KEYWORDS)


def _of_role(text: str) -> Iterator[Text]:
    """What a role is called and for."""
    role = tomllib.loads(text)
    yield from ((1, role[name], [], None) for name in ("name", "description") if role.get(name))


def _of_errors(text: str) -> Iterator[Text]:
    """The sentences of the errors that a module raises; one with values as a pattern, "No role {0}."."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        place = _ERRORS.get(_name(node.func), len(node.args))
        match node.args[place] if place < len(node.args) else None:
            case ast.Constant(value=str(said)):
                yield node.lineno, said, [], None
            case ast.JoinedStr(values=parts) if any(_says_something(part) for part in parts):
                yield node.lineno, _pattern(parts), [], "error"


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _says_something(part: ast.expr) -> bool:
    return isinstance(part, ast.Constant) and any(one.isalpha() for one in str(part.value))


def _pattern(parts: list[ast.expr]) -> str:
    text, number = "", 0
    for part in parts:
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            text += f"{{{number}}}"
            number += 1
    return text


def po_file(language: str) -> Path:
    """The catalog of a language, as translators edit it."""
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    """The catalog of a language as it is; empty where there is none."""
    path = po_file(language)
    if not path.is_file():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def extract() -> list[str]:
    """Bring all catalogs up to date; one line about each."""
    found = gathered()
    lines = []
    for language in LANGUAGES:
        catalog = read(language)
        catalog.update(found, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        _head(catalog)
        path = po_file(language)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(
                file, catalog, width=110, sort_output=True, omit_header=False, no_location=True
            )
        lines.append(f"{language}: {len(catalog)} texts, {len(missing(catalog))} to translate")
    return lines


def _head(catalog: Catalog) -> None:
    """The head of a catalog says nothing that changes from run to run."""
    catalog.header_comment = "# The texts of Osler's pages."
    catalog.project, catalog.version, catalog.fuzzy = "osler", "1", False
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = ""
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)


def missing(catalog: Catalog) -> list[str]:
    """The texts without a translation."""
    return [_id(message.id) for message in catalog if message.id and not _whole(message.string)]


def all_missing() -> list[str]:
    """The texts that a language lacks, one on each line."""
    found = []
    for language in LANGUAGES:
        catalog = read(language)
        found += [f"{language}: {text!r}" for text in missing(catalog)]
        found += [f"{language}: other places for values in {text!r}" for text in wrong(catalog)]
    return found or ["Nothing is missing."]


def wrong(catalog: Catalog) -> list[str]:
    """The translations whose places for values are not those of the text."""
    found = []
    for message in catalog:
        ids = message.id if isinstance(message.id, (list, tuple)) else (message.id,)
        strings = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
        allowed = {place for text in ids for place in _PLACE.findall(text)}
        # A form of the plural may say "one" in words; none may name what is not there.
        used = [set(_PLACE.findall(text)) for text in strings if text]
        plain = len(ids) == 1 and used and used[0] != allowed
        if message.id and (plain or any(not one <= allowed for one in used)):
            found.append(_id(message.id))
    return found


def _whole(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, (list, tuple)) else bool(string)


def _id(id: str | tuple[str, ...] | list[str]) -> str:
    return id if isinstance(id, str) else id[0]


def compile_all() -> list[str]:
    """Write the .mo files; one line about each."""
    lines = []
    for language in LANGUAGES:
        catalog = read(language)
        target = po_file(language).with_suffix(".mo")
        with target.open("wb") as file:
            write_mo(file, catalog)
        lines.append(f"{language}: {len(catalog)} texts compiled")
    return lines


if __name__ == "__main__":
    verbs = {"extract": extract, "missing": all_missing, "compile": compile_all}
    if len(sys.argv) != 2 or sys.argv[1] not in verbs:
        sys.exit("Usage: python -m osler.main.messages extract | missing | compile")
    print("\n".join(verbs[sys.argv[1]]()))
