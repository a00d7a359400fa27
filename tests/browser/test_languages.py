"""The pages in another language: a pseudo-locale from right to left shows what is untranslated or too long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from osler.main.sample import demo
from osler.main.sample.generate import generate
from tests.browser.clinic import ADMINISTRATOR, PHYSICIAN, Clinic, clinic
from tests.browser.practice import Practice
from tests.ui import pseudo

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.database
_OVER = """() => {
  const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
  if (over <= 0) return "";
  const beyond = at => at.width > 0 && (at.left < -1 || at.right > root.clientWidth + 1);
  const range = document.createRange();
  const out = one => { range.selectNodeContents(one);
    return beyond(one.getBoundingClientRect()) || beyond(range.getBoundingClientRect()); };
  const last = [...document.querySelectorAll("body, body *")].filter(out).pop();
  return `${over} px, at ${last?.outerHTML.slice(0, 200)}`;
}"""
"""What hangs over the edge; empty where nothing does."""
_ROUND = re.compile(r"⟦[^⟦⟧]*⟧")
_WORD = re.compile(r"[A-Za-z]{3,}")
_VISIBLE = """() => {
  const said = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    const on = node.parentElement;
    if (on.closest("script, style, code, kbd, pre, #words, template") || !on.checkVisibility()) continue;
    said.push(node.textContent);
  }
  for (const one of document.querySelectorAll("[aria-label], [title], [placeholder], img[alt]"))
    for (const name of ["aria-label", "title", "placeholder", "alt"])
      if (one.hasAttribute(name) && one.checkVisibility() && !one.closest("svg"))
        said.push("\\n" + one.getAttribute(name));
  return said.join(" ");
}"""
_ALIKE = {
    "Osler",
    "NPI",
    "FHIR",
    "English",
    "Español",
    "Pseudo",
    "Ctrl",
    "Cmd",
    "Esc",
    "Enter",
    "mmHg",
}
"""Names, keys and units that are the same in every language."""
OF_PHYSICIAN = ("/today/", "/patients/", "/results/", "/preferences/", "/drafts/", "/account/")
OF_ADMINISTRATOR = ("/admin/", "/staff/people/", "/staff/access/roles", "/account/factors/")
OF_CHART = (
    "",
    "problems/",
    "allergies/",
    "medications/",
    "vitals/",
    "results/",
    "notes/",
    "details/",
)


@pytest.fixture(scope="module")
def pseudo_clinic(practice: Practice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The sample practice, whose pages know the pseudo-locale."""
    folder = tmp_path_factory.mktemp("locale")
    pseudo.write(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OSLER_TEST_LOCALE", str(folder))
        with clinic(practice, "tests.ui.pseudo") as open_now:
            yield open_now


@pytest.fixture(scope="module")
def data(pseudo_clinic: Clinic) -> frozenset[str]:
    """The words of what is in the record and in the accounts: they are shown as they are."""
    from osler.fhir.codec import encode
    from osler.identity.models import Account

    assert pseudo_clinic.base, "the accounts are made"
    told = Account.objects.values_list("name", "username", "email")
    found = _ALIKE | {word for one in told for text in one for word in _WORD.findall(text)}
    for one in generate(demo.now(), seed=demo.SEED):
        found |= set(_WORD.findall(encode(one).decode()))
    return frozenset(word.lower() for word in found)


def _untranslated(page: Page, data: frozenset[str]) -> set[str]:
    said = page.evaluate(_VISIBLE)
    while (shorter := _ROUND.sub(" ", said)) != said:
        said = shorter
    return {word for word in _WORD.findall(said) if word.lower() not in data}


@pytest.mark.parametrize("width", [1440, 320])
@pytest.mark.parametrize(
    ("who", "paths"), [(PHYSICIAN, OF_PHYSICIAN), (ADMINISTRATOR, OF_ADMINISTRATOR)]
)
def test_pages_from_right_to_left(
    window: Browser,
    pseudo_clinic: Clinic,
    data: frozenset[str],
    who: str,
    paths: tuple[str, ...],
    width: int,
) -> None:
    visitor = pseudo_clinic.enter(window, who, viewport={"width": width, "height": 900})
    spoken = {"name": "django_language", "value": pseudo.LANGUAGE, "url": pseudo_clinic.base}
    visitor.context.add_cookies([spoken])  # type: ignore[list-item]  # a dictionary will do
    page = visitor.page
    chart = tuple(f"/patients/{pseudo_clinic.patient}/{one}" for one in OF_CHART)
    wrong = {}
    for path in paths + (chart if who == PHYSICIAN else ()):
        visitor.go(path)
        page.wait_for_load_state()
        assert page.locator("html").get_attribute("dir") == "rtl", path
        assert page.locator("html").get_attribute("lang") == pseudo.LANGUAGE, path
        over, bare = page.evaluate(_OVER), _untranslated(page, data)
        if over or bare:
            wrong[path] = (over, sorted(bare))
    assert not wrong
    if width > 1000:
        visitor.go("/patients/")
        rail, main = (page.locator(one).first.bounding_box() for one in (".rail", "main"))
        assert rail
        assert main
        assert rail["x"] > main["x"], "the navigation stands where reading begins"
    visitor.context.close()


def test_the_sign_in_page_follows_browser_and_choice(
    window: Browser, pseudo_clinic: Clinic
) -> None:
    from tests.identity.served import visit

    visitor = visit(window, pseudo_clinic.base, locale="ar")
    visitor.go("/account/login/")
    root = visitor.page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ar", "rtl")
    visitor.page.click("text=English")
    visitor.page.wait_for_url("**language=en*")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("en", "ltr")
    visitor.go("/account/login/")
    assert root.get_attribute("lang") == "en"
    visitor.context.close()


def test_the_catalog_of_the_pseudo_locale_is_whole(tmp_path: Path) -> None:
    from babel.messages.mofile import read_mo

    pseudo.write(tmp_path)
    with (tmp_path / pseudo.LANGUAGE / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalog = read_mo(file)
    assert len(catalog) > 1000
    assert catalog.get("Today").string == "⟦Today⟧"  # type: ignore[union-attr]  # it is there
