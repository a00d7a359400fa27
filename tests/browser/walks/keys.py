"""Working without a pointing device: Tab, Enter and the palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page

# What a mouse, a pen or a finger does is counted, also over pages that have gone.
POINTERS = """for (const type of ["pointerdown", "mousedown", "touchstart"])
  addEventListener(type, () => sessionStorage.setItem("pointers", "used"), true);"""
FOCUSED = """() => { const one = document.activeElement;
  const said = one.matches("a, button") ? one.innerText : "";
  return [one.name, one.getAttribute("aria-label"), said, one.className].join(" | "); }"""
_FAR = 80


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(_FAR):
        if words in page.evaluate(FOCUSED):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{_FAR} tabs did not lead to {words!r} of {page.url}")


def press(page: Page, words: str) -> None:
    """Tab to a link or button, and press it."""
    tab_to(page, words)
    page.keyboard.press("Enter")


def palette(page: Page, words: str, expected: str, leads_to: str) -> None:
    """Ctrl+K, some letters, Enter."""
    page.keyboard.press("Control+k")
    page.wait_for_selector("#pal[open] [role=option]")
    with page.expect_response(lambda answer: answer.url.endswith("/palette/")):
        page.keyboard.type(words)
    page.wait_for_selector(f"#pal [aria-selected=true]:has-text('{expected}')")
    page.keyboard.press("Enter")
    page.wait_for_url(leads_to)
