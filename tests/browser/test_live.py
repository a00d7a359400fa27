"""Two people in one chart, several tabs of one, and what was typed when the server or the browser went away."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from osler.access import LOCAL
from osler.fhir.codec import decode
from osler.record import Record, Update
from tests.identity import served
from tests.identity.served import Visitor, chromium, key_here, visit
from tests.staff.people import staff

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.database
CHART = "/patients/ana/"
# A form as pages have them; what is tested is what the scripts make of it.
_FORM = """key => {
    const form = document.createElement("form");
    form.method = "post";
    form.dataset.draft = key;
    const add = (tag, values) => form.append(Object.assign(document.createElement(tag), values));
    add("input", {type: "hidden", name: "patient", value: document.body.dataset.patient});
    add("input", {type: "hidden", name: "version", value: "1"});
    add("textarea", {name: "text", id: "text"});
    add("input", {type: "checkbox", name: "flag", value: "on", id: "flag"});
    add("input", {type: "password", name: "secret", id: "secret"});
    document.getElementById("main").append(form);
}"""
_SAVED = "form[data-draft][data-draft-state=saved]"


class Server:
    """A server that can be killed and started again at its address."""

    def __init__(self, database_url: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.address = f"http://localhost:{self.port}"
        self._given = {
            "database_url": database_url,
            "port": self.port,
            "secret_key": key_here(),
            "data_dir": str(served.data_dir_here()),
        }
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the server
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-c", served._PROGRAM, json.dumps(self._given), served.SITE]
        environ = {**os.environ, "PYTHONPATH": str(served._ROOT / "src")}
        self._process = subprocess.Popen(
            command,
            env=environ,
            stdout=self._log,
            stderr=self._log,
            cwd=served._ROOT,
            start_new_session=True,
        )
        served._await(self._process, self.port, self._log)

    def kill(self) -> None:
        """As the power does: every process of it at once."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(timeout=30)
            self._process = None

    def close(self) -> None:
        """Forget what it wrote."""
        self._log.close()

    def stop(self) -> float:
        """As a service manager does; how long it took."""
        assert self._process is not None
        began = time.monotonic()
        self._process.terminate()
        self._process.wait(timeout=60)
        self._process = None
        return time.monotonic() - began


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright has a loop running in this thread; nothing here is asynchronous.
    with pytest.MonkeyPatch.context() as patch, chromium() as browser:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        yield browser


@pytest.fixture
def server(record: Record, database_url: str) -> Iterator[Server]:
    with record.database.connection() as conn:
        conn.execute("TRUNCATE presence, draft")
    server = Server(database_url)
    server.start()
    yield server
    server.kill()
    server.close()


def enters(browser: Browser, server: Server, client: Any) -> Visitor:
    """A browser in which that person has signed in."""
    visitor = visit(browser, server.address)
    one = client.cookies["osler-session"]
    visitor.context.add_cookies([{"name": one.key, "value": one.value, "url": server.address}])
    return visitor


def doctor(name: str = "doc", shown: str = "Ada Osei") -> Any:
    return staff("physician", name=name, shown=shown, person="Practitioner/p1")


def result(id: str) -> Any:
    content = {
        "resourceType": "Observation",
        "id": id,
        "status": "final",
        "code": {"text": "Potassium"},
        "subject": {"reference": "Patient/ana"},
        "valueQuantity": {"value": 5.9, "unit": "mmol/L"},
    }
    return decode(json.dumps(content).encode())


def form(page: Page, key: str = "note:new") -> None:
    page.evaluate(_FORM, key)


def holds(page: Page, text: str) -> None:
    from playwright.sync_api import expect

    expect(page.locator("#text")).to_have_value(text, timeout=15_000)


def listening(page: Page) -> None:
    page.wait_for_selector("body[data-live=on]")


def test_a_result_is_said_in_every_tab_and_all_share_one_stream(
    browser: Browser, server: Server, record: Record
) -> None:
    visitor = enters(browser, server, doctor())
    streams: list[str] = []
    visitor.context.on(
        "request", lambda one: streams.append(one.url) if "/live/stream" in one.url else None
    )
    visitor.go(CHART)
    listening(visitor.page)
    second = visitor.context.new_page()
    second.goto(server.address + CHART)
    listening(second)
    time.sleep(1.5)  # Until the server has looked which charts are open.
    record.commit(LOCAL, [Update(result("k1"))])
    second.wait_for_selector("#live-bar:has-text('New result: Potassium 5.9 mmol/L')")
    assert second.get_attribute("#live-bar a", "href") == f"{CHART}results/"
    visitor.page.bring_to_front()
    visitor.page.wait_for_selector("#live-bar:has-text('New result: Potassium 5.9 mmol/L')")
    assert len(streams) == 1
    visitor.page.close()  # Which had the stream: now the other has one.
    second.bring_to_front()
    listening(second)
    record.commit(LOCAL, [Update(result("k2"))])
    second.wait_for_selector("#live-bar .live-line >> nth=1")
    assert visitor.complaints == []


def test_two_people_in_one_chart_know_of_each_other(
    browser: Browser, server: Server, record: Record
) -> None:
    ada = enters(browser, server, doctor())
    bea = enters(browser, server, doctor("bea", "Bea Lind"))
    ada.go(CHART)
    listening(ada.page)
    bea.go(CHART)
    bea.page.wait_for_selector("#live-bar:has-text('Ada Osei is in this chart')")
    ada.page.wait_for_selector("#live-bar:has-text('Bea Lind is in this chart')")
    for width in (1366, 820, 390):
        ada.page.set_viewport_size({"width": width, "height": 768})
        box = ada.page.locator("#live-bar").bounding_box()  # Seen without scrolling.
        assert box and box["y"] + box["height"] <= 768 and box["x"] + box["width"] <= width
    for one in (ada, bea):
        form(one.page, "note:7")
    bea.page.fill("#text", "She says")
    ada.page.wait_for_selector("#live-bar:has-text('Bea Lind is editing this')")
    bea.page.goto("about:blank")
    ada.page.wait_for_selector("#live-bar", state="hidden")
    assert ada.complaints == []


def test_what_was_typed_survives_the_server_and_the_browser(
    browser: Browser, server: Server, record: Record
) -> None:
    client = doctor()
    visitor = enters(browser, server, client)
    visitor.go(CHART)
    form(visitor.page)
    visitor.page.fill("#text", "Wheeze since Monday")
    visitor.page.check("#flag")
    visitor.page.fill("#secret", "not to be kept")
    visitor.page.wait_for_selector(_SAVED)
    server.kill()
    visitor.page.fill("#text", "Wheeze since Monday, no fever")
    visitor.page.wait_for_selector("form[data-draft-state=failed]")
    assert "Not saved, retrying" in visitor.page.inner_text(".draft-bar")
    server.start()
    visitor.page.wait_for_selector(_SAVED)
    assert not visitor.page.is_visible(".draft-bar")
    visitor.context.close()  # Without a word, as a crash.

    visitor = enters(browser, server, client)
    visitor.go(CHART)
    form(visitor.page)
    visitor.page.wait_for_selector(".draft-bar:has-text('Restored what you typed at')")
    assert visitor.page.input_value("#text") == "Wheeze since Monday, no fever"
    assert visitor.page.is_checked("#flag") and visitor.page.input_value("#secret") == ""
    visitor.page.click(".draft-bar button")
    visitor.page.wait_for_selector(".draft-bar", state="hidden")
    assert visitor.page.input_value("#text") == ""
    with record.database.connection() as conn:
        assert conn.execute("SELECT count(*) FROM draft").fetchone() == (0,)


def test_leaving_at_once_keeps_what_was_typed(
    browser: Browser, server: Server, record: Record
) -> None:
    visitor = enters(browser, server, doctor())
    visitor.go(CHART)
    form(visitor.page)
    visitor.page.fill("#text", "In a hurry")
    visitor.go("/account/")
    for _ in range(20):  # What a page sends as it closes may come after what the next one asks for.
        visitor.go("/drafts/")
        if "note:new" in visitor.page.inner_text("main"):
            break
        visitor.page.wait_for_timeout(200)
    assert "note:new" in visitor.page.inner_text("main")
    visitor.go(CHART)
    form(visitor.page)
    holds(visitor.page, "In a hurry")


def test_the_second_tab_is_told_and_overwrites_nothing(
    browser: Browser, server: Server, record: Record
) -> None:
    visitor = enters(browser, server, doctor())
    visitor.go(CHART)
    form(visitor.page)
    second = visitor.context.new_page()
    second.goto(server.address + CHART)
    form(second)
    second.wait_for_selector(".draft-bar:has-text('open in another tab too')")
    visitor.page.fill("#text", "from the first")
    visitor.page.wait_for_selector(_SAVED)
    second.fill("#text", "from the second")
    second.wait_for_selector(".draft-bar:has-text('was changed in another tab')")
    second.click(".draft-bar button:has-text('Take what is there')")
    holds(second, "from the first")


def test_behind_the_lock_the_draft_is_saved_already(
    browser: Browser, server: Server, record: Record
) -> None:
    from osler.identity.models import Session
    from osler.kit import clock
    from tests.identity.people import session_of

    client = doctor()
    visitor = enters(browser, server, client)
    visitor.go(CHART)
    listening(visitor.page)
    form(visitor.page)
    visitor.page.fill("#text", "Half a sentence")
    visitor.page.wait_for_selector(_SAVED)
    Session.objects.filter(pk=session_of(client).pk).update(locked=clock.now())
    visitor.page.wait_for_selector("dialog.lock", timeout=40_000)  # The stream ended, and said why.
    with record.database.connection() as conn:
        row = conn.execute("SELECT content FROM draft").fetchone()
    assert row is not None and row[0]["text"] == ["Half a sentence"]


def test_streams_do_not_hold_up_the_servers_end(
    browser: Browser, server: Server, record: Record
) -> None:
    visitor = enters(browser, server, doctor())
    visitor.go(CHART)
    listening(visitor.page)
    assert server.stop() < 15  # It waits 30 seconds for requests that do not end.


def test_a_draft_of_a_real_form_goes_when_the_form_is_saved(
    browser: Browser, server: Server, record: Record
) -> None:
    visitor = enters(browser, server, doctor())
    visitor.go(f"{CHART}vitals/new/")
    field = "form[data-draft] [name=note]"
    visitor.page.fill(field, "After climbing the stairs")
    visitor.page.wait_for_selector(_SAVED)
    visitor.go(f"{CHART}vitals/new/")
    visitor.page.wait_for_selector(".draft-bar:has-text('Restored')")
    assert visitor.page.input_value(field) == "After climbing the stairs"
    visitor.page.fill("form[data-draft] input[name=hr]", "72")
    visitor.page.wait_for_timeout(300)
    visitor.page.click("form[data-draft] button.btn-p")
    visitor.page.wait_for_url(lambda url: not url.endswith("/new/"))
    visitor.go("/drafts/")
    visitor.page.wait_for_selector("main:has-text('Nothing is waiting to be saved')")
    assert visitor.complaints == []
