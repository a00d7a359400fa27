"""A note by keyboard: written, filled from the chart, kept by itself, signed, added to; no script, no complaint."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser import axe
from tests.browser.clinic import PHYSICIAN, Clinic
from tests.identity import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.database
SAVED = "form[data-draft-state=saved]"
_SETTINGS = "Settings(**json.loads(sys.argv[1]))"


@pytest.fixture(scope="module", autouse=True)
def one_key_for_documents() -> Iterator[None]:
    """The server opens and closes documents with the key of this process: a signed note has one."""
    given = _SETTINGS.replace("Settings(", "dataclasses.replace(Settings.load(), ")
    with pytest.MonkeyPatch.context() as patch:
        program = served._PROGRAM.replace(_SETTINGS, given)
        patch.setattr(
            served, "_PROGRAM", program.replace("import json", "import dataclasses, json")
        )
        yield


def write_in(page: Page, number: int, text: str) -> None:
    """Type at the end of a section of the editor."""
    page.locator(".pm-in .ns > div").nth(number).locator(":scope > *").last.click()
    page.keyboard.press("End")
    page.keyboard.type(text)


def test_a_note_from_the_first_word_to_its_addendum(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/notes/new/?template=visit")
    page.wait_for_selector(".pm-in")
    assert page.locator(".pm-in .nblk table tr").count() > 1  # The template asks for the vitals.
    write_in(page, 0, "Feels well. .follow")
    page.wait_for_selector(".nmenu [role=option]")
    page.keyboard.press("Enter")
    # The first *** of the phrase is chosen, F2 goes to the next one.
    page.keyboard.type("3 months")
    page.keyboard.press("F2")
    page.keyboard.type("dizzy")
    first = page.locator(".pm-in .ns").first
    assert "Return in 3 months or sooner if dizzy." in first.inner_text()
    write_in(page, 2, "Stable. ")
    page.locator("[data-value]").first.click()
    assert page.locator(".pm-in .fact").count() == 1
    page.wait_for_selector(SAVED)
    assert re.search(r"Saved \d", page.locator("#saved").inner_text())
    page.reload()
    page.wait_for_selector(".draft-bar")
    assert "sooner if dizzy" in page.locator(".pm-in").inner_text()
    assert page.locator(".pm-in .fact").count() == 1
    write_in(page, 3, "Go on.")
    page.locator("[data-insert=problems]").first.click()
    assert "Problems" in page.locator(".pm-in .ns").nth(3).inner_text()
    page.locator("input[name=dx]").first.fill("Essential hypertension (I10)")
    page.get_by_role("button", name="Review and sign").click()
    page.wait_for_url("**/sign/")
    assert "Essential hypertension" in page.locator(".ntext-b").inner_text()
    page.get_by_role("button", name="Sign and lock").click()
    page.wait_for_selector(".nsig, main [role=alert], main:not(:has(#cosigner, #h-sg))")
    assert page.locator(".nsig").count() == 1, page.locator("main").inner_text()
    assert page.locator("textarea").count() == 0
    page.get_by_role("link", name="Addendum").click()
    page.locator("#add-t").fill("Home readings came in.")
    page.get_by_role("button", name="Sign the addendum").click()
    page.wait_for_selector(".nsig >> nth=1")
    assert "Home readings came in." in page.locator("main").inner_text()
    assert visitor.complaints == []


def test_every_page_of_notes_is_clean(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    notes = f"{demo_clinic.base}/patients/{demo_clinic.patient}/notes/"
    page.goto(f"{notes}new/?template=progress")
    page.wait_for_selector(".pm-in")
    axe.check(page, "the editor")
    write_in(page, 0, "Words.")
    page.get_by_role("button", name="Review and sign").click()
    page.wait_for_url("**/sign/")
    axe.check(page, "review")
    page.get_by_role("link", name="Back to the note").click()
    page.wait_for_selector(".pm-in")
    page.locator("[data-dialog=discard]").click()
    axe.check(page, "the dialog", quick=True)
    for address in ("", "new/"):
        page.goto(notes + address)
        axe.check(page, address or "the list", quick=True)
    for address in ("/notes/mine/", "/notes/texts/", "/notes/texts/new/template/?from=visit"):
        page.goto(demo_clinic.base + address)
        axe.check(page, address, quick=True)
    assert visitor.complaints == []


def test_two_windows_of_one_note_are_merged_and_not_overwritten(
    window: Browser, demo_clinic: Clinic
) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/notes/new/?template=free")
    page.wait_for_selector(".pm-in")
    write_in(page, 0, "First words.")
    page.get_by_role("button", name="Save and close").click()
    page.wait_for_url("**/notes/")
    page.get_by_role("link", name="Free text").first.click()
    page.wait_for_selector(".pm-in")
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(".pm-in")
    write_in(other, 0, " From the other window.")
    other.get_by_role("button", name="Save and close").click()
    other.wait_for_url("**/notes/")
    other.close()
    write_in(page, 0, " From this window.")
    page.get_by_role("button", name="Save and close").click()
    page.wait_for_selector("#h-df")
    assert "From the other window." in page.locator(".ndiff").inner_text()
    assert "From this window." in page.locator(".pm-in").inner_text()
