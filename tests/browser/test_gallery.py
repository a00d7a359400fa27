"""The gallery as it looks: where its parts stand, in which colors, and what the reader's settings do to it.

Pictures of one machine never equal those of another, whose letters are drawn otherwise. So this compares what can
be: the boxes of the parts within a tolerance (OSLER_TEST_LAYOUT=write renews them, to be looked at before they are
committed), contrast from the colors that are painted, and pictures of one machine with each other.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image, ImageChops

from tests.browser import axe
from tests.browser.clinic import PHYSICIAN, Clinic, complaints

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

LAYOUT = Path(__file__).parent / "gallery_layout.json"
VARIANTS = {
    "desk-light": ((1440, 900), "light"),
    "desk-dark": ((1440, 900), "dark"),
    "telephone-light": ((390, 844), "light"),
    "telephone-dark": ((390, 844), "dark"),
}
_SLACK_PX, _SLACK = 6, 0.06
_BOXES = """() => Object.fromEntries([...document.querySelectorAll("section[data-part]")].flatMap(part => {
  const from = part.getBoundingClientRect();
  const kinds = ["h2", ".btn", ".input", ".badge", ".flag", ".card", ".tbl", ".tabs", ".banner-note", ".chart",
    ".toast", ".drop", ".li", ".empty-b"];
  const box = one => { const at = one.getBoundingClientRect();
    return [at.left - from.left, at.top - from.top, at.width, at.height].map(Math.round); };
  return [[part.dataset.part, [0, 0, Math.round(from.width), Math.round(from.height)]],
    ...kinds.flatMap(kind => [...part.querySelectorAll(kind)].filter(one => one.checkVisibility()).slice(0, 3)
      .map((one, at) => [`${part.dataset.part} ${kind} ${at}`, box(one)]))];
}))"""
_CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgba = color => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = (top, under) => top.slice(0, 3).map((part, i) => part * top[3] + under[i] * (1 - top[3]));
  const light = ([r, g, b]) => [r, g, b].map(c => (c /= 255) <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [.2126, .7152, .0722][i], 0);
  const ground = one => { const stack = []; for (let up = one; up; up = up.parentElement) stack.push(up);
    return stack.reverse().reduce((under, each) => over(rgba(getComputedStyle(each).backgroundColor), under),
      [255, 255, 255]); };
  const faint = [];
  for (const one of document.querySelectorAll("[data-part] *")) {
    const text = [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!text || !one.checkVisibility() || one.closest(":disabled, svg, .vh, [disabled], .g-off")) continue;
    const style = getComputedStyle(one), back = ground(one), front = over(rgba(style.color), back);
    const [a, b] = [light(front), light(back)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)} ${one.outerHTML.slice(0, 120)}`);
  }
  return faint;
}"""
_SPACED = """() => { const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }"""
_CUT = """() => [...document.querySelectorAll("main :is(.btn, .badge, .flag, label, h2, h3, td, th)")]
  .filter(one => one.checkVisibility() && !one.closest(".truncate, .vh")
    && getComputedStyle(one).textOverflow !== "ellipsis"
    && (one.scrollHeight > one.clientHeight + 2) && getComputedStyle(one).overflowY === "hidden")
  .map(one => one.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def gallery(window: Browser, demo_clinic: Clinic) -> Iterator[Page]:
    visitor = demo_clinic.enter(window, PHYSICIAN)
    visitor.go("/gallery/")
    visitor.page.wait_for_selector("[role=tab]")
    visitor.page.evaluate("() => document.fonts.ready.then(() => 0)")
    yield visitor.page
    assert complaints(visitor) == []


@pytest.fixture(autouse=True)
def _as_it_was(gallery: Page) -> Iterator[None]:
    yield
    gallery.emulate_media(
        color_scheme="light", forced_colors="none", reduced_motion="no-preference"
    )
    gallery.set_viewport_size({"width": 1440, "height": 900})
    gallery.evaluate("document.adoptedStyleSheets = []")


def _set(page: Page, variant: str) -> None:
    (width, height), scheme = VARIANTS[variant]
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    axe.settle(page)


def _picture(page: Page) -> Image.Image:
    taken = page.locator(".gal").screenshot(animations="disabled")
    return Image.open(BytesIO(taken)).convert("RGB")


def _differing(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that differ visibly."""
    if one.size != other.size:
        return 1.0
    red, green, blue = ImageChops.difference(one, other).split()
    most = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return sum(most.histogram()[25:]) / (one.width * one.height)


@pytest.mark.parametrize("variant", VARIANTS)
def test_parts_stand_where_they_stood(gallery: Page, variant: str) -> None:
    _set(gallery, variant)
    found: dict[str, list[int]] = gallery.evaluate(_BOXES)
    known: dict[str, dict[str, list[int]]] = (
        json.loads(LAYOUT.read_text("utf-8")) if LAYOUT.exists() else {}
    )
    size = variant.partition("-")[0]  # Colors move nothing.
    if os.environ.get("OSLER_TEST_LAYOUT") == "write":
        lines = ",\n".join(
            f' "{name}": {{\n'
            + ",\n".join(f'  "{part}": {json.dumps(box)}' for part, box in boxes.items())
            + "\n }"
            for name, boxes in sorted({**known, size: found}.items())
        )
        LAYOUT.write_text(f"{{\n{lines}\n}}\n", "utf-8")
        return
    assert moved(known[size], found) == []


def moved(known: dict[str, list[int]], found: dict[str, list[int]]) -> list[str]:
    """Parts that are gone, new, or stand elsewhere by more than another machine's letters explain."""
    told = [f"{name}: gone" for name in known.keys() - found.keys()]
    told += [f"{name}: new" for name in found.keys() - known.keys()]
    for name in known.keys() & found.keys():
        for was, now in zip(known[name], found[name], strict=True):
            if abs(was - now) > _SLACK_PX + _SLACK * abs(was):
                told.append(f"{name}: was {known[name]}, is {found[name]}")
                break
    return sorted(told)


def test_a_part_that_moves_is_told(gallery: Page) -> None:
    _set(gallery, "desk-light")
    before = gallery.evaluate(_BOXES)
    _sheet(gallery, ".btn { padding: 14px 40px }")
    assert any("buttons .btn 0" in one for one in moved(before, gallery.evaluate(_BOXES)))


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_same_page_makes_the_same_picture_and_a_broken_token_another(
    gallery: Page, variant: str
) -> None:
    _set(gallery, variant)
    before = _picture(gallery)
    if folder := os.environ.get("OSLER_TEST_PICTURES"):
        before.save(Path(folder) / f"gallery-{variant}.png")
    assert _differing(before, _picture(gallery)) < 0.0005
    _sheet(gallery, ":root { --accent: #ff00ff !important; --surface: #ffffcc !important }")
    assert _differing(before, _picture(gallery)) > 0.02


def _sheet(page: Page, css: str) -> None:
    page.evaluate(
        """css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css);
          document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet]; }""",
        css,
    )
    axe.settle(page)


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_words_stand_out_from_what_is_painted_under_them(gallery: Page, theme: str) -> None:
    gallery.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    try:
        axe.settle(gallery)
        assert gallery.evaluate(_CONTRAST) == []
        _sheet(
            gallery,
            ":root { --text-3: color-mix(in srgb, var(--surface), var(--text) 25%) !important }",
        )
        assert gallery.evaluate(_CONTRAST) != []
    finally:
        gallery.evaluate("document.documentElement.dataset.theme = 'system'")


def test_axe_finds_nothing(gallery: Page) -> None:
    axe.check(gallery)


@pytest.mark.parametrize("width", [320, 390, 720, 1366])
def test_nothing_hangs_over_the_edge(gallery: Page, width: int) -> None:
    """720 px is a desk at 200 %."""
    assert axe.over_the_edge(gallery, width) == []


@pytest.mark.parametrize("width", [1440, 320])
def test_wider_letters_and_lines_cut_nothing_off(gallery: Page, width: int) -> None:
    """WCAG 2.2, 1.4.12: text spacing."""
    gallery.evaluate(_SPACED)
    assert axe.over_the_edge(gallery, width) == []
    assert gallery.evaluate(_CUT) == []


def test_forced_colors_keep_edges_and_choices(gallery: Page) -> None:
    gallery.emulate_media(forced_colors="active")
    lacking: list[str] = gallery.evaluate(
        """() => [...document.querySelectorAll(`main :is(.btn, .input, .badge, .flag, [aria-selected=true],
              [aria-pressed=true])`)].filter(one => one.checkVisibility()
              && !one.matches(".btn-q, .btn-i")).filter(one => {
            const style = getComputedStyle(one);
            return parseFloat(style.borderTopWidth) < 1 && parseFloat(style.outlineWidth) < 1; })
          .map(one => one.outerHTML.slice(0, 120))"""
    )
    assert lacking == []


def test_reduced_motion_moves_nothing(gallery: Page) -> None:
    running = "() => document.getAnimations().filter(a => a.effect.getComputedTiming().duration > 20).length"
    gallery.emulate_media(reduced_motion="no-preference")
    assert gallery.evaluate(running) > 0  # The spinner and the skeleton.
    gallery.emulate_media(reduced_motion="reduce")
    assert gallery.evaluate(running) == 0


@pytest.mark.parametrize(("density", "least"), [("compact", 24), ("cosy", 24), ("touch", 44)])
def test_targets_are_large_enough(gallery: Page, density: str, least: int) -> None:
    gallery.evaluate("density => { document.documentElement.dataset.density = density }", density)
    try:
        small: list[Any] = gallery.evaluate(
            """least => [...document.querySelectorAll("main :is(.btn:not(.btn-sm), .input, .tabs > *, .check)")]
              .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < least)
              .map(one => one.outerHTML.slice(0, 120))""",
            least,
        )
        assert small == []
    finally:
        gallery.evaluate("document.documentElement.dataset.density = 'cosy'")
