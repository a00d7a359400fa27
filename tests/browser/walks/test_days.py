"""The day of each role from signing in to the last signature, at a laptop and on a telephone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pypdfium2
import pytest

from tests.browser.walks import steps
from tests.browser.walks.house import LAPTOP, PHONE, SAVED, House, chart_of, clean, stands
from tests.browser.walks.keys import FOCUSED, POINTERS, palette, press, tab_to
from tests.identity.served import Visitor, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.database
SIZES: dict[str, dict[str, Any]] = {"laptop": LAPTOP, "telephone": PHONE}


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
    if size == "laptop":
        page.wait_for_selector("#note-points:not(:has-text('A required section is empty'))")
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


@pytest.mark.parametrize("size", SIZES)
def test_a_nurse_rooms_a_patient(window: Browser, house: House, size: str) -> None:
    nurse = house.enter(window, "tanaka", **SIZES[size])
    page = nurse.page
    stands(nurse)
    assert page.locator("h1:has-text('Today')").count() == 1
    nurse.go("/patients/")
    page.locator("#q").press_sequentially("fischer lena")
    page.locator(".pf-a:has-text('Fischer')").first.click()
    page.wait_for_url("**/patients/*/")
    steps.record_vitals(nurse, bp="124/76", hr="70", temp="98.2", spo2="98")
    steps.add_allergy(
        nurse, "latex" if size == "laptop" else "sulfa", "atex" if size == "laptop" else "ulf"
    )
    steps.begin_note(nurse, "Nursing note")
    for number, words in enumerate(
        ("Here for a check-up.", "Well.", "Measured.", "Call if worse.")
    ):
        steps.write_in(page, number, words)
    look(nurse, f"nurse-note-{size}")
    steps.sign(nurse)
    assert "Here for a check-up." in page.locator("main").inner_text()
    clean(nurse)
    nurse.context.close()


def test_the_desk_is_warned_of_somebody_similar(window: Browser, house: House) -> None:
    desk = house.enter(window, "becker", **LAPTOP)
    page = desk.page
    desk.go("/patients/")
    page.locator("#q").press_sequentially("gonzalez 1981")
    page.wait_for_selector(".pf-a >> nth=1")
    desk.go("/patients/new/")
    page.fill("#id_given", "Mariah")
    steps.register(desk, "Gonzales", "Mariah", "1981-04-12", "female")
    page.wait_for_selector("input[name=another]")
    assert "/new/" in page.url, "nobody was registered yet"
    assert page.input_value("#id_family") == "Gonzales"
    stands(desk)
    for one in page.locator("input[name=another]").all():
        one.check()
    page.get_by_role("button", name="Register", exact=False).last.click()
    page.wait_for_url(lambda url: "/new/" not in url)
    steps.toast(page, "registered")
    desk.go(f"/patients/{chart_of(page)}/details/")
    stands(desk)
    assert page.locator("nav >> text=Problems").count() == 0, "the desk sees no clinical pages"
    desk.complaints[:] = [one for one in desk.complaints if "status of 422" not in one]
    clean(desk)
    desk.context.close()


@pytest.mark.parametrize(
    ("name", "path", "words"),
    [
        ("whitfield", "/staff/people/", "Invite somebody"),
        ("whitfield", "/staff/access/roles", "Front desk"),
        ("lang", "/staff/privacy/", "Privacy"),
        ("lang", "/staff/audit/", "Who did what"),
    ],
)
def test_offices_open_their_pages(
    window: Browser, house: House, name: str, path: str, words: str
) -> None:
    officer = house.enter(window, name, **PHONE)
    officer.go(path)
    assert words in officer.page.inner_text("main")
    stands(officer)
    clean(officer)
    officer.context.close()


def test_a_visit_without_a_mouse(window: Browser, house: House) -> None:
    doctor = visit(window, house.base, **LAPTOP)
    doctor.context.add_init_script(POINTERS)
    house.sign_in(doctor, "adeyemi")
    page = doctor.page
    page.wait_for_selector("h1:has-text('Today')")
    palette(page, "fischer lena", "FISCHER", "**/patients/*/")
    patient = chart_of(page)
    palette(page, "vital", "Vitals", f"**/{patient}/vitals/")
    press(page, "Record vitals")
    page.wait_for_selector("#workspace [name=bp]:focus")
    page.keyboard.type("122/78")
    tab_to(page, "hr")
    page.keyboard.type("64")
    page.keyboard.press("Enter")
    page.wait_for_selector(".toast:has-text('Vitals saved')")
    palette(page, "aller", "Allergies", f"**/{patient}/allergies/")
    press(page, "Add allergy")
    page.wait_for_selector("#workspace input[name=substance]")
    tab_to(page, "substance")
    page.keyboard.type("penicil")
    page.wait_for_selector("#workspace [role=option]:has-text('Penicillins')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    press(page, "Save")
    page.wait_for_selector(".toast:has-text('Allergy added')")
    palette(page, "notes", "Notes", f"**/{patient}/notes/")
    press(page, "New note")
    page.wait_for_url("**/notes/new/")
    press(page, "Free text")
    page.wait_for_selector(".pm-in")
    tab_to(page, "pm-in")
    page.keyboard.type("Seen today. .follow")
    assert "Seen today. .follow" in page.inner_text(".pm-in"), page.evaluate(FOCUSED)
    page.wait_for_selector(".nmenu [role=option]")
    page.keyboard.press("Enter")
    page.keyboard.type("2 weeks")
    page.keyboard.press("F2")
    page.keyboard.type("worse")
    page.wait_for_selector(SAVED)
    press(page, "Review and sign")
    page.wait_for_url("**/sign/")
    press(page, "Sign and lock")
    page.wait_for_selector(".nsig")
    assert "Return in 2 weeks or sooner if worse." in page.inner_text("main")
    assert page.evaluate("sessionStorage.getItem('pointers')") is None
    clean(doctor)
    doctor.context.close()
