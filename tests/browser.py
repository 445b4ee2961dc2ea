"""A real browser for tests: Debian's chromium, driven by Playwright, started once and shared by every test that looks.

Tests that use it share one event loop: `pytestmark = pytest.mark.asyncio(loop_scope="session")`, and their servers'
fixtures the same. Where there is no chromium and none can be installed, they are skipped, and say so in capitals.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests import debian

PATIENCE_MS = 60_000  # a loaded machine starts chromium slowly
PACKAGES = ("chromium", "fonts-dejavu-core")  # without a font there is nothing to measure
WIDE, PHONE = (1280, 900), (390, 844)
FLAGS = ("--disable-dev-shm-usage", "--force-color-profile=srgb")

# Every element whose own text can be seen, with the contrast of that text against what lies behind it (WCAG 2, 1.4.3).
CONTRAST = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].map((part) => part / 255);
  };
  const over = (top, under) => [0, 1, 2].map((i) => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const light = (c) => 0.2126 * linear(c[0]) + 0.7152 * linear(c[1]) + 0.0722 * linear(c[2]);
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(rgba(getComputedStyle(at).backgroundColor));
    const page = matchMedia("(prefers-color-scheme: dark)").matches ? [0, 0, 0, 1] : [1, 1, 1, 1];
    return layers.reduceRight((under, top) => over(top, under), page);
  };
  const own = (element) => [...element.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data).join("").trim();
  const found = [];
  for (const element of document.body.querySelectorAll("*")) {
    const words = own(element);
    if (!words || element.closest("title, script, style, option") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element), under = behind(element);
    const ink = rgba(element instanceof SVGElement ? style.fill : style.color);
    for (let at = element; at; at = at.parentElement) ink[3] *= Number(getComputedStyle(at).opacity);
    const text = over(ink, under);
    const pair = [light(text), light(under)].sort((a, b) => b - a);
    found.push({ words: words.slice(0, 40), ratio: (pair[0] + 0.05) / (pair[1] + 0.05) });
  }
  return found;
}"""

# What reaches out of the window to the right, unless it can be scrolled within a part of its own.
OVERFLOW = """() => {
  const width = document.documentElement.clientWidth, found = [];
  if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth}`);
  for (const element of document.body.querySelectorAll("*")) {
    if (element.closest(".scroll, .chart, pre, .skip")?.contains(element)) continue;
    const right = element.getBoundingClientRect().right;
    if (right > width + 1) found.push(`${element.tagName} ${element.className} ends at ${Math.round(right)}`);
  }
  return found;
}"""

# The rules of reading by ear that a page can be asked about.
UNREADABLE = """() => {
  const found = [], all = (query) => [...document.querySelectorAll(query)];
  const levels = all("h1, h2, h3, h4").map((heading) => Number(heading.tagName[1]));
  if (levels.filter((level) => level === 1).length !== 1) found.push("there is not one h1");
  levels.forEach((level, at) => {
    if (at && level > levels[at - 1] + 1) found.push(`h${level} after h${levels[at - 1]}`);
  });
  for (const table of all("table")) {
    if (!table.caption) found.push("a table has no caption");
    if (table.querySelector("th:not([scope])")) found.push(`a header of ${table.caption?.innerText} has no scope`);
  }
  for (const input of all("input:not([type=hidden]), select, textarea"))
    if (!input.labels.length) found.push(`${input.name || input.id} has no label`);
  for (const one of all("a, button, summary")) if (!one.textContent.trim()) found.push(`${one.outerHTML} has no name`);
  for (const picture of all("svg, img"))
    if (!picture.querySelector("title") && !picture.ariaLabel && !picture.alt) found.push("a picture has no title");
  for (const id of all("[aria-labelledby]").map((one) => one.getAttribute("aria-labelledby")))
    if (!document.getElementById(id)) found.push(`aria-labelledby names ${id}, which is not there`);
  const ids = all("[id]").map((one) => one.id);
  ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => found.push(`the id ${id} is there twice`));
  if (!document.documentElement.lang) found.push("the page has no language");
  return found;
}"""


@dataclass
class Window:
    """One page of the browser; `errors` fills with whatever the page complains of: console, scripts, failed fetches."""

    page: Page
    errors: list[str] = field(default_factory=list)

    async def faint(self, least: float = 4.5) -> list[str]:
        """The texts whose contrast is below `least`. Raises AssertionError where no text was found at all."""
        rows: list[dict[str, Any]] = await self.page.evaluate(CONTRAST)
        assert rows, "the page shows no text"
        return [f"{row['words']!r}: {row['ratio']:.2f}" for row in rows if row["ratio"] < least]

    async def overflowing(self) -> list[str]:
        """What makes the page wider than its window."""
        found: list[str] = await self.page.evaluate(OVERFLOW)
        return found

    async def unreadable(self) -> list[str]:
        """What somebody who reads by ear would miss: names, headings in order, headers of tables."""
        found: list[str] = await self.page.evaluate(UNREADABLE)
        return found


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """The browser itself; it ends with us."""
    program = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS), timeout=PATIENCE_MS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def window(
    browser: Browser, scheme: Literal["light", "dark"] = "light", size: tuple[int, int] = WIDE, script: bool = True
) -> AsyncIterator[Window]:
    """A fresh page without cookies, in the given colours and `size` (pixels, width and height)."""
    viewport: Any = {"width": size[0], "height": size[1]}
    context = await browser.new_context(
        color_scheme=scheme, viewport=viewport, reduced_motion="reduce", java_script_enabled=script
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        seen = Window(await context.new_page())
        seen.page.on("pageerror", lambda error: seen.errors.append(f"script: {error}"))
        seen.page.on("requestfailed", lambda request: seen.errors.append(f"{request.url}: {request.failure}"))
        seen.page.on(
            "console", lambda said: seen.errors.append(said.text) if said.type in ("error", "warning") else None
        )
        yield seen
    finally:
        await context.close()


def chromium() -> str:
    """The browser's program; installed when that is possible, else the test is skipped and says what was not tested."""
    try:
        debian.ensure("chromium", PACKAGES, lambda: shutil.which("chromium"))
    except debian.Missing as why:
        pytest.skip(f"NOT LOOKED AT IN A BROWSER: {why}")
    return str(shutil.which("chromium"))
