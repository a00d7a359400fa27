"""Signing in, locking and passkeys in a real browser, with Chromium's virtual authenticator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.identity.people import PASSWORD, code, nurse, patient
from tests.identity.served import (
    Visitor,
    authenticator,
    chromium,
    key_here,
    serving,
    sign_out,
    visit,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow
FRESH = "lantern marsh eleven cobalt"


@dataclass
class World:
    """A server and a browser, which the tests of this module share."""

    base: str
    browser: Browser

    def visit(self, **more: Any) -> Visitor:
        return visit(self.browser, self.base, **more)


@pytest.fixture(scope="module")
def served(database_url: str) -> Iterator[World]:
    with (
        # Playwright has a loop running in this thread; nothing here is asynchronous.
        pytest.MonkeyPatch.context() as patch,
        chromium() as browser,
        serving(database_url, key_here()) as base,
    ):
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield World(base, browser)


@pytest.fixture
def world(served: World, pages: None) -> Iterator[World]:
    yield served
    for context in served.browser.contexts:
        context.close()


def _leave_alone(minutes: int = 60) -> None:
    """As if nobody had touched any session for so long."""
    from datetime import timedelta

    from osler.identity.models import Session
    from osler.kit import clock

    Session.objects.update(last_seen=clock.now() - timedelta(minutes=minutes))


def _come_back(who: Visitor) -> None:
    who.page.evaluate("window.dispatchEvent(new Event('focus'))")


def _enrol_app(who: Visitor) -> str:
    """Add an app by the key that is shown; answers the secret."""
    who.page.click("text=Add an authenticator app")
    who.page.click("text=Cannot scan it?")
    secret = who.page.inner_text("code.code").replace(" ", "")
    who.page.fill("#id_code", code(secret=secret))
    who.page.click("text='Add it'")
    who.page.wait_for_selector("text=Your recovery codes")
    return secret


def _add_passkey(who: Visitor, name: str = "test key") -> None:
    who.page.click("text=Add a passkey")
    who.page.fill("#id_name", name)
    who.page.click("button:has-text('Add a passkey')")


def test_an_app_is_enrolled_and_used(world: World) -> None:
    from osler.identity.models import Account
    from tests.identity.people import use_soon

    nurse()
    who = world.visit()
    who.sign_in("ana", PASSWORD)
    who.page.wait_for_selector("text=Your role needs more than a password")
    picture = who.page.locator("img.qr")
    secret = _enrol_app(who)
    assert picture.count() == 0
    assert who.page.locator(".codes li").count() == 10
    who.page.click("text=I have kept them")
    who.page.wait_for_selector("h1:text-is('Today')")
    sign_out(who.page)
    who.page.wait_for_selector("text=You are signed out")
    use_soon(Account.objects.get())
    who.sign_in("ana", PASSWORD)
    who.page.fill("#id_code", code(secret=secret))
    who.page.click("text='Continue'")
    who.page.wait_for_selector("h1:text-is('Today')")
    assert who.complaints == []


def test_the_picture_is_drawn_under_the_policy(world: World) -> None:
    nurse()
    who = world.visit()
    who.sign_in("ana", PASSWORD)
    who.page.click("text=Add an authenticator app")
    width = who.page.eval_on_selector("img.qr", "image => image.naturalWidth")
    assert width > 0
    assert who.complaints == []


def test_a_passkey_is_added_and_signs_in_alone(world: World) -> None:
    from osler.identity.models import Session

    nurse()
    who = world.visit()
    authenticator(who)
    who.sign_in("ana", PASSWORD)
    _add_passkey(who)
    who.page.click("text=I have kept them")
    who.page.wait_for_selector("h1:text-is('Today')")
    sign_out(who.page)
    who.page.click("text=Sign in with a passkey")
    who.page.wait_for_selector("h1:text-is('Today')")
    row = Session.objects.filter(ended=None).latest("created")
    assert (row.method, row.multi) == ("passkey", True)
    who.go("/account/factors/")
    assert "test key" in who.page.inner_text("main")
    assert who.complaints == []


def test_a_passkey_is_the_second_step(world: World) -> None:
    from osler.identity.models import Session

    nurse()
    who = world.visit()
    authenticator(who)
    who.sign_in("ana", PASSWORD)
    _add_passkey(who)
    who.page.click("text=I have kept them")
    sign_out(who.page)
    who.sign_in("ana", PASSWORD)
    who.page.click("text=Use a passkey")
    who.page.wait_for_selector("h1:text-is('Today')")
    assert Session.objects.filter(ended=None).latest("created").method == "password+passkey"


def test_a_passkey_of_a_removed_account_opens_nothing(world: World) -> None:
    from osler.identity.models import Account

    patient()
    who = world.visit()
    authenticator(who)
    who.sign_in("pat", PASSWORD)
    who.go("/account/factors/")
    _add_passkey(who)
    who.page.wait_for_selector("text=Your recovery codes")
    account = Account.objects.get()
    account.is_active = False
    account.save()
    who.go("/account/login/")
    who.page.click("text=Sign in with a passkey")
    who.page.wait_for_selector("text=That passkey does not open this account.")
    assert Account.objects.get().sessions.filter(ended=None).count() == 0


def test_a_copied_passkey_is_refused(world: World) -> None:
    """A counter that does not grow says that two devices answer with the same key."""
    from allauth.mfa.models import Authenticator

    patient()
    who = world.visit()
    authenticator(who)
    who.sign_in("pat", PASSWORD)
    who.go("/account/factors/")
    _add_passkey(who)
    who.page.wait_for_selector("text=Your recovery codes")
    row = Authenticator.objects.get(type="webauthn")
    row.data["counter"] = 1000
    row.save()
    who.go("/account/")
    sign_out(who.page)
    who.page.click("text=Sign in with a passkey")
    who.page.wait_for_selector("text=That passkey does not open this account.")


def test_a_device_that_verifies_nobody_makes_no_passkey(world: World) -> None:
    patient()
    who = world.visit()
    devices, number = authenticator(who)
    devices.send("WebAuthn.setUserVerified", {"authenticatorId": number, "isUserVerified": False})
    who.sign_in("pat", PASSWORD)
    who.go("/account/factors/")
    _add_passkey(who)
    who.page.wait_for_selector("[role=alert]:visible")
    from allauth.mfa.models import Authenticator

    assert Authenticator.objects.count() == 0


def test_the_lock_lies_over_the_work_and_opens_in_place(world: World) -> None:
    patient()
    who = world.visit()
    who.sign_in("pat", PASSWORD)
    who.page.wait_for_selector("text=Hello, Pat")
    who.go("/account/password/")
    who.page.fill("#id_password", PASSWORD)
    who.page.fill("#id_new_password", FRESH)
    _leave_alone()
    _come_back(who)
    who.page.wait_for_selector("dialog.lock[open]")
    assert not who.page.is_visible("#id_new_password")
    who.page.keyboard.press("Escape")
    who.page.keyboard.press("Escape")
    who.page.keyboard.press("Escape")
    assert who.page.is_visible("dialog.lock h2")
    who.page.fill("#lock-password", "not this one")
    who.page.click("dialog button:has-text('Unlock')")
    who.page.wait_for_selector("text=The password is wrong.")
    who.page.fill("#lock-password", PASSWORD)
    who.page.click("dialog button:has-text('Unlock')")
    who.page.wait_for_selector("dialog.lock", state="detached")
    assert who.page.input_value("#id_new_password") == FRESH
    who.page.click("text='Change it'")
    who.page.wait_for_selector("text=Your password has been changed")
    assert who.complaints == []


def test_a_passkey_unlocks_in_place(world: World) -> None:
    patient()
    who = world.visit()
    authenticator(who)
    who.sign_in("pat", PASSWORD)
    who.go("/account/factors/")
    _add_passkey(who)
    who.page.click("text=I have kept them")
    who.go("/account/password/")
    who.page.fill("#id_new_password", "half a thought")
    _leave_alone()
    _come_back(who)
    who.page.click("dialog >> text=Use a passkey")
    who.page.wait_for_selector("dialog.lock", state="detached")
    assert who.page.input_value("#id_new_password") == "half a thought"
    assert who.complaints == []


def test_the_lock_falls_by_itself(world: World) -> None:
    from datetime import timedelta

    from osler.identity.models import Account, Session
    from osler.identity.requirements import idle_minutes
    from osler.kit import clock

    account = patient()
    who = world.visit()
    who.sign_in("pat", PASSWORD)
    who.page.wait_for_selector("text=Hello, Pat")
    idle = timedelta(minutes=idle_minutes(account.roles))
    Session.objects.update(last_seen=clock.now() - idle + timedelta(seconds=4))
    _come_back(who)
    who.page.wait_for_selector("dialog.lock[open]")
    assert Session.objects.get(account=Account.objects.get()).locked is not None


def test_one_tab_unlocks_the_other(world: World) -> None:
    patient()
    who = world.visit()
    who.sign_in("pat", PASSWORD)
    who.page.wait_for_selector("text=Hello, Pat")
    other = who.context.new_page()
    other.goto(world.base + "/account/sessions/")
    other.click("text='Lock'")
    other.wait_for_selector("dialog.lock[open]")
    _come_back(who)
    who.page.wait_for_selector("dialog.lock[open]")
    other.fill("#lock-password", PASSWORD)
    other.click("dialog button:has-text('Unlock')")
    other.wait_for_selector("dialog.lock", state="detached")
    _come_back(who)
    who.page.wait_for_selector("dialog.lock", state="detached")


def test_after_a_sign_in_elsewhere_the_work_goes_on(world: World) -> None:
    from osler.identity import sessions
    from osler.identity.models import Account

    patient()
    who = world.visit()
    who.sign_in("pat", PASSWORD)
    who.page.wait_for_selector("text=Hello, Pat")
    who.go("/account/password/")
    who.page.fill("#id_password", PASSWORD)
    who.page.fill("#id_new_password", FRESH)
    sessions.end_all(Account.objects.get(), "for the test")
    _come_back(who)
    who.page.wait_for_selector("dialog >> text=Signed out")
    with who.context.expect_page() as opened:
        who.page.click("dialog a")
    again = opened.value
    again.fill("#id_login", "pat")
    again.fill("#id_password", PASSWORD)
    again.click("button:text-is('Sign in')")
    again.wait_for_selector("text=Hello, Pat")
    _come_back(who)
    who.page.wait_for_selector("dialog.lock", state="detached")
    who.page.click("text='Change it'")
    who.page.wait_for_selector("text=Your password has been changed")


def test_the_work_of_one_is_not_shown_to_another(world: World) -> None:
    patient()
    patient("max")
    who = world.visit()
    who.sign_in("pat", PASSWORD)
    who.page.wait_for_selector("text=Hello, Pat")
    who.go("/account/password/")
    other = who.context.new_page()
    other.goto(world.base + "/account/")
    sign_out(other)
    other.fill("#id_login", "max")
    other.fill("#id_password", PASSWORD)
    other.click("button:text-is('Sign in')")
    other.wait_for_selector("text=Hello, Max")
    _come_back(who)
    who.page.wait_for_selector("text=Somebody else is signed in")
    assert not who.page.is_visible("#id_new_password")


def test_sign_out_everywhere_reaches_the_other_browser(world: World) -> None:
    patient()
    here, there = world.visit(), world.visit()
    for who in (here, there):
        who.sign_in("pat", PASSWORD)
        who.page.wait_for_selector("text=Hello, Pat")
    here.go("/account/sessions/")
    assert here.page.locator("button:has-text('End')").count() == 2
    here.page.click("text='Sign out everywhere'")
    here.page.wait_for_selector("text=You are signed out")
    _come_back(there)
    there.page.wait_for_selector("dialog >> text=Signed out")
    there.go("/account/")
    there.page.wait_for_selector("h1:has-text('Sign in')")
    assert here.complaints == there.complaints == []


def test_without_script_the_lock_gives_back_the_form(world: World) -> None:
    patient()
    who = world.visit(java_script_enabled=False)
    who.sign_in("pat", PASSWORD)
    who.go("/account/password/")
    who.page.fill("#id_password", PASSWORD)
    who.page.fill("#id_new_password", FRESH)
    _leave_alone()
    who.page.click("text='Change it'")
    who.page.fill("#id_password", PASSWORD)
    who.page.click("text='Unlock'")
    assert "Send it now?" in who.page.inner_text("main")
    assert who.page.locator("textarea[name*=password]").count() == 0  # Passwords are never kept.


@pytest.mark.parametrize("width", [390, 320])
def test_every_page_fits_a_telephone(world: World, width: int) -> None:
    patient()
    who = world.visit(viewport={"width": width, "height": 844})
    pages = ["", "sessions/", "factors/", "factors/app/", "factors/passkey/", "password/"]
    for path in ("login/", "password/forgotten/"):
        who.go(f"/account/{path}")
        _fits(who, path)
    who.sign_in("pat", PASSWORD)
    for path in [*pages, "confirm/"]:
        who.go(f"/account/{path}")
        _fits(who, path)
    who.page.evaluate(
        "fetch('/account/lock/', {method: 'POST', headers: {'X-CSRFToken':"
        " document.querySelector('[name=csrfmiddlewaretoken]').value}})"
    )
    who.go("/account/")
    assert re.search("Locked", who.page.inner_text("h1"))
    _fits(who, "locked")


def _fits(who: Visitor, path: str) -> None:
    over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert who.page.evaluate(over) == 0, path
