"""A chart opened in a real browser: when it first paints, and what it asks the server for once its files are kept."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.pages_data import EMPTY, LONG
from bench.pages_people import PASSWORD

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = Path("/usr/bin/chromium")
FIRST_PAINT_MS = 1000.0
REQUESTS = 3
_ROUNDS = 9
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
Result = dict[str, Any]


def measure(port: int, trust: Callable[[], None]) -> list[Result]:
    """First contentful paint, cold and warm, and requests of a warm opening. `trust` stands for the second factor."""
    from playwright.sync_api import sync_playwright

    base = f"http://127.0.0.1:{port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            return _measured(browser, base, trust)
        finally:
            browser.close()


def _measured(browser: Browser, base: str, trust: Callable[[], None]) -> list[Result]:
    page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
    page.goto(f"{base}/account/login/")
    page.fill("#id_login", "bench0")
    page.fill("#id_password", PASSWORD)
    page.click("button:text-is('Sign in')")
    page.wait_for_load_state()
    trust()
    cold = _paint(page, f"{base}/patients/{LONG}/")
    long, empty = [], []
    for _ in range(_ROUNDS):
        empty.append(_paint(page, f"{base}/patients/{EMPTY}/"))
        long.append(_paint(page, f"{base}/patients/{LONG}/"))
    requests = _requests(page, f"{base}/patients/{EMPTY}/", f"{base}/patients/{LONG}/")
    baseline = statistics.median(empty)
    return [
        _painted("long chart, first paint, nothing kept", cold, baseline),
        _painted("long chart, first paint, files kept, median", statistics.median(long), baseline),
        _painted("long chart, first paint, files kept, slowest of 9", max(long), baseline),
        {
            "name": f"requests for opening a chart, files kept ({', '.join(requests)})",
            "value": len(requests),
            "unit": "requests",
            "bar": REQUESTS,
            "met": len(requests) <= REQUESTS,
        },
    ]


def _painted(name: str, value: float, baseline: float) -> Result:
    return {
        "name": name,
        "value": round(value, 1),
        "unit": "ms",
        "baseline": round(baseline, 1),
        "ratio": round(value / baseline, 2),
        "bar": FIRST_PAINT_MS,
        "met": value <= FIRST_PAINT_MS,
    }


def _paint(page: Page, url: str) -> float:
    """Milliseconds from asking for the page until something of it is seen."""
    page.goto(url, wait_until="load")
    for _ in range(100):
        found = page.evaluate(_PAINT)
        if found is not None:
            return float(found)
        page.wait_for_timeout(20)
    raise RuntimeError(f"{url} was not painted within two seconds of its loading")


def _requests(page: Page, before: str, url: str) -> list[str]:
    """The paths that reach the server from opening a chart until two seconds after it is loaded."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    asked: dict[str, str] = {}
    kept: set[str] = set()
    page.goto(before, wait_until="load")
    page.wait_for_timeout(2000)

    def answered(event: dict[str, Any]) -> None:
        response = event["response"]
        if response.get("fromDiskCache") or response.get("fromServiceWorker"):
            kept.add(event["requestId"])

    session.on("Network.requestWillBeSent", lambda e: asked.update({e["requestId"]: e["request"]["url"]}))  # fmt: skip
    session.on("Network.requestServedFromCache", lambda e: kept.add(e["requestId"]))
    session.on("Network.responseReceived", answered)
    page.goto(url, wait_until="load")
    page.wait_for_timeout(2000)
    origin = url.partition("/patients/")[0]
    return [
        address.removeprefix(origin).partition("?")[0]
        for id, address in asked.items()
        if id not in kept and not address.startswith("data:")
    ]
