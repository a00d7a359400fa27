"""Documents in a browser: dropped, shown, turned, pinned; a letter from its template to the signed PDF."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

import pytest

from osler.clinic.printing import Document, Letterhead, Paragraph, pdf
from tests.browser import axe
from tests.browser.clinic import PHYSICIAN, Clinic, complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.database
_DROP = """([target, name, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type: "application/pdf" }));
  for (const type of ["dragover", "drop"]) {
    document.querySelector(target).dispatchEvent(
      new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }),
    );
  }
}"""


def paper(pages: int = 3) -> bytes:
    """A PDF of some pages."""
    lines = tuple(Paragraph.of(f"Line {n} of a long report.") for n in range(pages * 34))
    return pdf(Document("Report", Letterhead("City Hospital"), None, lines))


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file onto the place for files."""
    page.wait_for_selector("file-drop .drop-w:not([hidden])")
    page.evaluate(_DROP, ["file-drop", name, b64encode(content).decode()])


def shown(page: Page, number: int, turned: int = 0) -> None:
    """Wait until the viewer shows this page, turned so far."""
    page.wait_for_selector(f'doc-viewer[data-shown="{number} {turned}"]')


def test_a_report_is_dropped_shown_turned_and_pinned(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/documents/")
    axe.check(page, "the list")
    page.get_by_role("link", name="Add documents").click()
    drop(page, "stress-test.pdf", paper())
    assert "stress-test.pdf" in page.locator(".drop-l").inner_text()
    page.locator("[name=category]").select_option("outside")
    page.get_by_label("Author or source").fill("City Hospital")
    axe.check(page, "the form")
    page.get_by_role("button", name="File", exact=True).click()
    shown(page, 1)
    ink = page.evaluate(
        "() => { const c = document.querySelector('.dv-paper canvas');"
        " return c.getContext('2d').getImageData(0, 0, c.width, c.height).data"
        ".some((one, at) => at % 4 === 0 && one < 100); }"
    )
    assert ink, "the page is blank"
    axe.check(page, "the viewer")
    page.locator("h1").click()
    page.keyboard.press("n")
    shown(page, 2)
    page.keyboard.press("p")
    shown(page, 1)
    page.get_by_role("button", name="Rotate").click()
    shown(page, 1, 90)
    before = page.locator(".dv-paper").bounding_box()
    page.locator("h1").click()
    page.keyboard.press("+")
    page.wait_for_selector("[data-zoom]:text-is('125%')")
    after = page.locator(".dv-paper").bounding_box()
    assert before and after and after["width"] > before["width"] * 1.2
    page.get_by_role("button", name="Fit the width").click()
    page.get_by_role("button", name="Pin a note to a place").click()
    page.locator(".dv-paper").click(position={"x": 200, "y": 120})
    page.get_by_label("New note").fill("Look here")
    page.get_by_role("button", name="Pin note").click()
    page.wait_for_selector("button.dv-m")
    assert page.locator("button.dv-m").count() == 1
    assert "Look here" in page.locator(".dpins").inner_text()
    assert complaints(visitor) == []


def test_a_picture_on_a_telephone(window: Browser, demo_clinic: Clinic) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (1200, 800), "#88aacc").save(out, "PNG")
    visitor = demo_clinic.enter(window, PHYSICIAN, viewport={"width": 390, "height": 844})
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/documents/new/")
    page.locator("input[name=files]").set_input_files(
        {"name": "wound.png", "mimeType": "image/png", "buffer": out.getvalue()}
    )
    page.locator("[name=category]").select_option("photo")
    page.get_by_role("button", name="File", exact=True).click()
    shown(page, 1)
    page.get_by_role("button", name="Rotate").click()
    shown(page, 1, 90)
    wide = page.evaluate("() => document.documentElement.scrollWidth")
    assert wide <= 390
    assert complaints(visitor) == []


def test_a_refused_file_keeps_the_form(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/documents/new/")
    drop(page, "fake.pdf", b"<script>alert(1)</script>")
    page.locator("[name=category]").select_option("other")
    page.get_by_label("Comment").fill("Kept")
    page.get_by_role("button", name="File", exact=True).click()
    page.wait_for_selector(".drop-s:has-text('fake.pdf')")
    assert page.get_by_label("Comment").input_value() == "Kept"
    assert page.locator("input[name=files]").evaluate("(one) => one.files.length") == 1


def test_a_letter_from_its_template_to_the_signed_pdf(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/letters/new/")
    axe.check(page, "the choice")
    page.get_by_label("Medication list").check()
    page.get_by_label("To", exact=True).fill("Home health")
    page.get_by_role("button", name="Write it").click()
    text = page.get_by_label("Text")
    assert "Medications of" in text.input_value()
    assert "@" not in text.input_value()
    text.fill(f"{text.input_value()}\n\nTake them with food.".replace("***", "none"))
    axe.check(page, "the letter")
    page.get_by_role("button", name="Review and sign").click()
    page.wait_for_url("**/sign/")
    assert "Take them with food." in page.locator(".lpaper").inner_text()
    axe.check(page, "review")
    page.get_by_role("button", name="Sign and file").click()
    page.wait_for_url(re.compile(r"/documents/[^/]+/$"))
    shown(page, 1)
    assert complaints(visitor) == []


def test_what_is_printed_is_chosen_on_a_clean_page(window: Browser, demo_clinic: Clinic) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/print/")
    axe.check(page, "print")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Make the PDF").click()
    assert waiting.value.suggested_filename == "chart.pdf"
    for address in ("/admin/letters/", "/admin/letters/referral/"):
        page.goto(demo_clinic.base + address)
        axe.check(page, address)
    assert complaints(visitor) == []


def test_what_the_viewer_prints_names_the_patient_on_each_sheet(
    window: Browser, demo_clinic: Clinic
) -> None:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    page = visitor.page
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/documents/new/")
    drop(page, "printed.pdf", paper(2))
    page.locator("[name=category]").select_option("outside")
    page.get_by_role("button", name="File", exact=True).dblclick()
    shown(page, 1)
    assert page.locator(".dv-t [data-of]").inner_text().strip("/ ").isdecimal()
    page.evaluate("() => { window.print = () => {}; }")
    page.get_by_role("button", name="Print", exact=True).click()
    page.wait_for_selector(".dv-sheet:nth-of-type(2) canvas", state="attached")
    heads = page.locator(".dv-head").all_text_contents()
    assert len(heads) >= 2
    assert all("born" in one and "Page" in one for one in heads)
    page.goto(f"{demo_clinic.base}/patients/{demo_clinic.patient}/documents/")
    assert page.get_by_role("link", name="printed").count() == 1, "a second press files nothing"
    complaints(visitor)
