"""What happens at a clinic in the middle of a note: a lock, a colleague, another patient, no power, a slow network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from osler.access import LOCAL
from osler.clinic.notes.asking import search
from osler.fhir import r4
from osler.record import Record
from tests.browser.walks import steps
from tests.browser.walks.house import SAVED, House, clean, listening, open_panel

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.database
JOSE = "b07db480-bbb0-5e6d-8757-c5df7bbd6d64"
MARIA = "c4dcc1cb-497b-5e41-b1d7-5001378451d4"
LENA = "073bc450-4499-5b82-8c76-c7bec77c6819"
_PATIENT = "form[data-draft] input[name=patient]"


def editor(page: Page, base: str, patient: str, template: str) -> None:
    """The editor of a new note of somebody."""
    page.goto(f"{base}/patients/{patient}/notes/new/?template={template}")
    page.wait_for_selector(".pm-in")


def allergies(record: Record, patient: str) -> int:
    """How many there are in a chart."""
    return len(search(record, LOCAL, r4.AllergyIntolerance, ("patient", patient)))


def heart_rates(record: Record, patient: str, value: int) -> int:
    """How often this one was measured today."""
    pairs = (("patient", patient), ("code", "8867-4"), ("_sort", "-date"), ("_count", "20"))
    found = [one for _, one in search(record, LOCAL, r4.Observation, *pairs)]
    return sum(one.valueQuantity.value == value for one in found if one.valueQuantity)


def test_two_people_in_one_chart(window: Browser, house: House) -> None:
    doctor, nurse = house.enter(window, "adeyemi"), house.enter(window, "tanaka")
    doctor.go(f"/patients/{JOSE}/allergies/")
    listening(doctor.page)
    nurse.go(f"/patients/{JOSE}/problems/")
    nurse.page.wait_for_selector("#live-bar:has-text('Ngozi Adeyemi is in this chart')")
    doctor.page.wait_for_selector("#live-bar:has-text('Grace Tanaka is in this chart')")
    steps.record_vitals(nurse, hr="66")
    doctor.page.wait_for_selector("#live-bar:has-text('Grace Tanaka')")
    doctor.page.wait_for_selector("#live-bar:has-text('66')")
    for one, words in ((doctor, "Seen by the doctor"), (nurse, "Seen by the nurse")):
        one.go(f"/patients/{JOSE}/problems/")
        one.page.locator("a.l-name").first.click()
        one.page.wait_for_selector("#workspace [name=note]")
        one.page.fill("#workspace [name=note]", words)
    nurse.page.locator("#workspace form[data-draft] button[type=submit]").first.click()
    nurse.page.wait_for_selector(".toast")
    doctor.page.locator("#workspace form[data-draft] button[type=submit]").first.click()
    doctor.page.wait_for_selector("#workspace :text('Somebody else was faster')")
    said = doctor.page.inner_text("#workspace")
    assert "Grace Tanaka saved this" in said
    assert "Seen by the nurse" in said and "Seen by the doctor" in said
    doctor.page.locator("#workspace label:has-text('Yours:')").click()
    doctor.page.get_by_role("button", name="Save this").click()
    doctor.page.wait_for_selector("#workspace", state="hidden")
    assert "Seen by the doctor" in doctor.page.inner_text("main")
    clean(doctor)
    clean(nurse)
    doctor.context.close()
    nurse.context.close()


def lock(house: House, name: str) -> None:
    """Nobody touched this session for long."""
    from osler.identity.models import Session
    from osler.kit import clock

    Session.objects.filter(account=house.people[name], locked=None).update(locked=clock.now())


def test_a_lock_and_a_sign_in_keep_the_note(window: Browser, house: House) -> None:
    from tests.identity.people import PASSWORD

    doctor = house.enter(window, "adeyemi")
    page = doctor.page
    editor(page, house.base, MARIA, "progress")
    steps.write_in(page, 0, "Swelling of both ankles")
    page.wait_for_selector(SAVED)
    steps.write_in(page, 0, ", worse at night")
    lock(house, "adeyemi")
    page.wait_for_selector("dialog.lock", timeout=40_000)
    page.fill("dialog.lock #lock-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.lock", state="detached")
    assert "Swelling of both ankles, worse at night" in page.inner_text(".pm-in")
    steps.write_in(page, 0, ", no pain.")  # and at once, before the editor saves by itself:
    page.get_by_role("button", name="Adeyemi").first.click()
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/account/login/**")
    house.sign_in(doctor, "adeyemi")
    editor(page, house.base, MARIA, "progress")
    page.wait_for_selector(".draft-bar:has-text('Restored what you typed at')")
    assert "worse at night, no pain." in page.inner_text(".pm-in")
    clean(doctor)
    doctor.context.close()


def test_two_tabs_of_two_patients_save_each_to_their_own(
    window: Browser, house: House, record: Record
) -> None:
    nurse = house.enter(window, "tanaka")
    first, second = nurse.page, nurse.context.new_page()
    before = {one: allergies(record, one) for one in (JOSE, LENA)}
    for page, patient in ((first, JOSE), (second, LENA)):
        page.goto(f"{house.base}/patients/{patient}/allergies/")
        open_panel(page, "Add allergy")
    for page, words in ((second, "latex"), (first, "shellfish")):
        steps.choose(page, page.locator("#workspace input[name=substance]"), words, words.title())
        page.locator("#workspace").get_by_role("button", name="Save").first.click()
        page.wait_for_selector(".toast:has-text('Allergy added')")
    assert "latex" in second.inner_text("main").lower()
    assert "latex" not in first.inner_text("main ol, main ul").lower()
    assert {one: allergies(record, one) for one in (JOSE, LENA)} == {
        one: number + 1 for one, number in before.items()
    }
    first.goto(f"{house.base}/patients/{JOSE}/vitals/new/")
    first.fill("[name=hr]", "61")
    first.locator(_PATIENT).first.evaluate("(field, other) => { field.value = other; }", LENA)
    first.get_by_role("button", name="Save vitals").click()
    first.wait_for_selector("text=Nothing was saved")
    assert "61" in first.inner_text("main"), "what was typed can be copied"
    nurse.complaints.clear()  # the refusal is told by its status
    nurse.context.close()


def test_a_server_that_dies_takes_no_word_with_it(window: Browser, house: House) -> None:
    doctor = house.enter(window, "fernandez")
    page = doctor.page
    editor(page, house.base, LENA, "visit")
    steps.write_in(page, 0, "First visit, feels well")
    page.wait_for_selector(SAVED)
    house.server.kill()
    steps.write_in(page, 0, ", wants a check-up.")
    page.wait_for_selector("form[data-draft-state=failed]")
    page.wait_for_selector(".draft-bar:has-text('Not saved, retrying')")
    house.server.start()
    page.wait_for_selector(SAVED, timeout=40_000)
    doctor.complaints.clear()  # that nobody answered
    page.reload()
    page.wait_for_selector(".draft-bar:has-text('Restored what you typed at')")
    assert "First visit, feels well, wants a check-up." in page.inner_text(".pm-in")
    clean(doctor)
    doctor.context.close()


def test_a_slow_network_saves_once(window: Browser, house: House, record: Record) -> None:
    nurse = house.enter(window, "tanaka")
    page = nurse.page
    network = nurse.context.new_cdp_session(page)
    slow = {
        "offline": False,
        "latency": 900,
        "downloadThroughput": 60_000,
        "uploadThroughput": 30_000,
    }
    nurse.go(f"/patients/{MARIA}/allergies/")
    open_panel(page, "Add allergy")
    steps.choose(page, page.locator("#workspace input[name=substance]"), "latex", "Latex")
    before = allergies(record, MARIA)
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("#workspace").get_by_role("button", name="Save").first.dblclick()
    page.wait_for_selector("#workspace", state="hidden")
    page.wait_for_selector(".toast:has-text('Allergy added')")
    assert allergies(record, MARIA) == before + 1
    page.goto(f"{house.base}/patients/{MARIA}/vitals/new/", wait_until="domcontentloaded")
    page.fill("[name=hr]", "63")
    page.wait_for_selector("form[data-draft-state=saving]")
    page.wait_for_selector(SAVED)
    before = heart_rates(record, MARIA, 63)
    page.get_by_role("button", name="Save vitals").dblclick()
    page.wait_for_selector(".toast:has-text('Vitals saved')")
    assert heart_rates(record, MARIA, 63) == before + 1
    clean(nurse)
    nurse.context.close()


def test_back_and_deep_links_lead_where_one_was(window: Browser, house: House) -> None:
    doctor = house.enter(window, "adeyemi")
    page = doctor.page
    doctor.go(f"/patients/{JOSE}/")
    page.get_by_role("link", name="Results", exact=True).last.click()
    page.wait_for_url("**/results/")
    page.get_by_role("link", name="Vitals", exact=True).first.click()
    page.wait_for_url("**/vitals/")
    open_panel(page, "Record vitals")
    page.go_back()
    page.wait_for_url("**/results/")
    assert page.locator(".shell").count() == 1
    page.go_forward()
    page.wait_for_url("**/vitals/")
    page.go_back()
    page.go_back()
    page.wait_for_url(f"**/patients/{JOSE}/")
    assert "García Márquez".casefold() in page.inner_text("body").casefold()
    deep = f"/patients/{JOSE}/vitals/?sign=weight&span=all"
    stranger = house.enter(window, "fernandez")
    stranger.context.clear_cookies()
    stranger.go(deep)
    stranger.page.wait_for_url("**/account/login/**")
    house.sign_in(stranger, "fernandez")
    assert stranger.page.url == house.base + deep
    clean(doctor)
    clean(stranger)
    doctor.context.close()
    stranger.context.close()
