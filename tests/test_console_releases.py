"""The release page over a real cut: what it tells, in a real browser too, and the one form that changes something."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser
from pydantic import SecretStr
from sqlalchemy import insert, update
from yarl import URL

from console import web
from core import models
from core.versions import Version
from forge.local.process import start
from release import cut, tasks, waivers
from release.judging import Blockers
from tests import release_house
from tests.browser import PHONE, WIDE, window
from tests.forge_world import APP, PRIVATE_PEM, config
from tests.release_house import TODAY, VERSION, House

pytestmark = pytest.mark.asyncio(loop_scope="session")

ME = "release-manager"
NASTY = '"><script>alert("x")</script><img src=x onerror=alert(1)>'
PEOPLE = [
    {"login": login, "id": number, "email": f"{login}@users.noreply.invalid", "token": f"token-{login}"}
    for number, login in ((1009, ME), (1010, "another-manager"))
]
TEAM = {"slug": "release-managers", "members": [ME, "another-manager"]}


@dataclass(frozen=True)
class Site:
    """The pages over a house in which 1.3.0a2 was rehearsed and is now being cut for real: it waits for a go."""

    base: str
    house: House
    session: aiohttp.ClientSession

    async def json(self) -> dict[str, Any]:
        async with self.session.get(f"{self.base}/releases.json") as answer:
            assert answer.status == 200
            found: dict[str, Any] = await answer.json()
            return found

    async def answer(self, task: int, evidence: str, token: str, **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        form = {"evidence": evidence, "token": token}
        where = f"{self.base}/releases/tasks/{task}"
        async with self.session.post(where, data=form, headers=named, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", "") or await answer.text()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("releases")
    house = release_house.build(folder)
    assert cut.cut(house.settings, house.engine, VERSION, ME, today=TODAY).state == "done"
    assert cut_for_real(house) == "waiting"
    wanted = Version.parse("1.2.1")
    waivers.waive(house.settings, house.engine, wanted, "builders", ME, NASTY, TODAY + timedelta(3), TODAY)
    seed = config("")
    seed["users"] += PEOPLE
    seed["organizations"][0]["teams"].append(TEAM)
    forge = start(folder / "hub", seed)
    app = {"app_id": str(APP), "app_private_key": SecretStr(PRIVATE_PEM)}
    github = house.settings.github.model_copy(update={"api_url": forge.api, **app})
    given = house.settings.model_copy(update={"github": github})
    try:
        pages = web.application(given, house.engine)
        async with TestServer(pages) as server, aiohttp.ClientSession() as session:
            yield Site(str(server.make_url("")).rstrip("/"), house, session)
    finally:
        forge.stop()
        house.engine.dispose()


def cut_for_real(house: House) -> str:
    nothing = Blockers((), complete=True)
    return cut.cut(house.settings, house.engine, VERSION, ME, False, today=TODAY, tracker=lambda _: nothing).state


def ask(house: House, words: str = "Look at it.") -> int:
    """One more task of the real cut, as a step would ask it."""
    question = tasks.Question(f"step-{words}", ME, f"Do {words}", "javascript:alert(1)", words, "commit", "c0ffee" * 6)
    return tasks.ask(house.engine, 2, question).id


@pytest.mark.row("RL-15")
async def test_the_page_tells_what_comes_what_waits_what_runs_and_what_is_out(site: Site) -> None:
    found = await site.json()
    assert "chart" not in found
    days = [date.fromisoformat(row["date"]) for row in found["coming"]]
    assert days == sorted(days)
    assert found["coming"][0] == {"date": "2026-11-17", "branch": "1.3", "what": VERSION, "days": -3, "note": ""}
    assert {"date": "2026-12-15", "branch": "1.1", "what": "end of life", "days": 25, "note": ""} in found["coming"]
    assert (found["tasks"][0]["owner"], found["tasks"][0]["step"]) == (ME, "go")
    (running,) = found["running"]
    assert (running["version"], running["state"], running["done"]) == (VERSION, "asked", 1)
    assert (running["steps"][0]["title"], running["steps"][0]["took_s"] >= 0) == ("May it be cut?", True)
    blocked = {row["version"]: row["blocks"] for row in found["next"]}
    assert blocked[VERSION] == ["tree"]
    assert [(row["gate"], row["fault"]) for row in found["waivers"]] == [("builders", "")]
    assert "envelope" not in found["waivers"][0]
    assert [run["state"] for run in found["runs"]] == ["done"]


@pytest.mark.row("RL-19")
async def test_what_is_published_bears_a_verdict_that_follows_its_files_and_its_place_in_the_log(site: Site) -> None:
    (row,) = (await site.json())["released"]
    assert (row["verdict"], row["index"], row["signer"], row["problems"]) == ("verified", 0, ME, [])
    path = site.house.settings.downloads / VERSION / "SHA256SUMS"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(whole[:1], b"x", 1))
    (row,) = (await site.json())["released"]
    assert (row["verdict"], row["problems"][0].startswith("SHA256SUMS: differs")) == ("broken", True)
    path.write_bytes(whole)
    assert (await site.json())["released"][0]["verdict"] == "verified"
    assert (await site.json())["log"]["size"] == 1


@pytest.mark.row("RL-15")
async def test_only_the_owners_token_answers_a_task_and_only_from_our_own_page(site: Site) -> None:
    task, good = ask(site.house), "c0ffee" * 6
    mine, elsewhere = f"token-{ME}", {"Origin": "https://evil.invalid"}
    for given, status, said in (
        (("", mine), 400, "is no evidence"),
        ((f"zz{NASTY}", mine), 400, "is no evidence"),
        (("0123456789", mine), 400, "is not what task"),
        ((good, ""), 400, "paste a token"),
        ((good, "x" * 1001), 400, "paste a token"),
        ((good, "token-nobody"), 403, "knows no person by this token"),
        ((good, "token-ada"), 400, f"is {ME}&#39;s, not ada&#39;s"),
    ):
        code, text = await site.answer(task, *given)
        assert (code, said in text) == (status, True), (given, text[:2000])
        assert "<script>alert" not in text
        assert mine not in text, "the token is never shown again"
    assert 'value="zz&#34;&gt;&lt;script&gt;' in (await site.answer(task, f"zz{NASTY}", mine))[1], "words are kept"
    for headers in (elsewhere, {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "same-site"}, {"Origin": "null"}):
        code, text = await site.answer(task, good, mine, **headers)
        assert (code, "not from our page" in text) == (403, True)
    assert (await site.answer(999, good, mine))[0] == 400
    async with site.session.get(f"{site.base}/releases/tasks/{task}", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, f"/releases#task-{task}"), "asking answers nothing"
    assert next(row.state for row in tasks.open_tasks(site.house.engine) if row.id == task) == "open"
    assert await site.answer(task, good, mine, Origin=site.base) == (303, f"/releases?done={task}")
    code, text = await site.answer(task, good, mine)
    assert (code, f"task {task} is done already, by {ME}" in text) == (400, True)
    assert site.session.cookie_jar.filter_cookies(URL(site.base)) == {}, "nothing that another page could use"


@pytest.mark.row("RL-15")
async def test_release_managers_answer_for_one_another_and_it_is_written_down_who_did(site: Site) -> None:
    task = ask(site.house, "for a colleague")
    assert (await site.answer(task, "c0ffee" * 6, "token-another-manager"))[0] == 303
    done = tasks.find(site.house.engine, task)
    assert done is not None
    assert (done.owner, done.actor, done.state) == (ME, "another-manager", "done")


async def test_where_nobody_can_be_asked_who_somebody_is_the_form_says_what_to_set(site: Site) -> None:
    task = ask(site.house, "without an App")
    async with TestServer(web.application(site.house.settings, site.house.engine)) as server:
        form = {"evidence": "c0ffee" * 6, "token": f"token-{ME}"}
        async with site.session.post(server.make_url(f"/releases/tasks/{task}"), data=form) as answer:
            assert (answer.status, "set GITHUB_APP_ID" in await answer.text()) == (503, True)
    assert next(row.state for row in tasks.open_tasks(site.house.engine) if row.id == task) == "open"


@pytest.mark.row("RL-15")
@pytest.mark.parametrize("script", [True, False])
async def test_a_task_is_done_by_clicking(browser: Browser, site: Site, script: bool) -> None:
    task = ask(site.house, f"the thing {script}")
    async with window(browser, size=PHONE, script=script) as seen:
        await seen.page.goto(f"{site.base}/releases")
        form = seen.page.locator(f'form[action$="/{task}"]')
        await form.get_by_label("Evidence").fill("not a commit")
        await form.get_by_label("token").fill(f"token-{ME}")
        await form.get_by_role("button").click()
        assert "is no evidence" in await seen.page.get_by_role("alert").inner_text()
        assert await form.get_by_label("Evidence").input_value() == "not a commit"
        assert await form.get_by_label("token").input_value() == ""
        seen.errors.clear()  # the browser notes the status 400
        await form.get_by_label("Evidence").fill("c0ffee" * 3)
        await form.get_by_label("token").fill(f"token-{ME}")
        await form.get_by_role("button").click()
        assert await seen.page.get_by_role("status").inner_text() == (
            f"Task {task} is done, by {ME}. Cut 1.3.0a2 again to go on."
        )
        assert await form.count() == 0
        assert seen.errors == []
    done = tasks.find(site.house.engine, task)
    assert done is not None
    assert (done.state, done.actor, done.evidence) == ("done", ME, "c0ffee" * 3)


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", WIDE), ("light", PHONE), ("dark", PHONE)])
async def test_the_page_reads_well_with_everything_opened(
    browser: Browser, site: Site, scheme: Literal["light", "dark"], size: tuple[int, int]
) -> None:
    async with window(browser, scheme, size) as seen:
        await seen.page.goto(f"{site.base}/releases")
        await seen.page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        wrong = [*seen.errors, *await seen.faint(), *await seen.overflowing(), *await seen.unreadable()]
        assert wrong == []
        today = await seen.page.locator("svg .today").bounding_box()
        assert today is not None
        assert 0 < today["x"] < size[0], "today is in view, also where the chart has to be scrolled"
        assert await seen.page.get_by_role("progressbar").count() == 1


@pytest.mark.row("RL-15")
async def test_what_people_write_is_shown_and_never_run(browser: Browser, site: Site) -> None:
    """Release names, evidence, errors, reasons, file names and links, as somebody who means harm would write them."""
    engine, task = site.house.engine, ask(site.house, NASTY)
    run = {
        "version": NASTY,
        "branch": "1.3",
        "mode": "real",
        "actor": NASTY,
        "state": "running",
        "started": "2026-11-20",
    }
    with engine.begin() as connection:
        key = connection.execute(insert(models.release_runs).values(**run, inputs={"plan": [["tag", NASTY, NASTY]]}))
        row = {"run": (key.inserted_primary_key or [0])[0], "step": "tag", "position": 0, "state": "failed"}
        values = {**row, "attempts": 1, "error": NASTY, "evidence": {NASTY: [NASTY]}}
        connection.execute(insert(models.release_steps).values(**values))
        out = {"version": NASTY, "branch": "1.3", "commit": "0" * 40, "mode": "real", "files": {NASTY: NASTY}}
        connection.execute(insert(models.released).values(**out, at="2026-11-20T12:00:00+00:00"))
    async with window(browser) as seen:
        asked: list[str] = []
        seen.page.on("dialog", lambda dialog: asked.append(dialog.message))
        await seen.page.goto(f"{site.base}/releases")
        await seen.page.evaluate("document.querySelectorAll('details').forEach((one) => one.open = true)")
        text = await seen.page.inner_text("main")
        assert text.count("<script>alert") >= 8, "it is shown as it was written"
        assert await seen.page.locator('main img, main script, [href^="javascript"]').count() == 0
        assert (asked, seen.errors) == ([], [])
    with engine.begin() as connection:
        connection.execute(
            update(models.release_tasks).where(models.release_tasks.c.id == task).values(state="withdrawn")
        )
