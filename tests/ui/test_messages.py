"""Texts of pages: each has a Spanish translation with the same places for values, and none stands outside gettext."""

from __future__ import annotations

from pathlib import Path

import pytest

from osler.identity import words
from osler.main import messages
from tests.pages import SETTINGS
from tests.ui.bare_text import in_module, in_template
from tests.ui.pseudo import bracketed

ROOT = Path(messages.__file__).parents[1]
PAGES = ("identity", "portal", "staff", "ui")
NAMES = frozenset({"Osler", "· Osler", "NPI", "FHIR", "JSON", "Python", "GET", "mmHg"})
"""Names and units that are the same in every language."""
SAMPLES = frozenset({"gallery/rtl.html", "gallery/content.html", "gallery/states.html"})
"""Made-up content of the gallery: Arabic, initials, two dates."""


@pytest.fixture(autouse=True)
def _site() -> None:
    from osler.main.site import configure

    configure(SETTINGS, "postgresql:///none")


def _templates() -> list[Path]:
    return sorted(path for part in PAGES for path in (ROOT / part).rglob("*.html"))


@pytest.mark.parametrize("language", messages.LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    catalog = messages.read(language)
    has = {(messages._id(one.id), one.context) for one in catalog if one.id}
    wanted = {(messages._id(one.id), one.context) for one in messages.gathered() if one.id}
    assert not wanted - has, "run `make messages`, then translate what it prints"
    assert not messages.missing(catalog)
    assert not messages.wrong(catalog)
    assert not [one.id for one in catalog if one.id and one.fuzzy]


def test_no_template_says_anything_outside_translation() -> None:
    bare = {}
    for path in _templates():
        place = path.relative_to(ROOT).as_posix()
        found = [text for text in in_template(path.read_text("utf-8")) if text not in NAMES]
        if found and not place.endswith(tuple(SAMPLES)):
            bare[place] = found
    assert not bare


def test_no_view_says_anything_without_gettext() -> None:
    modules = [path for part in PAGES for path in sorted((ROOT / part).rglob("*.py"))]
    assert modules
    bare = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in modules
        if "migrations" not in path.parts
        for line, text in in_module(path)
    ]
    assert not bare


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("<p>Bare words</p>", ["Bare words"]),
        ('<p title="Bare title">{% translate "Good" %}</p>', ["Bare title"]),
        ('<a aria-label="{% translate "Good" %}">{{ name }}</a>', []),
        ('<a aria-label="{% blocktranslate %}Good {{ n }}{% endblocktranslate %}">1</a>', []),
        ('{{ when|default:"never" }}', ["never"]),
        ('{{ when|default:_("never") }}', []),
        ("<p>{% blocktranslate %}Good <b>words</b>{% endblocktranslate %} – 12</p>", []),
        ("<code>osler demo</code>{# Not said #}", []),
    ],
)
def test_the_search_for_bare_text_finds_it(template: str, said: list[str]) -> None:
    assert list(in_template(template)) == said


def test_bare_text_in_modules_is_found(tmp_path: Path) -> None:
    module = tmp_path / "views.py"
    module.write_text(
        'messages.success(request, "Bare")\n'
        'messages.success(request, gettext("Good"))\n'
        'forms.CharField(label="Bare too", help_text=_("Good"))\n'
        'messages.error(request, f"Bare {name}")\n'
        'logger.error(request, "Not for people")\n'
    )
    assert [(line, text) for line, text in in_module(module)] == [
        (1, "Bare"),
        (3, "Bare too"),
        (4, "Bare "),
    ]


def test_errors_are_said_in_the_language_of_the_page() -> None:
    from django.utils import translation

    messages.compile_all()
    words._patterns.cache_clear()
    with translation.override("es"):
        assert words.spoken("The password is wrong.") == "La contraseña es incorrecta."
        said = words.spoken("No patient that you may see fits 'Zoë'.")
        assert said == "Ningún paciente que usted pueda ver coincide con 'Zoë'."
        assert words.spoken("Nobody has translated this 7.") == "Nobody has translated this 7."
    with translation.override("en"):
        assert words.spoken("The password is wrong.") == "The password is wrong."


def test_the_pseudo_locale_keeps_places_for_values() -> None:
    assert bracketed("Hello, %(name)s") == "⟦Hello, %(name)s⟧"
    assert bracketed(" as far as") == " ⟦as far as⟧"
    assert bracketed("may,no") == "⟦may⟧,⟦no⟧"
