"""The day of each role from signing in to the last signature, at a laptop and on a telephone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2
import pytest

from tests.browser.walks import steps
from tests.browser.walks.house import LAPTOP, PHONE, House, chart_of, clean, stands
from tests.identity.served import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database
SIZES = {"laptop": LAPTOP, "telephone": PHONE}


def look(visitor: Visitor, name: str) -> None:
    """A picture for whoever wants to see the walk."""
    if folder := os.environ.get("OSLER_TEST_PICTURES"):
        visitor.page.screenshot(path=str(Path(folder) / f"walk-{name}.png"))


@pytest.mark.parametrize("size", SIZES)
def test_a_physician_from_the_door_to_the_print(window: Browser, house: House, size: str) -> None:
    doctor = house.enter(window, "adeyemi", **SIZES[size])
    page = doctor.page
    assert page.url.endswith("/today/")
    stands(doctor)
    family = f"Okonkwo{size}"
    steps.find_nobody(doctor, f"{family} 3/14/68")
    steps.register(doctor, family, "Ada", "1968-03-14", "female")
    page.wait_for_url(lambda url: "/new/" not in url)
    look(doctor, f"registered-{size}")
    patient = chart_of(page)
    steps.add_allergy(doctor, "penicil", "Penicillin")
    look(doctor, f"allergy-{size}")
    steps.add_problem(doctor, "high blood pressure", "hypertension")
    look(doctor, f"problem-{size}")
    steps.record_vitals(doctor, bp="148/92", hr="78", temp="98.6")
    look(doctor, f"vitals-{size}")
    steps.begin_note(doctor, "Visit note")
    steps.write_in(page, 0, "Headaches in the morning. .follow")
    page.wait_for_selector(".nmenu [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.type("4 weeks")
    page.keyboard.press("F2")
    page.keyboard.type("worse")
    steps.write_in(page, 2, "Not at goal. ")
    page.locator("[data-value]", has_text="148/92").first.click()
    steps.write_in(page, 3, "Begin lisinopril.")
    look(doctor, f"note-{size}")
    steps.sign(doctor)
    look(doctor, f"signed-{size}")
    assert "148/92" in page.locator("main").inner_text()
    steps.add_to(doctor, "Home readings came in.")
    words = pypdfium2.PdfDocument(steps.printed(doctor))[0].get_textpage().get_text_bounded()
    assert family.lower() in words.lower() and "Return in 4 weeks" in words and "148/92" in words
    steps.section(doctor, "", patient)
    said = page.locator("main").inner_text()
    assert "148/92" in said and "hypertension" in said.lower()
    assert "Penicillin" in page.locator("body").inner_text()
    look(doctor, f"summary-{size}")
    clean(doctor)
    doctor.context.close()
