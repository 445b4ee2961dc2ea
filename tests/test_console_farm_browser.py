"""The farm's pages in a real browser: light, dark and as narrow as a phone; a release manager finds the culprit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser import PHONE, WIDE, window
from tests.farm_pages import NASTY, served

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGES = (
    "/farm",
    "/farm/branches/main",
    "/farm/builders/debug%201.3",
    "/tests/main/test_int",
    "/tests/main/test_socket",
    "/flakes",
    "/leaks",
    "/queue",
    "/workers",
)
LOOKS: list[tuple[Literal["light", "dark"], tuple[int, int]]] = [("light", WIDE), ("dark", PHONE)]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def farm(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with served(tmp_path_factory.mktemp("farm")) as (base, _, _):
        yield base


@pytest.mark.row("A6")
@pytest.mark.parametrize(("scheme", "size"), LOOKS)
async def test_every_page_of_the_farm_fits_reads_well_and_complains_of_nothing(
    browser: Browser, farm: str, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    async with window(browser, scheme, size) as seen:
        found = {}
        for path in PAGES:
            await seen.page.goto(farm + path)
            wrong = [*seen.errors, *await seen.faint(), *await seen.overflowing(), *await seen.unreadable()]
            if wrong:
                found[path] = wrong
            seen.errors.clear()
        assert found == {}


@pytest.mark.row("A6")
async def test_a_release_manager_comes_from_the_branch_to_the_test_and_its_first_failure(
    browser: Browser, farm: str
) -> None:
    async with window(browser) as seen:
        await seen.page.goto(farm)
        await seen.page.click("nav >> text=Farm")
        panel = seen.page.locator("section.panel.unreleasable").first
        assert "debug 1.3" in await panel.inner_text()
        await panel.locator("a", has_text="test_int").first.click()
        assert "test_int on main" in await seen.page.inner_text("h1")
        row = seen.page.locator("tr", has_text="debug 1.3")
        assert "bbbbbbbbbb" in await row.inner_text()
        await row.locator("a", has_text="debug 1.3").click()
        assert await seen.page.inner_text("h1") == "debug 1.3"
        assert NASTY in await seen.page.inner_text("body"), "what somebody wrote is shown as they wrote it"
        assert seen.errors == []


async def test_the_picture_of_leaks_is_drawn_as_wide_as_its_frame(browser: Browser, farm: str) -> None:
    async with window(browser) as seen:
        await seen.page.goto(f"{farm}/leaks")
        bars = seen.page.locator(".chart").first.locator("rect")
        assert await bars.count() == 31
        fill = await bars.first.evaluate("bar => getComputedStyle(bar).fill")
        assert fill != "rgb(0, 0, 0)", "the sheet's colours reach into the picture"
