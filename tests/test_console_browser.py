"""The pages in a real browser: light, dark and as narrow as a phone; nothing complains, overflows or fades away."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser
from sqlalchemy import Engine

from console import web
from console.pages import PAGES
from core import settings
from core.database import connect
from core.settings import Settings
from tests.browser import PHONE, WIDE, window
from tests.test_console_web import NASTY, RED, fill

pytestmark = pytest.mark.asyncio(loop_scope="session")

PLAIN = [page.path for page in PAGES if "{" not in page.path]
FILLED = [*PLAIN, "/pulls/3", f"/commits/{RED}"]
LOOKS: list[tuple[Literal["light", "dark"], tuple[int, int]]] = [("light", WIDE), ("dark", PHONE)]


@dataclass(frozen=True)
class Site:
    """The pages, and what they are made from."""

    base: str
    settings: Settings
    engine: Engine


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    environ = {"CAMELOT_TODAY": "2026-11-20", "CAMELOT_DATA": str(folder), "GITHUB_GIT_URL": folder.as_uri()}
    chosen = settings.load(environ)
    engine = connect(chosen.database)
    fill(engine)
    async with TestServer(web.application(chosen, engine)) as server:
        yield Site(str(server.make_url("")).rstrip("/"), chosen, engine)
    engine.dispose()


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
async def test_every_page_fits_reads_well_and_complains_of_nothing(
    browser: Browser, site: Site, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    async with window(browser, scheme, size) as seen:
        found = {}
        for path in FILLED:
            await seen.page.goto(site.base + path)
            wrong = [*seen.errors, *await seen.faint(), *await seen.overflowing(), *await seen.unreadable()]
            if wrong:
                found[path] = wrong
            seen.errors.clear()
        assert found == {}


async def test_dark_is_another_sheet_of_colours(browser: Browser, site: Site) -> None:
    colours = []
    for scheme in ("light", "dark"):
        async with window(browser, scheme) as seen:
            await seen.page.goto(f"{site.base}/releases")
            style = "getComputedStyle(document.body)"
            colours.append(await seen.page.evaluate(f"[{style}.backgroundColor, {style}.color]"))
    light, dark = colours
    assert light[0] != dark[0]
    assert light[1] != dark[1]


async def test_what_people_write_runs_in_no_page(browser: Browser, site: Site) -> None:
    async with window(browser) as seen:
        asked: list[str] = []
        seen.page.on("dialog", lambda dialog: asked.append(dialog.message))
        for path in ("/pulls", "/pulls/3"):
            await seen.page.goto(site.base + path)
            assert NASTY in await seen.page.inner_text("body"), "it is shown as it was written"
        assert asked == []


async def test_a_complaint_of_a_page_is_noticed(browser: Browser, site: Site) -> None:
    """The watchers themselves: a page that fetches what is not there, is too wide, faint and without names."""
    async with window(browser, size=PHONE) as seen:
        bad = '<p style="color:#aaa;background:#fff">faint</p><div style="width:900px">wide</div><input><table></table>'
        await seen.page.set_content(f'<img src="{site.base}/nowhere.png">{bad}')
        await seen.page.evaluate("console.error('loud')")
        assert [one for one in await seen.faint() if "faint" in one]
        assert [one for one in await seen.overflowing() if "DIV" in one]
        told = await seen.unreadable()
        assert [one for one in told if "no label" in one] and [one for one in told if "no caption" in one]
        assert "loud" in " ".join(seen.errors)
