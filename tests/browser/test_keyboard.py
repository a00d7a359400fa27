"""The palette and the shortcuts by keyboard alone, and what a shortcut must not do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.clinic import PHYSICIAN, Clinic, complaints
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_OPTIONS = "#pal [role=option]"


@pytest.fixture(scope="module")
def doctor(window: Browser, demo_clinic: Clinic) -> Iterator[Visitor]:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    yield visitor
    assert complaints(visitor) == []


@pytest.fixture
def page(doctor: Visitor) -> Page:
    doctor.go("/gallery/")
    return doctor.page


def _found(page: Page, text: str) -> list[str]:
    """What the palette shows for a text, once the answer to it is there."""
    with page.expect_response(lambda answer: answer.url.endswith("/palette/")):
        page.keyboard.type(text)
    page.wait_for_selector("#pal-list:not([aria-busy])")
    page.wait_for_timeout(250)
    return page.locator(_OPTIONS).all_inner_texts()


def _open(page: Page, keys: str = "Control+k") -> None:
    page.keyboard.press(keys)
    page.wait_for_selector(_OPTIONS)


def test_a_patient_is_found_opened_and_remembered(page: Page, demo_clinic: Clinic) -> None:
    _open(page)
    found = _found(page, "garcia mar")
    assert "GARCÍA MÁRQUEZ, José" in found[0]
    assert "MRN" in found[0]
    assert "1968" in found[0], "two identifiers beside the name"
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/*/")
    assert "garcia" not in page.url.lower()
    page.goto(f"{demo_clinic.base}/gallery/")
    _open(page)
    assert page.locator("#pal .grp").first.inner_text() == "Recent patients"
    assert "GARCÍA MÁRQUEZ" in page.locator(_OPTIONS).first.inner_text()


def test_arrows_choose_and_escape_gives_the_focus_back(page: Page) -> None:
    page.locator("main .btn").first.focus()
    before = page.evaluate("document.activeElement.textContent")
    _open(page)
    first = page.get_attribute("#pal input", "aria-activedescendant")
    page.keyboard.press("ArrowDown")
    second = page.get_attribute("#pal input", "aria-activedescendant")
    assert first != second
    assert page.locator("#pal [aria-selected=true]").get_attribute("id") == second
    assert axe.violations(page) == []
    page.keyboard.press("Escape")
    page.wait_for_selector("#pal", state="hidden")
    assert page.evaluate("document.activeElement.textContent") == before


def test_pages_are_found_by_the_beginnings_of_their_words(page: Page) -> None:
    _open(page, "/")
    assert any("Preferences" in one for one in _found(page, "pref"))


def test_a_section_of_the_open_chart_is_found(page: Page, demo_clinic: Clinic) -> None:
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/")
    _open(page)
    assert any("Results" in one for one in _found(page, "resul"))
    page.keyboard.press("Escape")


def test_two_keys_go_to_a_page_and_one_to_a_section(page: Page, demo_clinic: Clinic) -> None:
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/")
    page.keyboard.press("r")
    page.wait_for_url("**/results/")
    page.go_back()
    page.wait_for_url(f"**/patients/{demo_clinic.patient}/")
    assert page.locator(".shell").count() == 1, "a page, not a part of one"
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url(f"{demo_clinic.base}/results/")


def test_the_sheet_lists_what_this_page_has(page: Page, demo_clinic: Clinic) -> None:
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    said = page.inner_text("#keys")
    assert "Results" in said
    assert "g r" in said.replace("\n", " ")
    assert axe.violations(page) == []
    page.keyboard.press("r")
    assert page.locator("#keys[open]").count() == 1, "keys do nothing under a dialog"
    page.keyboard.press("Escape")


def test_the_sheet_opens_after_escape(page: Page, demo_clinic: Clinic) -> None:
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/")
    _open(page)
    _found(page, "resul")
    page.keyboard.press("Escape")
    page.wait_for_selector("#pal", state="hidden")
    for _again in range(2):
        page.keyboard.press("?")
        page.wait_for_selector("#keys[open]")
        page.keyboard.press("Escape")
        page.wait_for_selector("#keys", state="hidden")
    page.locator("a[data-workspace]:visible").first.click()
    page.wait_for_selector("#workspace h2")
    page.locator("#workspace :is(input, select, textarea):visible").first.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.wait_for_selector("#keys[open]")
    page.keyboard.press("Escape")


def test_no_key_acts_while_one_types(page: Page) -> None:
    address = page.url
    page.locator("#id_name").fill("")
    page.keyboard.type("gr/?gt")
    assert page.input_value("#id_name") == "gr/?gt"
    assert page.url == address
    assert page.locator("dialog[open]").count() == 0


def test_single_keys_can_be_turned_off(page: Page, demo_clinic: Clinic) -> None:
    page.goto(f"{demo_clinic.base}/preferences/")
    page.uncheck("#id_keys")
    page.click("main button:text-is('Save')")
    page.wait_for_selector("html[data-keys=off]")
    page.keyboard.press("?")
    page.keyboard.press("/")
    assert page.locator("dialog[open]").count() == 0
    _open(page)
    page.keyboard.press("Escape")
    page.check("#id_keys")
    page.click("main button:text-is('Save')")
    page.wait_for_selector("html[data-keys=on]")


def test_preferences_hold_before_anything_is_painted(page: Page, demo_clinic: Clinic) -> None:
    page.goto(f"{demo_clinic.base}/preferences/")
    page.check("input[name=theme][value=dark]")
    page.select_option("#id_language", "es")
    page.click("main button:text-is('Save')")
    page.wait_for_selector("html[data-theme=dark][lang=es]")
    answer = page.request.get(f"{demo_clinic.base}/gallery/")
    assert 'data-theme="dark"' in answer.text().partition("<head>")[0]
    assert answer.headers["content-language"] == "es"
    page.check("input[name=theme][value=system]")
    page.select_option("#id_language", "")
    page.click("main form.prefs .btn-p")
    page.wait_for_selector("html[data-theme=system][lang=en]")


def test_tabs_and_rows_by_arrows(page: Page) -> None:
    page.wait_for_selector("[role=tab]")
    page.locator("[role=tab]").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("[role=tab][aria-selected=true]").inner_text() == "Findings"
    assert page.locator("#gt-two").is_visible()
    rows = page.locator("data-table tbody a")
    rows.first.focus()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    assert rows.nth(2).evaluate("one => one === document.activeElement")
    page.keyboard.press("End")
    assert rows.last.evaluate("one => one === document.activeElement")


def test_a_date_says_what_it_means(page: Page) -> None:
    page.locator("#id_onset").fill("t-2w")
    page.keyboard.press("Tab")
    said = page.input_value("#id_onset")
    assert said != "t-2w"
    assert page.evaluate("text => Math.floor((Date.now() - Date.parse(text)) / 864e5)", said) == 14


def test_files_are_dropped_listed_and_removed(page: Page) -> None:
    page.evaluate(
        """() => { const data = new DataTransfer();
          data.items.add(new File(["x".repeat(2048)], "scan.pdf", {type: "application/pdf"}));
          const drop = document.querySelector("file-drop");
          drop.dispatchEvent(new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})); }"""
    )
    assert "scan.pdf · 2 KB" in page.inner_text("file-drop >> nth=0")
    page.locator("file-drop .drop-l button").first.click()
    assert page.evaluate("document.querySelector('#id_scans').files.length") == 0


def test_a_dialog_gives_the_focus_back(page: Page) -> None:
    opener = page.locator("[data-dialog=g-dialog]")
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#g-dialog[open]")
    assert axe.violations(page) == []
    page.keyboard.press("Escape")
    assert opener.evaluate("one => one === document.activeElement")
