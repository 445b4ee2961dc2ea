"""The farm's pages over real HTTP: what may be released and why not, a test's history, flakes, leaks, workers."""

from __future__ import annotations

import asyncio
import xml.etree.ElementTree as ET
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import Engine, update

from console.kept import Body, Kept
from console.pages.leaks import picture
from core import models, records, results, standings
from tests.farm_pages import BAD, GOOD, NASTY, build, builder, keep, served

PAGES = (
    "/farm",
    "/farm/branches/main",
    "/farm/builders/debug%201.3",
    "/farm/builders/release%201.1",
    "/tests/main/test_int",
    "/flakes",
    "/leaks",
    "/queue",
    "/workers",
    "/builders",
    "/",
)


class Pages:
    def __init__(self, base: str, session: aiohttp.ClientSession, engine: Engine) -> None:
        self.base, self.session, self.engine = base, session, engine

    async def get(self, path: str, status: int = 200) -> str:
        async with self.session.get(self.base + path) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def json(self, path: str) -> Any:
        async with self.session.get(self.base + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def again(self, path: str, etag: str = "") -> tuple[int, str, bytes]:
        """Status, ETag and body, asked for with the ETag of the last answer."""
        headers = {"If-None-Match": etag} if etag else {}
        async with self.session.get(self.base + path, headers=headers) as answer:
            return answer.status, answer.headers["ETag"], await answer.read()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pages]:
    """One farm for all tests that only look."""
    async with served(tmp_path_factory.mktemp("farm")) as (base, engine, _), aiohttp.ClientSession() as session:
        yield Pages(base, session, engine)


@pytest_asyncio.fixture
async def own(tmp_path: Path) -> AsyncIterator[Pages]:
    """A farm of its own for a test that changes it."""
    async with served(tmp_path) as (base, engine, _), aiohttp.ClientSession() as session:
        yield Pages(base, session, engine)


looks = pytest.mark.asyncio(loop_scope="module")


@looks
@pytest.mark.row("A6")
async def test_each_branch_says_in_a_sentence_whether_it_may_be_released(filled: Pages) -> None:
    panels = {panel["ref"]: panel for panel in (await filled.json("/farm.json"))["panels"]}
    assert {ref: panel["state"] for ref, panel in panels.items()} == {
        "main": "unreleasable",
        "1.2": "concern",
        "1.1": "releasable",
    }
    assert panels["main"]["why"] == (
        f"1 of 4 builders that a release waits for is red: debug 1.3 since {BAD[:10]} (test_int)."
    )
    assert panels["1.1"]["why"] == "All 4 builders that a release waits for are green."
    assert "s390x 1.2" in panels["1.2"]["why"]
    assert panels["main"]["end_of_life"] == "2028-12-12"
    assert panels["main"]["release_manager"]
    page = await filled.get("/farm")
    assert panels["main"]["why"] in page


@looks
@pytest.mark.row("A6")
async def test_a_red_builder_shows_the_build_that_broke_it_with_its_changes_and_tests(filled: Pages) -> None:
    panel = (await filled.json("/farm.json"))["panels"][0]
    red = {row["name"]: row for row in panel["red"]}
    broke = red["debug 1.3"]
    assert (broke["breaking"]["number"], broke["good"]["number"], broke["streak"]) == (32, 31, 2)
    assert [(each["commit"][0], each["number"], each["author"]) for each in broke["changes"]["first"]] == [
        ("c", None, "ada"),
        ("b", 8, "ada"),
    ]
    assert broke["breaking"]["failed"] == ["test_int"]
    assert broke["dots"][-3:] == [[31, "success"], [32, "failure"], [33, "failure"]]
    assert red["oddball 1.3"]["severity"] == "unstable"
    page = await filled.get("/farm")
    assert 'href="/tests/main/test_int"' in page
    assert "#8" in page


@looks
@pytest.mark.row("B4")
async def test_who_was_told_stands_there_and_why_nobody_was(filled: Pages) -> None:
    page = await filled.get("/farm")
    assert "told on" in page
    assert "nobody was told: 2 changes came in: #7, #8" in page
    assert "nobody was told: 2 changes came in: #7, #8" in await filled.get("/farm/branches/1.2")


@looks
@pytest.mark.row("B2")
async def test_a_tests_page_tells_where_it_fails_since_when_and_where_it_works(filled: Pages) -> None:
    found = await filled.json("/tests/main/test_int.json")
    rows = {row["builder"]: row for row in found["builders"]}
    assert rows["debug 1.3"]["failing_since"]["commit"] == BAD
    assert rows["debug 1.3"]["last_pass"]["commit"] == GOOD
    assert rows["release 1.3"]["failing_since"] is None
    assert rows["debug 1.3"]["median_s"] == 9.5
    assert found["commits"][:2] == [BAD, GOOD]
    assert rows["debug 1.3"]["cells"][:2] == ["failed", "passed"]
    assert rows["release 1.3"]["cells"][:2] == ["", "passed"]
    assert [row["case"] for row in found["cases"]] == ["test.test_int.C.test_m"]
    assert found["flake"]["wavers"] is False


@looks
@pytest.mark.row("B3")
async def test_flakes_are_listed_with_their_reason_and_the_rules_with_their_last_day(filled: Pages) -> None:
    found = await filled.json("/flakes.json")
    flake = next(row for row in found["flakes"] if (row["branch"], row["test"]) == ("main", "test_socket"))
    assert flake["reason"].startswith("it passed when run again in")
    assert flake["rules"][0]["until"] == "2026-11-30"
    assert [(rule["test"], rule["in_force"], rule["days_left"]) for rule in found["rules"]] == [
        ("test_socket", True, 10),
        ("test_old", False, -323),
    ]
    page = await filled.get("/flakes")
    assert "the port is taken now and then" in page
    assert "10 days left" in page


@looks
async def test_leaks_are_a_picture_that_says_the_same_in_words(filled: Pages) -> None:
    page = await filled.get("/leaks")
    assert "0 tests leak in the newest hunt; 4 of the last 31 found something." in page
    svg = ET.fromstring(await filled.get("/leaks/main.svg"))  # noqa: S314 (our own page)
    bars = svg.findall("{http://www.w3.org/2000/svg}rect")
    assert [bar.get("class") for bar in bars].count("leak") == 4
    assert len(bars) == 31
    await filled.get("/leaks/nowhere.svg", status=404)
    found = await filled.json("/leaks.json")
    assert [row["ref"] for row in found["branches"]] == ["main", "1.2", "1.1"]


def test_a_picture_grows_with_what_leaks_and_lets_nobody_write_into_it() -> None:
    hunts = [
        {"tests": tests, "names": [NASTY], "builder": NASTY, "commit": "a" * 40, "at": "2026-11-20T10:00:00"}
        for tests in (0, 5, 10)
    ]
    drawn = picture(hunts, NASTY)
    assert NASTY not in drawn
    bars = ET.fromstring(drawn).findall("{http://www.w3.org/2000/svg}rect")  # noqa: S314 (made here)
    clean, five, ten = (float(bar.get("height") or 0) for bar in bars)
    assert clean < five
    assert ten == pytest.approx(2 * five)


@looks
@pytest.mark.row("A7")
async def test_the_workers_say_what_they_do_and_when_they_are_away(filled: Pages) -> None:
    found = {row["name"]: row for row in (await filled.json("/workers.json"))["workers"]}
    assert (found["here"]["state"], found["gone"]["state"]) == ("building", "away")
    assert found["here"]["doing"][0]["builder"] == "debug 1.3"
    assert found["gone"]["downtime"] == "Sundays"
    queue = await filled.json("/queue.json")
    assert [(row["builder"], row["waiting"]) for row in queue["waiting"]] == [("release 1.3", 3)]
    assert [row["worker"] for row in queue["running"]] == ["here"]
    assert "test_int leaked [1, 1, 1] references" in await filled.get("/queue")


@looks
@pytest.mark.parametrize("path", PAGES)
async def test_what_others_wrote_is_shown_and_never_run(filled: Pages, path: str) -> None:
    assert NASTY not in await filled.get(path)


@looks
@pytest.mark.parametrize(
    "path", ["/farm/branches/9.9", "/farm/builders/none", "/tests/main/test_none", "/tests/none/test_int"]
)
async def test_what_is_not_there_says_so(filled: Pages, path: str) -> None:
    assert "Not found" in await filled.get(path, status=404)


@pytest.mark.row("B11")
async def test_a_page_is_sent_again_only_when_something_changed(own: Pages) -> None:
    for path in ("/farm", "/farm.json", "/tests/main/test_int", "/flakes", "/queue"):
        status, etag, body = await own.again(path)
        assert (status, bool(body)) == (200, True)
        assert await own.again(path, etag) == (304, etag, b"")
    _, before, _ = await own.again("/farm")
    keep(own.engine, build(builder("debug", 1, True, "1.3", "main"), 34, "e" * 40, test_int="passed"))
    status, after, body = await own.again("/farm", before)
    assert status == 200
    assert after != before
    assert b"All 4 builders that a release waits for are green." in body


@pytest.mark.row("B11")
async def test_a_mended_breakage_leaves_the_page_at_once(own: Pages) -> None:
    assert "test_int failed" in await own.get("/farm")
    records.close_notice(own.engine, "main test_int failed")
    assert "test_int failed" not in await own.get("/farm")


async def test_a_builder_whose_workers_are_all_away_is_a_concern(own: Pages) -> None:
    row = builder("lonely", 1, True, "1.1", "1.1")
    results.set_builders(own.engine, [row])
    keep(own.engine, build(row, 1, GOOD))
    assert (await own.json("/farm.json"))["panels"][2]["state"] == "releasable"
    with own.engine.begin() as connection:
        mine = models.farm_workers.c.name == "gone"
        connection.execute(update(models.farm_workers).where(mine).values(builders=[row.name]))
        standings.touch(connection)
    panel = (await own.json("/farm.json"))["panels"][2]
    assert (panel["state"], panel["counts"]) == ("concern", {"no worker": 1})


def test_kept_bodies_are_bounded_and_true() -> None:
    kept = Kept(most_bytes=100)
    first = kept.keep("/a", 1, "x" * 60)
    assert kept.find("/a", 1) == first
    assert kept.find("/a", 2) is None
    kept.keep("/b", 1, "y" * 60)
    assert kept.find("/a", 1) is None
    kept.keep("/c", 1, "z" * 101)
    assert kept.find("/c", 1) is None
    assert kept.find("/b", 1) is not None


async def test_what_many_ask_for_at_once_is_made_once_and_a_failure_reaches_each_of_them() -> None:
    kept, made, go = Kept(), list[str](), asyncio.Event()

    async def make() -> str:
        made.append("/farm")
        await go.wait()
        if len(made) > 1:
            raise OSError("the database is away")
        return "the page"

    async def ask(state: int) -> Body:
        return await asyncio.shield(kept.making("/farm", state, make))

    first = [asyncio.create_task(ask(1)) for _ in range(8)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first[0].cancel()  # whoever goes away does not stop it for the others
    go.set()
    with pytest.raises(asyncio.CancelledError):
        await first[0]
    assert {(await each).text for each in first[1:]} == {b"the page"}
    assert made == ["/farm"]
    for each in [asyncio.create_task(ask(2)) for _ in range(3)]:
        with pytest.raises(OSError, match="database is away"):
            await each
    assert made == ["/farm", "/farm"], "a new state is made anew, once"
    assert kept.find("/farm", 2) is None
