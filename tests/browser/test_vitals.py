"""A rooming with the keyboard alone, in the panel beside the chart; and a trend read out with the arrow keys."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.clinic import NURSE, Clinic
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database


@pytest.fixture(params=["desk", "telephone"])
def nurse(
    request: pytest.FixtureRequest, window: Browser, demo_clinic: Clinic
) -> Iterator[Visitor]:
    sizes = {"desk": (1440, 900, "light"), "telephone": (390, 844, "dark")}
    width, height, scheme = sizes[request.param]
    more = {"viewport": {"width": width, "height": height}, "color_scheme": scheme}
    visitor = demo_clinic.enter(window, NURSE, **more)
    yield visitor
    visitor.context.close()


def _focused(visitor: Visitor) -> str:
    found: str = visitor.page.evaluate("document.activeElement.name || document.activeElement.id")
    return found


def _tab_to(visitor: Visitor, name: str) -> None:
    for _ in range(12):
        if _focused(visitor) == name:
            return
        visitor.page.keyboard.press("Tab")
    raise AssertionError(f"Tab did not reach {name}; it is at {_focused(visitor)}.")


def _open(visitor: Visitor, clinic: Clinic) -> None:
    """The form beside the chart, by Enter on its button."""
    visitor.go(f"/patients/{clinic.patient}/vitals/")
    visitor.page.locator("a[data-workspace]", has_text="Record vitals").first.focus()
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#workspace [name=bp]")
    visitor.page.wait_for_selector("[name=bp]:focus")


def test_a_rooming_by_keyboard_alone(nurse: Visitor, demo_clinic: Clinic) -> None:
    _open(nurse, demo_clinic)
    page = nurse.page
    page.keyboard.type("118/76")
    for name, typed in (
        ("bp_position", "Sitting"),
        ("bp_site", "Left arm"),
        ("hr", "71"),
        ("rr", "14"),
        ("temp", "98,4"),
        ("spo2", "98"),
        ("pain", "2"),
    ):
        _tab_to(nurse, name)
        page.keyboard.type(typed)
    page.keyboard.press("Enter")
    page.wait_for_selector("#workspace", state="hidden")
    page.wait_for_selector("text=Vitals saved")
    first = page.locator("table.flow tbody td:nth-of-type(2)").all_inner_texts()
    assert "118/76" in first[0] and "Sitting" in first[0] and "Left arm" in first[0]
    assert first[1].strip().startswith("71") and "98.4" in first[3]
    assert nurse.complaints == []


def test_a_slip_is_said_and_the_unusual_confirmed_by_keyboard(
    nurse: Visitor, demo_clinic: Clinic
) -> None:
    _open(nurse, demo_clinic)
    page = nurse.page
    _tab_to(nurse, "hr")
    page.keyboard.type("205")
    _tab_to(nurse, "temp")
    page.keyboard.type("982")
    page.keyboard.press("Tab")
    page.wait_for_selector("#say-temp:has-text('Did you mean 98.2?')")
    page.wait_for_selector("#say-hr:has-text('is unusual')")
    page.keyboard.press("Enter") if _focused(nurse) == "spo2" else page.locator(
        "#workspace [name=hr]"
    ).press("Enter")
    page.wait_for_selector("#workspace [name=sure]")
    page.locator("#workspace [name=temp]").fill("98.2")
    page.locator("#workspace [name=sure]").press("Space")
    page.locator("#workspace [name=temp]").press("Enter")
    page.wait_for_selector("text=Vitals saved")
    assert "205" in page.locator("table.flow tbody").inner_text()
    assert nurse.complaints == []


def test_a_trend_is_read_out_by_arrow_keys(nurse: Visitor, demo_clinic: Clinic) -> None:
    nurse.go(f"/patients/{demo_clinic.patient}/vitals/?sign=bp&span=all")
    page = nurse.page
    page.locator("trend-chart").focus()
    tip = page.locator("trend-chart .tip")
    newest = tip.inner_text()
    page.keyboard.press("ArrowLeft")
    assert "mmHg" in newest and tip.inner_text() != newest
    page.keyboard.press("End")
    assert tip.inner_text() == newest
    page.keyboard.press("Escape")
    assert tip.is_hidden()
    assert nurse.complaints == []
