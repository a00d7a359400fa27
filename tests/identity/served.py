"""The whole server in a process of its own, and a real browser to visit it with."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.pages import SETTINGS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = Path("/usr/bin/chromium")
_PROGRAM = """
import importlib, json, sys
from pathlib import Path
from osler.kit.settings import Settings
from osler.rest.server import run
application = importlib.import_module(sys.argv[2]).application
if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    run(Settings(**{**given, "data_dir": Path(given["data_dir"])}), application)
"""
_ROOT = Path(__file__).parents[2]
SITE = "osler.main.site.wsgi"
"""The module whose application is the whole server."""


def key_here() -> str:
    """The key of this process's Django, whoever set it up first: the server must open what it closed."""
    from django.conf import settings

    return str(settings.SECRET_KEY if settings.configured else SETTINGS.secret_key)


def data_dir_here() -> Path:
    """The data directory of this process's pages: the keys of documents are there."""
    from django.conf import settings

    return Path((settings.OSLER if settings.configured else SETTINGS).data_dir)


@contextmanager
def serving(database_url: str, secret_key: str, site: str = SITE, **settings: Any) -> Iterator[str]:
    """The address of a server on this database, at `localhost` as passkeys need it; `site` has its application."""
    port = _free_port()
    given = {"database_url": database_url, "port": port, "secret_key": secret_key, **settings}
    given.setdefault("data_dir", str(data_dir_here()))
    given.setdefault("workers", 1)  # The walks have several, as a practice has.
    command = [sys.executable, "-c", _PROGRAM, json.dumps(given), site]
    with tempfile.TemporaryFile() as log:
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT / "src"), str(_ROOT)))}
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, cwd=_ROOT)
        try:
            _await(process, port, log)
            yield f"http://localhost:{port}"
        finally:
            process.terminate()
            process.wait(timeout=60)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser, where this machine has one."""
    if not CHROMIUM.exists():
        pytest.skip("there is no Chromium at /usr/bin/chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """One person's browser window; what its pages complain of is kept."""

    context: BrowserContext
    page: Page
    base: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        """Open a page."""
        self.page.goto(self.base + path)

    def sign_in(self, name: str, password: str) -> None:
        """Fill in the first page."""
        self.go("/account/login/")
        self.page.fill("#id_login", name)
        self.page.fill("#id_password", password)
        self.page.click("button:text-is('Sign in')")


def sign_out(page: Page) -> None:
    """By the button: in the menu of the staff's frame, on top of the page for others."""
    menu = page.locator("[popovertarget=user-menu]")
    if menu.count():
        menu.click()
    page.click("text='Sign out'")


def visit(browser: Browser, base: str, **more: Any) -> Visitor:
    """A window with no cookies yet."""
    context = browser.new_context(**more)
    context.set_default_timeout(15_000)
    page = context.new_page()
    visitor = Visitor(context, page, base)
    page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
    page.on("console", lambda said: _heard(visitor, said.type, said.text))
    return visitor


def authenticator(visitor: Visitor) -> Any:
    """A device in the browser that makes and answers passkeys, its owner always present."""
    devices = visitor.context.new_cdp_session(visitor.page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devices, made["authenticatorId"]


def _heard(visitor: Visitor, kind: str, text: str) -> None:
    # A refusal by status is an answer, not a fault of the page.
    if kind in {"error", "warning"} and "the server responded with a status of 4" not in text:
        visitor.complaints.append(text)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _await(process: subprocess.Popen[bytes], port: int, log: Any) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if process.poll() is not None:
            log.seek(0)
            raise AssertionError(log.read().decode())
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", "/health/ready")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
        finally:
            connection.close()
    raise AssertionError("the server does not answer")
