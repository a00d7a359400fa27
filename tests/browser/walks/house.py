"""The sample practice behind a server that can be killed, and its people, who sign in with a second factor."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.identity import served
from tests.identity.served import Visitor, key_here, visit

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from osler.identity.models import Account

_PROGRAM = """
import dataclasses, json, sys
from pathlib import Path
from osler.kit.settings import Settings
from osler.main.site.wsgi import application
from osler.rest.server import run
if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    given["data_dir"] = Path(given["data_dir"])
    run(dataclasses.replace(Settings.load(), **given), application)
"""
_FAILED = re.compile(r"status 5(?!03)\d\d")
_ROOT = Path(__file__).parents[3]
SAVED = "form[data-draft-state=saved]"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
LAPTOP = {"viewport": {"width": 1366, "height": 768}}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Server:
    """A server that can be killed, and started again at its address."""

    def __init__(self, database_url: str, files: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self._given = {
            "database_url": database_url,
            "data_dir": str(files),
            "port": self.port,
            "secret_key": key_here(),
        }
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the server
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, json.dumps(self._given)],
            env={**os.environ, "PYTHONPATH": str(_ROOT / "src")},
            stdout=self._log,
            stderr=self._log,
            cwd=_ROOT,
            start_new_session=True,
        )
        served._await(self._process, self.port, self._log)

    def kill(self) -> None:
        """As the power does: every process of it at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None

    def failures(self) -> list[str]:
        """What it wrote about requests that failed in it."""
        self._log.seek(0)
        lines = self._log.read().decode().splitlines()
        return [
            line[:2000]
            for at, line in enumerate(lines)
            if _FAILED.search("".join(lines[max(at - 1, 0) : at + 1]))
        ]

    def close(self) -> None:
        """End it, and forget what it wrote."""
        self.kill()
        self._log.close()


@dataclass(frozen=True)
class House:
    """Where it is served, and who works there: user name and account of each."""

    server: Server
    people: dict[str, Account]

    @property
    def base(self) -> str:
        """Its address."""
        return self.server.address

    def enter(self, browser: Browser, name: str, **more: Any) -> Visitor:
        """A window in which somebody has signed in with password and app."""
        visitor = visit(browser, self.base, **(more or LAPTOP))
        self.sign_in(visitor, name)
        return visitor

    def sign_in(self, visitor: Visitor, name: str) -> None:
        """Through the two pages of signing in, by keyboard."""
        from tests.identity.people import PASSWORD, code, use_soon

        page = visitor.page
        if "/account/login" not in page.url:
            visitor.go("/account/login/")
        page.fill("#id_login", name)
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url("**/account/login/second/**")
        use_soon(self.people[name])
        page.fill("#id_code", code())
        page.press("#id_code", "Enter")
        page.wait_for_url(lambda address: "/account/login" not in address)


def employ(*everybody: tuple[str, str, str, str]) -> dict[str, Account]:
    """Accounts with an app for (user name, name, role, practitioner) of the sample practice."""
    from tests.identity import people

    accounts = {}
    for username, shown, role, person in everybody:
        account = people.nurse(username, shown=shown, person=person)
        account.roles = [role]
        account.save()
        accounts[username] = people.with_app(account)
    return accounts


def clean(visitor: Visitor) -> None:
    """No page complained of anything: no error on the console, no broken rule of the content policy."""
    assert visitor.complaints == []


def stands(visitor: Visitor) -> None:
    """The page does not hang over the edge of the window."""
    assert visitor.page.evaluate(WIDER) <= 0, visitor.page.url


def chart_of(page: Page) -> str:
    """Whose chart is open, by the address."""
    found = re.search(r"/patients/([^/]+)/", page.url)
    assert found, page.url
    return found[1]


def open_panel(page: Page, words: str) -> None:
    """Press a button that opens its form beside the chart."""
    page.locator("a[data-workspace]:visible", has_text=words).first.click()
    page.wait_for_selector("#workspace form")


def listening(page: Page) -> None:
    """The page hears what others do."""
    page.wait_for_selector("body[data-live=on]")
