"""Background, devices, care at a desk and on a telephone: pages and forms fit; digits answer; a label is read."""

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
PAGES = {
    "family": "family/new/",
    "social": "social/new/audit-c/",
    "surgical-history": "surgical-history/operations/new/",
    "devices": "devices/new/",
    "care-team": "care-team/new/",
    "goals": "goals/new/",
    "care-plan": "care-plan/new/",
    "directives": "directives/code-status/new/",
}
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
        width = (visitor.page.viewport_size or {"width": 0})["width"]
        visitor.page.screenshot(path=Path(folder) / f"bg-{name}-{width}.png", full_page=True)


def test_every_page_and_form_stays_inside_the_window(doctor: Visitor, demo_clinic: Clinic) -> None:
    for name, form in PAGES.items():
        doctor.go(f"/patients/{demo_clinic.patient}/{name}/")
        assert doctor.page.evaluate(_WIDER) <= 0, name
        assert doctor.page.locator("h1").count() == 1, name
        _picture(doctor, name)
        doctor.page.locator(f"a[data-workspace][href$='{form}']").first.click()
        doctor.page.wait_for_selector("#workspace form[data-draft]")
        assert doctor.page.evaluate(_WIDER) <= 0, f"{name}, its form"
        _picture(doctor, f"{name}-form")
    assert doctor.complaints == []


def test_a_questionnaire_is_answered_by_digits(doctor: Visitor, demo_clinic: Clinic) -> None:
    page = doctor.page
    doctor.go(f"/patients/{demo_clinic.patient}/social/")
    page.locator("a[data-workspace][href$='/new/phq-9/']").first.click()
    page.wait_for_selector("#workspace question-form")
    page.locator("#workspace input[type=radio]").first.focus()
    for _question in range(8):
        page.keyboard.press("2")
    page.keyboard.press("2")
    page.wait_for_selector("#q-score >> text=988")
    assert "9" in page.locator("#q-score strong").first.inner_text()
    _picture(doctor, "phq-9")
    page.locator("#workspace button[type=submit]", has_text="Save").first.click()
    # The score in the form says it too: only the page of the answers has an address of its own.
    page.wait_for_url("**/social/*/")
    page.wait_for_selector("text=Do not leave the patient alone")
    doctor.go(f"/patients/{demo_clinic.patient}/social/")
    assert page.get_by_role("alert").filter(has_text="better off dead").count() == 1
    assert doctor.complaints == []


def test_a_scanned_label_is_shown_and_saved(doctor: Visitor, demo_clinic: Clinic) -> None:
    page = doctor.page
    doctor.go(f"/patients/{demo_clinic.patient}/devices/")
    page.locator("a[data-workspace][href$='/devices/new/']").first.click()
    page.wait_for_selector("#workspace udi-scan input")
    page.locator("#workspace [name=udi]").focus()
    page.keyboard.type("0151022222233336111412311728010110A213B1 211234")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Read from the label")
    assert page.locator("#workspace [name=lot]").input_value() == "A213B1"
    _picture(doctor, "label")
    page.locator("#workspace [name=name]").fill("Coronary stent")
    page.locator("#workspace button[type=submit]", has_text="Save").first.click()
    page.wait_for_selector("text=Device added")
    assert page.locator(".l-name", has_text="Coronary stent").count() >= 1
    complaints = [one for one in doctor.complaints if "422" not in one]
    assert complaints == []
