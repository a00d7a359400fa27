"""The administration at a desk and on a telephone: nothing wider than the window, a change saved and undone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.clinic import ADMINISTRATOR, Clinic, complaints
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = (
    "/admin/",
    "/admin/practice/",
    "/admin/practice/new/?kind=lab",
    "/admin/places/",
    "/admin/places/new/",
    "/admin/people/",
    "/admin/codes/",
    "/explore/",
    "/explore/Location/",
)


@pytest.fixture(params=["desk", "telephone"])
def administrator(
    request: pytest.FixtureRequest, window: Browser, demo_clinic: Clinic
) -> Iterator[Visitor]:
    sizes = {"desk": (1440, 900, "light"), "telephone": (390, 844, "dark")}
    width, height, scheme = sizes[request.param]
    more = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    visitor = demo_clinic.enter(window, ADMINISTRATOR, **more)
    yield visitor
    visitor.context.close()


def test_every_page_stays_inside_the_window(administrator: Visitor) -> None:
    for path in PAGES:
        administrator.go(path)
        assert administrator.page.locator("h1").count() == 1, path
        assert administrator.page.evaluate(_WIDER) <= 0, path
    assert complaints(administrator) == []


def test_a_room_is_renamed_and_the_change_is_taken_back(administrator: Visitor) -> None:
    page = administrator.page
    administrator.go("/admin/")
    page.get_by_role("link", name="Sites and rooms").click()
    first = page.locator("tbody th a").last
    before = first.inner_text()
    first.click()
    page.get_by_label("Name", exact=True).fill(f"{before} two")
    page.get_by_role("button", name="Save").click()
    page.wait_for_selector("[data-undo]")
    assert page.get_by_role("link", name=f"{before} two", exact=True).count() == 1
    page.locator("[data-undo]").click()
    page.wait_for_selector("text=Undone")
    assert page.get_by_role("link", name=f"{before} two", exact=True).count() == 0
    assert complaints(administrator) == []


def test_a_resource_is_found_and_followed(administrator: Visitor) -> None:
    page = administrator.page
    administrator.go("/explore/?t=practitionerrole")
    page.get_by_role("link", name="PractitionerRole", exact=True).click()
    page.locator("tbody th a").first.click()
    page.locator(".ex-tree a[href*='/explore/Practitioner/']").first.click()
    page.get_by_role("link", name="What refers to this").click()
    assert page.locator("a[href*='/explore/PractitionerRole/']").count() >= 1
    page.go_back()
    page.get_by_text("Show the request").click()
    assert "/fhir/Practitioner/" in page.locator(".adm-cmd").first.inner_text()
    assert complaints(administrator) == []
