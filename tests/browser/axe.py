"""What axe-core, the window's edge and the browser itself have to say of a page.

axe goes in by the debugger's protocol, which the page's own Content-Security-Policy does not bind.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

ROOT = Path(__file__).parents[2]
AXE = ROOT / "npm" / "ui" / "node_modules" / "axe-core" / "axe.min.js"
DESK, TELEPHONE, NARROW = (1440, 900), (390, 844), (320, 640)
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Frames are the viewer's documents, which axe cannot reach and each of which has a test of its own.
_RUN = """(() => axe.run(document, {runOnly: ONLY, resultTypes: ["violations"], iframes: false})
  .then(found => found.violations.map(one => ({id: one.id, impact: one.impact, help: one.help,
    nodes: one.nodes.map(node => ({target: node.target.join(" "), html: node.html.slice(0, 240),
      why: node.failureSummary}))}))))()"""
_WIDER = """() => {
  const edge = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= edge) return [];
  return [...document.querySelectorAll("body *")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > edge + 1)
    .filter(one => { for (let up = one.parentElement; up; up = up.parentElement) {
        if (!["visible", ""].includes(getComputedStyle(up).overflowX) && up !== document.documentElement
            && up !== document.body) return false;
      } return true; })
    .slice(0, 8).map(one => one.outerHTML.slice(0, 160) + " ends at " + one.getBoundingClientRect().right);
}"""
_UNNAMED = """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea, button, a[href]")]
    .filter(one => !one.matches("[aria-hidden=true]")
        && one.checkVisibility() && !(one.labels && one.labels.length) && !one.getAttribute("aria-label")
        && !one.getAttribute("aria-labelledby") && !one.textContent.trim() && !one.title)
    .map(one => one.outerHTML.slice(0, 200))"""


@cache
def _source() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not installed: run `npm ci` in npm/ui")
    return AXE.read_text()


def _evaluate(session: CDPSession, expression: str) -> Any:
    given = {
        "expression": expression,
        "awaitPromise": True,
        "returnByValue": True,
        "allowUnsafeEvalBlockedByCSP": True,
    }
    answer = session.send("Runtime.evaluate", given)
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")


def violations(page: Page, only: tuple[str, ...] = ()) -> list[str]:
    """What axe finds on the page as it is now, each in a few lines; by these rules alone where some are named."""
    session = page.context.new_cdp_session(page)
    try:
        if not _evaluate(session, "typeof axe === 'object'"):
            _evaluate(session, _source() + ";0")
        asked = {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": _TAGS}
        found = _evaluate(session, _RUN.replace("ONLY", json.dumps(asked)))
    finally:
        session.detach()
    return [
        f"{one['id']} ({one['impact']}): {one['help']}\n    {node['target']}\n    {node['html']}\n    {node['why']}"
        for one in found
        for node in one["nodes"]
    ]


def settle(page: Page) -> None:
    """Wait until nothing moves: colors in the middle of a transition are nobody's."""
    page.evaluate(
        """() => Promise.race([new Promise(done => setTimeout(done, 2000)), Promise.all(document.getAnimations()
          .filter(a => a.playState === "running" && a.effect.getTiming().iterations !== Infinity)
          .map(a => a.finished.catch(() => 0)))]).then(() => 0)"""
    )


def over_the_edge(page: Page, width: int) -> list[str]:
    """What makes the page scroll sideways in a window of this width."""
    size = page.viewport_size or {"width": 1440, "height": 900}
    page.set_viewport_size({"width": width, "height": size["height"]})
    settle(page)
    found: list[str] = page.evaluate(_WIDER)
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found = found or ["the page is wider than the window"]
    page.set_viewport_size(size)
    return [f"over the edge at {width} px: {one}" for one in found]


def faults(page: Page, *, quick: bool = False) -> list[str]:
    """Everything that is wrong with the page, in both color schemes, at a desk and on a telephone.

    `quick`: between a desk in the light and one in the dark only colors differ, so only those are looked at again.
    """
    found: list[str] = []
    for (width, height), scheme, only in (
        (DESK, "light", ()),
        (DESK, "dark", ("color-contrast",) if quick else ()),
        (TELEPHONE, "dark", ()),
        *(() if quick else ((TELEPHONE, "light", ()),)),
    ):
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        settle(page)
        found += [f"[{width} px, {scheme}] {one}" for one in violations(page, only)]
    page.emulate_media(color_scheme="light")
    found += [one for width in (TELEPHONE[0], NARROW[0]) for one in over_the_edge(page, width)]
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    found += [f"without a name: {one}" for one in page.evaluate(_UNNAMED)]
    headings = page.locator("h1").count()
    if headings != 1:
        found.append(f"{headings} h1 on the page instead of one")
    return found


def check(page: Page, what: str = "", **how: Any) -> None:
    """Fail with everything that `faults` finds."""
    found = faults(page, **how)
    assert not found, "\n".join([f"{what or page.url}:", *found])
