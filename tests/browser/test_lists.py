"""The lists of a chart at a desk and on a telephone: found as one types, saved, undone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.clinic import PHYSICIAN, Clinic
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database
LISTS = ("problems", "allergies", "medications", "immunizations", "procedures")
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(params=["desk", "telephone"])
def doctor(
    request: pytest.FixtureRequest, window: Browser, demo_clinic: Clinic
) -> Iterator[Visitor]:
    sizes = {"desk": (1440, 900, "light"), "telephone": (390, 844, "dark")}
    width, height, scheme = sizes[request.param]
    more = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    visitor = demo_clinic.enter(window, PHYSICIAN, **more)
    yield visitor
    visitor.context.close()


def _picture(visitor: Visitor, name: str) -> None:
    if folder := os.environ.get("OSLER_TEST_PICTURES"):
        width = visitor.page.viewport_size or {"width": 0}
        visitor.page.screenshot(
            path=Path(folder) / f"lists-{name}-{width['width']}.png", full_page=True
        )


def test_every_list_and_form_stays_inside_the_window(doctor: Visitor, demo_clinic: Clinic) -> None:
    for name in LISTS:
        doctor.go(f"/patients/{demo_clinic.patient}/{name}/")
        assert doctor.page.evaluate(_WIDER) <= 0, name
        _picture(doctor, name)
        doctor.page.locator(f"a[data-workspace][href$='/{name}/new/']").first.click()
        doctor.page.wait_for_selector("#workspace form[data-draft]")
        assert doctor.page.evaluate(_WIDER) <= 0, f"{name}, its form"
        _picture(doctor, f"{name}-form")
    assert doctor.complaints == []


def test_a_problem_is_found_by_plain_words_and_the_keyboard(
    doctor: Visitor, demo_clinic: Clinic
) -> None:
    page = doctor.page
    doctor.go(f"/patients/{demo_clinic.patient}/problems/")
    page.locator("a[data-workspace]", has_text="Add problem").first.focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("combobox", name="Problem", exact=True)
    box.focus()
    page.keyboard.type("pink eye")
    page.wait_for_selector("#workspace [role=option]")
    assert box.get_attribute("aria-expanded") == "true"
    page.keyboard.press("ArrowDown")
    option = page.locator("#workspace [aria-selected=true]")
    assert box.get_attribute("aria-activedescendant") == option.get_attribute("id")
    assert "H10.9" in option.inner_text()
    _picture(doctor, "combobox")
    page.keyboard.press("Enter")
    assert box.input_value() == "Unspecified conjunctivitis"
    assert box.get_attribute("aria-expanded") == "false"
    page.locator("#workspace button[type=submit]", has_text="Save").first.click()
    page.wait_for_selector("text=Problem added")
    assert page.locator(".l-name", has_text="Unspecified conjunctivitis").count() == 1
    page.get_by_role("button", name="Undo").first.click()
    page.wait_for_selector("main:not(:has-text('Unspecified conjunctivitis'))")
    assert doctor.complaints == []


def test_escape_closes_the_answers_before_the_form(doctor: Visitor, demo_clinic: Clinic) -> None:
    page = doctor.page
    doctor.go(f"/patients/{demo_clinic.patient}/allergies/")
    page.locator("a[data-workspace]", has_text="Add allergy").first.click()
    box = page.get_by_role("combobox").and_(page.locator("[name=substance]"))
    box.fill("sulfa")
    page.wait_for_selector("#workspace [role=option]")
    page.keyboard.press("Escape")
    assert page.locator("#workspace [role=listbox]:visible").count() == 0
    assert page.locator("#workspace").is_visible()
    page.keyboard.press("Escape")
    page.wait_for_selector("#workspace", state="hidden")
