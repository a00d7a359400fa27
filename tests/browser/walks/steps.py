"""The steps that walks have in common, each as a person at a mouse or a telephone does it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.browser.walks.house import SAVED, chart_of, open_panel, stands
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def toast(page: Page, words: str) -> None:
    """What was done is said."""
    page.wait_for_selector(f".toast:has-text('{words}')")


def section(visitor: Visitor, name: str, patient: str = "") -> None:
    """Go to a section of the open chart, by its address; its summary has none."""
    visitor.go(f"/patients/{patient or chart_of(visitor.page)}/{name}/".replace("//", "/"))
    stands(visitor)


def find_nobody(visitor: Visitor, words: str) -> None:
    """Search for somebody who is not here yet, and go on to the form."""
    page = visitor.page
    visitor.go("/patients/")
    page.locator("#q").press_sequentially(words)
    page.wait_for_selector("text=No patient that you may see fits")
    stands(visitor)
    page.get_by_role("link", name="Register a patient").first.click()
    page.wait_for_selector("h1:has-text('Register a patient')")
    stands(visitor)


def register(visitor: Visitor, family: str, given: str, born: str, gender: str) -> None:
    """Fill in what must be, and save."""
    page = visitor.page
    page.fill("#id_family", family)
    page.fill("#id_given", given)
    page.fill("#id_born", born)
    page.select_option("#id_gender", gender)
    page.get_by_role("button", name="Register", exact=False).last.click()


def choose(page: Page, box: Locator, words: str, expected: str) -> None:
    """Type plain words into a box with suggestions, and take the one that is meant."""
    box.click()
    box.press_sequentially(words)
    option = page.locator("#workspace [role=option]", has_text=expected).first
    option.click()


def add_allergy(visitor: Visitor, words: str, expected: str) -> None:
    """An allergy from the list of substances."""
    page = visitor.page
    section(visitor, "allergies")
    open_panel(page, "Add allergy")
    choose(page, page.locator("#workspace input[name=substance]"), words, expected)
    stands(visitor)
    page.locator("#workspace").get_by_role("button", name="Save").first.click()
    toast(page, "Allergy added")


def add_problem(visitor: Visitor, words: str, expected: str) -> None:
    """A problem in the words of the patient."""
    page = visitor.page
    section(visitor, "problems")
    open_panel(page, "Add problem")
    choose(page, page.locator("#workspace input[name=problem]"), words, expected)
    stands(visitor)
    page.locator("#workspace").get_by_role("button", name="Save").first.click()
    toast(page, "Problem added")


def record_vitals(visitor: Visitor, **signs: str) -> None:
    """What was measured."""
    page = visitor.page
    section(visitor, "vitals")
    open_panel(page, "Record vitals")
    for name, value in signs.items():
        page.fill(f"#workspace [name={name}]", value)
    stands(visitor)
    page.get_by_role("button", name="Save vitals").click()
    toast(page, "Vitals saved")


def write_in(page: Page, number: int, text: str) -> None:
    """Type at the end of a section of the editor."""
    page.locator(".pm-in .ns > div").nth(number).locator(":scope > *").last.click()
    page.keyboard.press("End")
    page.keyboard.type(text)


def begin_note(visitor: Visitor, template: str) -> None:
    """From the list of notes to the editor."""
    page = visitor.page
    section(visitor, "notes")
    page.get_by_role("link", name="New note").first.click()
    page.get_by_role("link", name=template).first.click()
    page.wait_for_selector(".pm-in")
    stands(visitor)


def sign(visitor: Visitor) -> None:
    """Review what will stand there for good, and sign."""
    page = visitor.page
    page.wait_for_selector(SAVED)
    page.get_by_role("button", name="Review and sign").click()
    page.wait_for_url("**/sign/")
    stands(visitor)
    page.get_by_role("button", name="Sign and lock").click()
    page.wait_for_selector(".nsig")
    stands(visitor)


def add_to(visitor: Visitor, words: str) -> None:
    """An addendum to the signed note that is open."""
    page = visitor.page
    page.get_by_role("link", name="Addendum").click()
    page.locator("#add-t").fill(words)
    page.get_by_role("button", name="Sign the addendum").click()
    page.wait_for_selector(".nsig >> nth=1")
    assert words in page.locator("main").inner_text()


def printed(visitor: Visitor) -> bytes:
    """The signed note as a PDF."""
    page = visitor.page
    link = page.get_by_role("link", name=re.compile("PDF|Print")).first
    answer = page.request.get(visitor.base + (link.get_attribute("href") or ""))
    assert answer.headers["content-type"].startswith("application/pdf"), answer.status
    return answer.body()
