"""What frames a chart leaves room for it: panels end in the window, nothing lies over what is to be pressed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.clinic import PHYSICIAN, Clinic
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database
_LAPTOP, _TELEPHONE, _NARROW = (1366, 768), (390, 844), (320, 640)


@pytest.fixture
def doctor(window: Browser, demo_clinic: Clinic) -> Iterator[Visitor]:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    yield visitor
    visitor.context.close()


def _at(visitor: Visitor, size: tuple[int, int], path: str) -> Any:
    visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
    visitor.go(path)
    return visitor.page


@pytest.mark.parametrize("scrolled", [0, 400])
def test_a_panel_ends_where_the_window_ends(
    doctor: Visitor, demo_clinic: Clinic, scrolled: int
) -> None:
    page = _at(doctor, _LAPTOP, f"/patients/{demo_clinic.patient}/")
    # A notice above the chart and an alert that wraps the banner: neither may push the buttons out.
    page.evaluate(
        "document.querySelector('.main').insertAdjacentHTML('afterbegin', '<div class=banner>Notice</div>');"
        "document.querySelector('.pb-safe').insertAdjacentHTML('beforeend', '<span class=chip>long</span>'.repeat(60))"
    )
    page.locator("a[data-workspace]", has_text="Record vitals").first.click()
    page.wait_for_selector("#workspace [name=bp]:focus")
    page.evaluate(f"scrollTo(0, {scrolled})")
    save = page.locator("#workspace .ws-f .btn-p").bounding_box()
    head = page.locator("#workspace .ws-h").bounding_box()
    banner = page.locator(".pb").bounding_box()
    assert save["y"] + save["height"] <= _LAPTOP[1]
    assert head["y"] >= banner["y"] + banner["height"] - 1
    assert doctor.complaints == []


def test_clinical_content_begins_in_the_first_third_of_a_laptops_screen(
    doctor: Visitor, demo_clinic: Clinic
) -> None:
    page = _at(doctor, _LAPTOP, f"/patients/{demo_clinic.patient}/medications/")
    assert page.locator(".ccont .card").first.bounding_box()["y"] <= _LAPTOP[1] / 3
    sections = page.locator(".cnav").evaluate("one => one.scrollHeight - one.clientHeight")
    assert sections <= 48  # Two of two dozen at most have to be scrolled to.


def test_buttons_of_a_page_keep_their_words_on_a_telephone(
    doctor: Visitor, demo_clinic: Clinic
) -> None:
    for section in ("medications", "documents", "problems", "family", "directives"):
        page = _at(doctor, _TELEPHONE, f"/patients/{demo_clinic.patient}/{section}/")
        cut = page.locator(".ccont-h .btn").evaluate_all(
            "all => all.filter(one => one.scrollWidth > one.clientWidth + 1).map(one => one.textContent.trim())"
        )
        assert cut == [], section


def test_the_section_that_is_open_is_in_sight_on_a_telephone(
    doctor: Visitor, demo_clinic: Clinic
) -> None:
    page = _at(doctor, _TELEPHONE, f"/patients/{demo_clinic.patient}/documents/")
    box = page.locator(".cnav [aria-current]").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= _TELEPHONE[0]


@pytest.mark.parametrize(
    ("path", "foot"),
    [("/patients/new/", ".pt-end"), ("/patients/{patient}/notes/new/", ".note-f")],
)
def test_what_signs_and_saves_is_above_the_bar_of_a_telephone(
    doctor: Visitor, demo_clinic: Clinic, path: str, foot: str
) -> None:
    page = _at(doctor, _TELEPHONE, path.format(patient=demo_clinic.patient))
    if foot == ".note-f":
        page.get_by_role("link", name="Progress note").first.click()
        page.wait_for_selector(foot)
    box, bar = page.locator(foot).first.bounding_box(), page.locator(".rail").bounding_box()
    assert box["y"] + box["height"] <= bar["y"] + 1


def test_a_report_with_a_long_laboratory_is_no_wider_than_a_narrow_screen(
    doctor: Visitor, demo_clinic: Clinic
) -> None:
    page = _at(doctor, _NARROW, f"/patients/{demo_clinic.patient}/results/")
    assert page.evaluate("document.documentElement.scrollWidth") <= _NARROW[0]
