"""One walk through the pages about trust, at a desk in the light and on a telephone in the dark.

Each page is looked at for complaints of the browser and for what hangs over its edge. With OSLER_TEST_PICTURES
(a folder) every page is photographed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from osler.access import LOCAL, Principal
from osler.clinic.privacy import desk, disclosures
from osler.clinic.privacy.disclosures import Disclosure
from osler.kit import clock
from osler.record import Access, Record
from tests.identity.people import PASSWORD, code
from tests.identity.served import Visitor, chromium, key_here, serving, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SIZES: dict[str, dict[str, Any]] = {
    "desk": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "telephone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
REASON = "Brought in unconscious, medication list needed"
_OVER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_UNNAMED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href]")]
    .filter(one => one.checkVisibility() && !(one.labels && one.labels.length) && !one.getAttribute("aria-label")
        && !one.textContent.trim()).map(one => one.outerHTML)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright has a loop running in this thread; nothing here is asynchronous.
    with pytest.MonkeyPatch.context() as patch, chromium() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture
def base(record: Record, database_url: str) -> Iterator[str]:
    """A server, with somebody of each role to sign in and something to look at."""
    from tests.identity import people

    nurse = Principal(id="n1", name="Nia Roe", roles=frozenset({"nurse"}), purpose="TREAT")
    record.note(nurse, Access("read", "Condition", "c1", patients=("ana",)))
    record.note(nurse, Access("read", "Condition", "c1", patients=("ana",), outcome="forbidden"))
    sent = Disclosure(clock.now(), "County court", "Main St 1", "A letter", "COVERAGE", "", "Ada")
    disclosures.disclose(record, LOCAL, "ana", sent)
    for name, role in (
        ("priya", "privacy-officer"),
        ("paul", "physician"),
        ("ada", "practice-admin"),
    ):
        one = people.nurse(name, shown=f"{name.title()} Osei", person="")
        one.roles, one.person = [role], "Practitioner/p1" if role == "physician" else ""
        one.save()
        people.with_app(one)
    people.patient("ana", patient="ana", person="Patient/ana", shown="Ana Garcia")
    from django.db import connection

    connection.close()
    with serving(database_url, key_here()) as address:
        yield address


class Walk:
    """A visitor whose every page is looked at."""

    def __init__(self, browser: Browser, base: str, size: str, name: str, factor: bool) -> None:
        self.size, self.name, self.number = size, name, 0
        self.visitor: Visitor = visit(browser, base, **SIZES[size])
        self.page = self.visitor.page
        self.visitor.sign_in(name, PASSWORD)
        if factor:
            self.page.fill("#id_code", code())
            self.page.click("main form button:not([hidden]) >> visible=true")
        self.page.wait_for_selector(".me", state="attached")  # The staff's is a menu, closed.
        self.seen("start")

    def go(self, path: str, what: str) -> None:
        self.visitor.go(path)
        self.seen(what)

    def seen(self, what: str) -> None:
        """Nothing hangs over the edge, nothing is without a name, the browser has nothing to complain of."""
        self.page.wait_for_load_state()
        self.number += 1
        pictures = os.environ.get("OSLER_TEST_PICTURES")
        if pictures:
            name = f"{self.name}-{self.number:02}-{what}-{self.size}.png"
            self.page.screenshot(path=str(Path(pictures) / name), full_page=True)
        assert self.page.evaluate(_OVER) <= 0, f"{what} is wider than the window"
        assert self.page.evaluate(_UNNAMED) == [], what
        assert self.page.locator("h1").count() == 1, what
        assert self.visitor.complaints == [], what

    def press(self, words: str, what: str) -> None:
        """Press a button or follow a link, and look at what comes."""
        self.page.locator(
            f"main :is(button, a.btn, a.button):has-text('{words}') >> visible=true"
        ).first.click()
        self.seen(what)

    def has(self, *words: str) -> None:
        said = self.page.inner_text("body")
        for each in words:
            assert each in said, said

    def leave(self) -> None:
        self.visitor.context.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_walk(browser: Browser, base: str, record: Record, size: str) -> None:
    _the_physician(browser, base, size)
    _the_patient(browser, base, size)
    _the_officer(browser, base, size)
    _the_administrator(browser, base, size)
    assert [one for one in record.roles() if one == f"night-{size}"]
    assert any(one.task.status == "cancelled" for one in desk.cases(record, LOCAL, closed=True))


def _the_physician(browser: Browser, base: str, size: str) -> None:
    """Breaks the glass: confirms who they are, sees the banner, closes the chart."""
    from osler.identity.models import Session

    walk = Walk(browser, base, size, "paul", factor=True)
    walk.go("/staff/access/glass", "glass")
    Session.objects.update(authenticated=None)  # The last proof was long ago.
    walk.page.fill("#id_patient", "Garcia 1961-05-02")
    walk.page.fill("#id_reason", REASON)
    walk.press("Break the glass", "confirm")
    walk.page.fill("#id_password", PASSWORD)
    walk.press("Confirm", "resume")
    walk.press("Send it now", "broken")
    walk.has("The glass is broken: Ana Garcia", "Open to you", REASON)
    walk.go("/account/", "account")
    walk.has("The glass is broken: Ana Garcia")
    walk.go("/staff/access/glass", "open")
    walk.press("Close it now", "closed")
    assert "The glass is broken" not in walk.page.inner_text("body")
    walk.leave()


def _the_patient(browser: Browser, base: str, size: str) -> None:
    """Sees who looked, makes a request and takes it back."""
    walk = Walk(browser, base, size, "ana", factor=False)
    walk.go("/my/looked", "looked")
    walk.has("Nia Roe", "read diagnoses and problems", "in an emergency")
    walk.go("/my/disclosed", "disclosed")
    walk.has("County court")
    walk.go("/my/requests", "requests")
    walk.page.fill("#id_text", "Please send me a copy of everything")
    walk.press("Send", "asked")
    walk.has("Your request has arrived.", "a copy of everything")
    walk.press("Take it back", "taken")
    walk.has("Taken back.")
    walk.page.fill("#id_text", "A copy for my new doctor")
    walk.press("Send", "again")
    walk.go("/my/proxies/", "proxies")
    walk.leave()


def _the_officer(browser: Browser, base: str, size: str) -> None:
    """Works on what has come in, and reads the audit by name."""
    walk = Walk(browser, base, size, "priya", factor=True)
    walk.go("/staff/privacy/", "inbox")
    walk.has("Review of emergency access", "Ana Garcia")
    walk.page.locator("th a:has-text('copy of the record')").first.click()
    walk.seen("case")
    walk.press("Take it on", "begun") if walk.page.locator("details[open]").count() else None
    walk.page.locator("summary:has-text('Deny')").click()
    walk.page.fill("#deny-text", "It was sent last week")
    walk.press("Deny", "denied")
    walk.has("Done: deny.", "denied")
    for path in ("new", "breach", "disclosures/ana"):
        walk.go(f"/staff/privacy/{path}", path.replace("/", "-"))
    walk.go("/staff/audit/", "audit")
    walk.page.locator("summary").click()
    walk.page.fill("#id_patient", "Garcia 1961-05-02")
    walk.press("Show", "narrowed")
    walk.has("Ana Garcia, born May 2, 1961", "opened the record in an emergency")
    assert "Garcia" not in walk.page.url
    walk.go("/staff/audit/?until=9999-12-31", "wrong")
    walk.has("Nothing is shown")
    walk.go("/staff/access/why", "why")
    walk.leave()


def _the_administrator(browser: Browser, base: str, size: str) -> None:
    """Copies a role, tries the copy, saves it; asks who can see a patient."""
    walk = Walk(browser, base, size, "ada", factor=True)
    walk.go("/staff/access/roles", "roles")
    walk.go("/staff/access/roles/nurse", "role")
    walk.press("Make a copy", "copy")
    walk.page.locator("details summary").first.click()
    walk.seen("grant")
    walk.page.fill("#id_code", f"night-{size}")
    walk.page.fill("#id_name", "Night nurse")
    walk.press("Try it", "tried")
    walk.has("Nothing is saved yet.")
    walk.press("Save it", "saved")
    walk.has("Night nurse: saved as version 1")
    walk.go("/staff/access/who", "who")
    walk.page.fill("#id_patient", "Garcia 1961-05-02")
    walk.press("Show", "seeing")
    walk.has("Ana Garcia")
    for path in (
        "people/",
        "people/invite/",
        "patients/",
        "patients/ana/",
        "patients/ana/proxy/",
    ):
        walk.go(f"/staff/{path}", path.strip("/").replace("/", "-"))
    walk.go("/staff/patients/", "find")
    walk.page.fill("#q", "Garcia")
    walk.press("Find", "found")
    walk.has("Ana Garcia, born May 2, 1961")
    assert "Garcia" not in walk.page.url
    walk.leave()
