"""The pages, over real HTTP, with rows put there through the functions that the services use."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp.test_utils import TestServer
from sqlalchemy import Engine, insert

from console import web
from console.pages import PAGES
from console.recent import Recent
from console.repository import make_repository
from core import models, records, results, settings
from core.database import connect
from core.records import Pull
from core.results import Build, Builder
from core.settings import Settings
from core.store import Decided, DeliveryState, Store
from release.entries import parse_next

GREEN, RED = "a" * 40, "b" * 40
NASTY = '<script>alert("x")</script>'
LEAKED = {
    "failed": [],
    "leaked": ["test_list"],
    "files": [
        {"name": "test_int", "state": "PASSED", "cases": [], "leaks": []},
        {
            "name": "test_list",
            "state": "REFLEAK",
            "cases": [{"id": "test.test_list.ListTest.test_index", "outcome": "leaked", "traceback": ""}],
            "leaks": [{"resource": "references", "deltas": [4, 4, 4]}],
        },
    ],
}


def fill(engine: Engine) -> None:
    """A pull request that was labelled and merged, a red builder, a notice, a backport, parked work, a release run."""
    store = Store(engine)
    labelled = {"label": {"name": "needs backport to 1.2"}, "sender": {"login": "core-dev"}}
    store.keep("guid-1", "github", "pull_request.opened", "pull:3", {"sender": {"login": "ada"}})
    store.keep("guid-2", "github", "pull_request.labeled", "pull:3", labelled)
    store.keep("guid-3", "github", "pull_request.opened", "pull:4", {})
    first, other = (row for row in store.ready(datetime.now(UTC)))
    add = ("AddLabel", {"number": 3, "label": "awaiting review"})
    store.decide(first.id, [Decided("stage", (add,), "nobody has reviewed it yet")])
    for effect in store.pending(first.id):
        store.carried_out(effect.id, {})
    store.note_call(first.id, "POST", "/repos/rabbit/rabbit/issues/3/labels", 200, 0.012)
    store.finish(first.id)
    park = ("Comment", {"number": 4, "topic": "help", "body": "hello"})
    store.decide(other.id, [Decided("welcome", (park,), "new here")])
    for effect in store.pending(other.id):
        store.effect_failed(effect.id, "GitHub answered 422: body is too long", final=True)
    store.finish(other.id, DeliveryState.PARKED)
    labels = ("awaiting review", "needs backport to 1.2")
    records.remember_pull(engine, pull(3, title=f"gh-7: A fix {NASTY}", merge_sha=RED, labels=labels))
    records.set_backport(engine, 3, "1.2", "opened", "", 5)
    records.set_backport(engine, 3, "1.0", "refused", "1.0 reached its end of life on 2025-12-16")
    debug = Builder("1.3 debug", "debug", 1, True, "main", "1.3", "http://farm/#/builders/1")
    leaks = Builder("1.3 refleak", "refleak", 2, True, "main", "1.3", "http://farm/#/builders/2")
    results.set_builders(engine, [debug, leaks])
    for number, (builder, commit, result) in enumerate(
        [(debug, GREEN, "success"), (leaks, GREEN, "success"), (leaks, RED, "failure")], start=1
    ):
        results.record(engine, build(builder, commit, result, number), "branch:refs/heads/main")
    records.open_notice(engine, "main test_list leak", 3, RED, {})
    records.open_notice(engine, "main test_os flake", None, RED, {}, "it passed again on the same commit")
    with engine.begin() as connection:
        run = {"version": "1.3.0a2", "branch": "main", "mode": "rehearse", "actor": "release-manager", "inputs": {}}
        run |= {"state": "running", "started": "2026-11-20T12:00:00.000+00:00"}
        key = connection.execute(insert(models.release_runs).values(run)).inserted_primary_key
        step = {"run": key[0] if key else 0, "step": "tag", "position": 1, "state": "done", "attempts": 1}
        connection.execute(insert(models.release_steps).values(**step, evidence={"tag": "v1.3.0a2", "commit": RED}))


def pull(number: int, title: str, merge_sha: str = "", labels: tuple[str, ...] = ()) -> Pull:
    return Pull(
        number=number,
        title=title,
        author="ada",
        state="merged" if merge_sha else "open",
        draft=False,
        base="main",
        head_sha="c" * 40,
        merge_sha=merge_sha,
        stage="awaiting review",
        why="nobody has reviewed it yet",
        labels=labels,
    )


def build(builder: Builder, commit: str, result: str, number: int) -> Build:
    return Build(
        key=f"{builder.name}/{number}",
        builder=builder.name,
        kind=builder.kind,
        tier=builder.tier,
        stable=True,
        branch="main",
        commit=commit,
        number=number,
        result=result,
        url=f"http://farm/builds/{number}",
        started="2026-11-20T11:00:00.000+00:00",
        finished="2026-11-20T11:05:00.000+00:00",
        failed_step="" if result == "success" else "test",
        verdict={} if result == "success" else LEAKED,
    )


class House:
    """The server's address and what it serves from."""

    def __init__(self, base: str, session: aiohttp.ClientSession, engine: Engine, chosen: Settings) -> None:
        self.base, self.session, self.engine, self.settings = base, session, engine, chosen

    async def get(self, path: str, status: int = 200) -> str:
        async with self.session.get(self.base + path) as answer:
            assert answer.status == status, await answer.text()
            return await answer.text()

    async def json(self, path: str, status: int = 200) -> Any:
        return json.loads(await self.get(path, status))


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    environ = {"CAMELOT_TODAY": "2026-11-20", "CAMELOT_DATA": str(tmp_path), "GITHUB_GIT_URL": tmp_path.as_uri()}
    chosen = settings.load(environ)
    engine = connect(chosen.database)
    async with TestServer(web.application(chosen, engine)) as server, aiohttp.ClientSession() as session:
        yield House(str(server.make_url("")).rstrip("/"), session, engine, chosen)
    engine.dispose()


class Outline(HTMLParser):
    """What a reader by ear depends on: captions, scopes, headings, names of pictures and links."""

    def __init__(self) -> None:
        super().__init__()
        self.tables = self.captions = self.unscoped = self.unnamed = 0
        self.headings: list[str] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        self.tables += tag == "table"
        self.captions += tag == "caption"
        self.unscoped += tag == "th" and "scope" not in names
        self.unnamed += tag == "img" and not names.get("alt")
        if tag in ("h1", "h2", "h3"):
            self.headings.append(tag)
        if "style" in names or (tag == "script" and "src" not in names) or any(name.startswith("on") for name in names):
            self.inline.append(tag)


PLAIN = [page.path for page in PAGES if "{" not in page.path]
FILLED = [*PLAIN, "/pulls/3", f"/commits/{RED}"]


@pytest.mark.parametrize("path", PLAIN)
async def test_every_page_can_be_read_on_the_first_day_when_there_is_nothing(house: House, path: str) -> None:
    assert "<h1>" in await house.get(path)


@pytest.mark.parametrize("path", FILLED)
async def test_every_page_can_be_read_by_ear_and_holds_nothing_that_its_policy_forbids(house: House, path: str) -> None:
    fill(house.engine)
    outline = Outline()
    outline.feed(await house.get(path))
    assert outline.captions == outline.tables
    assert (outline.unscoped, outline.unnamed, outline.inline) == (0, 0, [])
    assert outline.headings.count("h1") == 1
    assert outline.headings[0] == "h1"


@pytest.mark.parametrize("path", FILLED)
async def test_every_page_has_its_json_beside_it_and_names_it(house: House, path: str) -> None:
    fill(house.engine)
    beside = "/index.json" if path == "/" else f"{path}.json"
    assert f'href="{beside}"' in await house.get(path)
    assert await house.json(beside)


@pytest.mark.parametrize("path", [*FILLED, "/pulls/99", "/static/camelot.css", "/healthz"])
async def test_every_answer_forbids_foreign_content(house: House, path: str) -> None:
    fill(house.engine)
    async with house.session.get(house.base + path) as answer:
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_people_write_is_shown_and_never_run(house: House) -> None:
    fill(house.engine)
    for path in ("/pulls", "/pulls/3"):
        page = await house.get(path)
        assert NASTY not in page
        assert "&lt;script&gt;" in page


async def test_the_overview_names_what_needs_somebody(house: House) -> None:
    fill(house.engine)
    page = await house.get("/")
    for attention in ("1.3 refleak", "test_list", "main test_list leak", "pieces of work failed"):
        assert attention in page
    found = await house.json("/index.json")
    assert isinstance(found, dict)
    assert [builder["name"] for builder in found["red"]] == ["1.3 refleak"]
    assert found["red"][0]["red_since"]["commit"] == RED


async def test_a_red_builder_says_how_much_it_matters(house: House) -> None:
    fill(house.engine)
    panels = await house.json("/builders.json")
    assert isinstance(panels, list)
    severity = {builder["name"]: builder["severity"] for panel in panels for builder in panel["builders"]}
    assert severity == {"1.3 debug": "none", "1.3 refleak": "blocks releases"}
    assert [(panel["ref"], panel["end_of_life"]) for panel in panels][0] == ("main", "2028-12-12")


async def test_a_commits_page_shows_what_its_tests_said_and_leaves_out_what_passed(house: House) -> None:
    fill(house.engine)
    page = await house.get(f"/commits/{RED}")
    assert "leaked 4, 4, 4 references" in page
    assert "test.test_list.ListTest.test_index" in page
    assert "test_int" not in page


async def test_branches_as_json_are_a_list_with_the_status_of_the_day(house: House) -> None:
    found = await house.json("/branches.json")
    assert isinstance(found, list)
    assert [(row["version"], row["name"], row["status"]) for row in found] == [
        ("1.3", "main", "feature"),
        ("1.2", "1.2", "bugfix"),
        ("1.1", "1.1", "security"),
        ("1.0", "1.0", "end-of-life"),
    ]


async def test_the_chart_is_a_picture(house: House) -> None:
    async with house.session.get(f"{house.base}/chart.svg") as answer:
        assert answer.content_type == "image/svg+xml"
        assert (await answer.text()).startswith("<svg")


@pytest.mark.row("OP-1")
async def test_a_pull_request_is_explained_with_who_put_each_label_on(house: House) -> None:
    fill(house.engine)
    found = await house.json("/pulls/3.json")
    assert isinstance(found, dict)
    why = {row["label"]: row["why"] for row in found["labels"]}
    assert why == {"awaiting review": "nobody has reviewed it yet", "needs backport to 1.2": "core-dev put it on"}
    assert [delivery["guid"] for delivery in found["deliveries"]] == ["guid-1", "guid-2"]
    page = await house.get("/pulls/3")
    for told in ("awaiting review", "nobody has reviewed it yet", "/repos/rabbit/rabbit/issues/3/labels", "12 ms"):
        assert told in page


async def test_a_backport_that_was_refused_says_why(house: House) -> None:
    fill(house.engine)
    assert "1.0 reached its end of life on 2025-12-16" in await house.get("/backports")


async def test_a_notice_that_nobody_got_says_why(house: House) -> None:
    fill(house.engine)
    assert "it passed again on the same commit" in await house.get("/notices")


async def test_parked_work_is_red_with_its_error_and_guid(house: House) -> None:
    fill(house.engine)
    page = await house.get("/failures")
    assert "GitHub answered 422: body is too long" in page
    assert page.count('class="red"') == 2  # the delivery and its effect
    assert "guid-3" in page


async def test_a_release_run_shows_its_steps_with_evidence(house: House) -> None:
    fill(house.engine)
    page = await house.get("/releases")
    assert "v1.3.0a2" in page
    assert RED in page


async def test_gates_say_what_holds_a_release_back(house: House, tmp_path: Path) -> None:
    fill(house.engine)
    make_repository(Path(__file__).parents[1] / "interpreter", house.settings, tmp_path / "rabbit" / "rabbit.git")
    found = await house.json("/releases.json")
    assert isinstance(found, dict)
    upcoming = {row["version"]: row for row in found["next"]}
    assert set(upcoming) == {"1.3.0a2", "1.2.1"}
    assert upcoming["1.3.0a2"]["blocked"]
    assert "1.3 refleak" in next(gate["reason"] for gate in upcoming["1.3.0a2"]["gates"] if gate["gate"] == "builders")


async def test_without_a_repository_to_look_at_the_gates_say_that_they_cannot_tell(house: House) -> None:
    found = await house.json("/releases.json")
    assert isinstance(found, dict)
    assert [gate["state"] for row in found["next"] for gate in row["gates"]] == ["unknown", "unknown"]
    heads = re.findall(r'<h3 id="next-\d+">.*?</span> (\w+)</span></h3>', await house.get("/releases"))
    assert heads == ["unknown", "unknown"]


@pytest.mark.parametrize("path", ["/pulls/99", "/nowhere", "/pulls/99999999999999999999", "/commits/xyz"])
async def test_what_is_not_there_is_a_page_that_says_so(house: House, path: str) -> None:
    assert "Not found" in await house.get(path, status=404)


async def test_what_is_not_there_is_json_where_json_was_asked_for(house: House) -> None:
    assert await house.json("/pulls/99.json", status=404) == {"error": "Nothing is known of that pull request."}


async def test_pages_cannot_be_written_to(house: House) -> None:
    async with house.session.post(f"{house.base}/pulls/3") as answer:
        assert answer.status == 405
        assert "Content-Security-Policy" in answer.headers


async def test_health_says_which_day_the_rules_go_by(house: House) -> None:
    assert await house.json("/healthz") == {"ok": True, "today": "2026-11-20"}


def test_a_recent_answer_is_asked_for_again_only_when_it_is_old() -> None:
    clock = [0.0]
    asked: list[float] = []
    recent: Recent[float] = Recent(10.0, lambda: clock[0])

    def ask() -> float:
        asked.append(clock[0])
        return clock[0]

    assert [recent.get("one", ask), recent.get("one", ask), recent.get("two", ask)] == [0.0, 0.0, 0.0]
    clock[0] = 10.0
    assert recent.get("one", ask) == 10.0
    assert asked == [0.0, 0.0, 10.0]


@pytest.mark.row("OP-1")
async def test_each_delivery_has_its_state_its_effects_and_its_calls_on_a_page_of_its_own(house: House) -> None:
    fill(house.engine)
    listed = await house.json("/deliveries.json")
    assert isinstance(listed, dict)
    assert {"guid-1", "guid-2"} <= {row["guid"] for row in listed["deliveries"]}
    assert "guid-1" in await house.get("/deliveries")
    found = await house.json("/deliveries/guid-1.json")
    assert isinstance(found, dict)
    assert [effect["kind"] for effect in found["delivery"]["effects"]]
    assert "/repos/rabbit/rabbit/issues/3/labels" in await house.get("/deliveries/guid-1")
    await house.json("/deliveries/nobody.json", status=404)


@pytest.mark.row("RL-5")
async def test_programs_ask_who_may_merge_what(house: House) -> None:
    found = await house.json("/permissions.json?branch=1.1&role=core&change=security")
    assert (found["allowed"], found["phase"]) == (False, "security")
    assert found["reason"] == "1.1 is in its security phase: only a release-manager may merge security changes there"
    whole = await house.json("/permissions.json")
    assert len(whole["permissions"]) == 4 * 4 * 3
    async with house.session.get(f"{house.base}/permissions.json?branch=1.1&role=king") as answer:
        assert answer.status == 400
        assert await answer.text() == "role is 'king': write one of triager, core, bot, release-manager"


@pytest.mark.row("RL-7")
async def test_documents_of_the_registry_are_served_with_their_types(house: House) -> None:
    for file, kind in (
        ("release-cycle.json", "application/json"),
        ("release-schedule.ics", "text/calendar"),
        ("branches.csv", "text/csv"),
    ):
        async with house.session.get(f"{house.base}/branches/{file}") as answer:
            assert (answer.status, answer.content_type) == (200, kind)
            assert await answer.text()
    async with house.session.get(f"{house.base}/branches/secrets.txt") as answer:
        assert answer.status == 404


@pytest.mark.row("RL-11")
async def test_the_form_makes_an_entry_that_a_release_can_gather(house: House) -> None:
    words = "section=library&issue=https://github.com/rabbit/rabbit/issues/12&text=Fix+a+leak+in+os.walk.&branch=fix-12"
    found = (await house.json(f"/news.json?{words}"))["entry"]
    assert found["path"].startswith("Misc/NEWS.d/next/Library/2026-11-20-00-00-00.gh-issue-12.")
    entry = parse_next(found["path"], found["text"], house.settings.news)
    assert (entry.section, entry.issue, entry.body) == ("Library", "12", "Fix a leak in os.walk.\n")
    assert found["command"] == "/news Library Fix a leak in os.walk."
    page = await house.get(f"/news?{words}")
    assert "/rabbit/rabbit/new/fix-12?filename=Misc/NEWS.d/next/Library/" in page


@pytest.mark.row("RL-11")
async def test_the_form_says_what_is_wrong_and_keeps_the_words(house: House) -> None:
    page = await house.get(f"/news?section=Library&issue=12&text=gh-12:+{NASTY}")
    assert "begin with words, not with" in page
    assert NASTY not in page
    assert "&lt;script&gt;" in page
    for words, problem in (
        ("section=Nowhere&issue=12&text=Fine.", "&#39;Nowhere&#39; is no section"),
        ("section=Library&issue=twelve&text=Fine.", "&#39;twelve&#39; is no issue"),
        ("section=Library&issue=12&text=Fine.&cve=CVE-2026-12345", "a CVE belongs to the section Security"),
    ):
        assert problem in await house.get(f"/news?{words}")
