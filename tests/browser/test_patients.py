"""The desk at work: find nobody, register, be warned of somebody similar, say that it is another, find them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import violations
from tests.browser.clinic import ADMINISTRATOR, Clinic, complaints
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database

# In the other colors they are looked at by the walk through all pages.
_SIZES = {"desk": (1440, 900, "light"), "telephone": (390, 844, "dark")}
_OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
# Nobody alike: with the same first name, birth date and telephone the second would be held for the first.
_NEWCOMERS = {
    "desk": ("Vanterpool", "Chinedu", "1968-03-14", "3/14/68", "(617) 555-0142"),
    "telephone": ("Quackenbos", "Theodor", "1991-11-27", "11/27/91", "(413) 555-0186"),
}
DESK = "becker"


def _enter(request: pytest.FixtureRequest, window: Browser, clinic: Clinic, who: str) -> Visitor:
    width, height, scheme = _SIZES[request.param]
    more = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    return clinic.enter(window, who, **more)


@pytest.fixture(params=list(_SIZES))
def desk(request: pytest.FixtureRequest, window: Browser, demo_clinic: Clinic) -> Iterator[Visitor]:
    visitor = _enter(request, window, demo_clinic, DESK)
    visitor.page.set_default_timeout(15_000)
    visitor.size = request.param  # type: ignore[attr-defined]  # for the names of pictures
    yield visitor
    visitor.context.close()


def _seen(visitor: Visitor, what: str) -> None:
    """Nothing hangs over the edge, axe and the browser have nothing to complain of."""
    visitor.page.wait_for_load_state()
    size = visitor.size  # type: ignore[attr-defined]  # as above
    if pictures := os.environ.get("OSLER_TEST_PICTURES"):
        visitor.page.screenshot(
            path=str(Path(pictures) / f"patients-{what}-{size}.png"), full_page=True
        )
    assert visitor.page.evaluate(_OVER) <= 0, f"{what} is wider than the window"
    assert violations(visitor.page) == [], what
    assert complaints(visitor) == [], what


def test_register_be_warned_save_and_find(desk: Visitor) -> None:
    page = desk.page
    newcomer = _NEWCOMERS[desk.size]  # type: ignore[attr-defined]  # as above
    family, given, born, typed, phone = newcomer
    desk.go("/patients/")
    page.keyboard.type(f"{family} {typed}")
    page.wait_for_selector("text=No patient that you may see fits")
    _seen(desk, "nobody")
    page.click("text=Register a patient")
    page.wait_for_selector("h1:has-text('Register a patient')")
    _seen(desk, "new")
    page.fill("#id_family", family)
    page.fill("#id_given", given)
    page.fill("#id_born", born)
    page.select_option("#id_gender", "male")
    page.fill("#id_reach-0-value", phone)
    page.click("button:has-text('Register')")
    page.wait_for_url(lambda url: "/new/" not in url)
    desk.go("/patients/new/quick/")
    page.fill("#id_family", family)
    page.fill("#id_given", given)
    page.select_option("#id_gender", "male")
    page.fill("#id_born", born)
    page.locator("#id_born").blur()
    page.wait_for_selector("text=This is another person")
    _seen(desk, "similar")
    page.click("button:has-text('Register')")
    page.wait_for_selector("[role=alert] a[href='#alike']")
    _seen(desk, "held")
    page.click("[role=alert] a[href='#alike']")
    assert "/quick/" in page.url
    page.check("input[name=another]")
    desk.complaints.clear()  # that it was not taken the first time is told by its status
    page.click("button:has-text('Register')")
    page.wait_for_url("**/details/")
    _seen(desk, "details")
    desk.go("/patients/")
    asked = f"{family[:-1]} {given[:4]}".lower()
    page.locator("#q").press_sequentially(asked)
    page.wait_for_selector(f".pf-a:has-text('{family}')")
    _seen(desk, "found")
    page.keyboard.press(
        "ArrowDown"
    )  # The list of the last letters may still take the place of this one.
    page.wait_for_selector(f"[data-of='{asked}']", state="attached")
    page.wait_for_selector(".pf-a:focus")
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/*/")
    assert family not in page.url
    assert complaints(desk) == []


def test_enter_opens_only_who_is_the_only_one(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, DESK)
    page = visitor.page
    visitor.go("/patients/")
    assert "Here today" in page.inner_text("#results")
    page.locator("#q").press_sequentially("ma")
    page.wait_for_selector("[data-of='ma']", state="attached")
    assert page.locator(".pf-a").count() > 1
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    assert page.url.endswith("/patients/")
    page.fill("#q", "")
    page.locator("#q").press_sequentially("garcia marq")
    page.wait_for_selector("[data-of='garcia marq']", state="attached")
    assert page.locator(".pf-a").count() == 1
    page.locator("#q").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/patients/*-*/")
    visitor.go("/patients/")
    assert "García Márquez" in page.inner_text("#results")
    assert complaints(visitor) == []
    visitor.context.close()


@pytest.fixture(params=["desk", "telephone"])
def administrator(
    request: pytest.FixtureRequest, window: Browser, demo_clinic: Clinic
) -> Iterator[Visitor]:
    visitor = _enter(request, window, demo_clinic, ADMINISTRATOR)
    visitor.size = request.param  # type: ignore[attr-defined]  # as above
    yield visitor
    visitor.context.close()


def test_two_records_are_compared(administrator: Visitor, demo_clinic: Clinic) -> None:
    page = administrator.page
    administrator.go("/patients/")
    page.fill("#q", "a")
    page.locator("#q").press_sequentially("l")
    administrator.go(f"/patients/{demo_clinic.patient}/merging/")
    _seen(administrator, "merging")
    administrator.go("/patients/by-fields/")
    page.fill("#id_born_from", "1900-01-01")
    page.click("button:has-text('Find')")
    page.wait_for_selector(".pf-a")
    _seen(administrator, "fields")
    others = [
        link.get_attribute("href") or ""
        for link in page.locator(".pf-a").all()
        if demo_clinic.patient not in (link.get_attribute("href") or "")
    ]
    other = others[0].split("/")[2]
    administrator.go(f"/patients/{demo_clinic.patient}/merging/with/{other}/")
    _seen(administrator, "compare")
