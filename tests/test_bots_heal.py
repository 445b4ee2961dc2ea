"""What was lost heals: dropped webhooks, deliveries that found nobody, heads that move; and how many calls it costs."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bots import reconcile
from bots.stage import PHRASE
from console.bench import bots as bench
from core import database, settings
from core.store import Store
from tests.bots_world import PATIENCE_S, REPOSITORY, Bots, World, environment, free_port, running_forge, world

CHECKS = {"camelot/news", "camelot/issue-number", "CLA Signing", "merge-guard"}
OFTEN = "[github]\nreconcile_s = 0.5\nsweep_s = 0.5\ncontent_gap_s = 0.0\n"


def often(folder: Path) -> str:
    """A settings file with short periods."""
    file = folder / "often.toml"
    file.write_text(OFTEN)
    return str(file)


def reads(there: World, mark: int) -> list[str]:
    """Our GETs at the forge since `mark`, without who is on which team (asked once in ten minutes)."""
    calls = there.forge.calls(mark)[1]
    mine = [call for call in calls if call["actor"] == "camelot[bot]" and call["method"] == "GET"]
    return [call["path"] for call in mine if "/teams/" not in call["path"]]


@pytest.mark.row("IN-9")
async def test_with_all_webhooks_dropped_every_pull_request_comes_right_and_nothing_new_costs_one_call(
    tmp_path: Path,
) -> None:
    with running_forge(tmp_path) as forge:  # the App's webhook has no address
        env = {**environment(tmp_path / "bots", forge), "CAMELOT_CONFIG": often(tmp_path)}
        chosen = settings.load(env)
        bots = Bots(env, free_port())
        there = World(forge, bots, chosen, Store(database.connect(chosen.database)))
        core = there.person("core-dev")
        await core.push(REPOSITORY, "main", "Begin", {"README.md": "Rabbit\n", "Lib/files.py": "begin\n"})
        await there.person("bob").open_issue(REPOSITORY, "Files stay open")
        bots.start()
        try:
            number = await there.open_pull()
            await _until(there, number, "awaiting review")
            while not set(await there.statuses(number)) >= CHECKS:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            await core.review(REPOSITORY, number, "APPROVE")
            await _until(there, number, "awaiting merge")
            quiet = await _quiet_rounds(there)
            assert {path.partition("?")[0].rpartition("/")[2] for path in quiet} == {"pulls"}
            await core.merge(REPOSITORY, number)
            await _until(there, number, "")
        finally:
            bots.end()
            there.store.close()


def test_what_changed_in_the_second_of_our_look_is_looked_at_once_more() -> None:
    young: set[tuple[int, str]] = set()
    listed, at = {7: "2026-11-20T10:00:00Z", 8: "2026-11-20T09:00:00Z"}, datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert reconcile.grown_up(listed, young, at) == set()
    assert reconcile.grown_up(listed, young, at + timedelta(seconds=1)) == set()
    assert reconcile.grown_up(listed, young, at + timedelta(seconds=4)) == {7}
    assert reconcile.grown_up(listed, young, at + timedelta(seconds=5)) == set()


async def _until(there: World, number: int, stage: str) -> None:
    deadline = time.monotonic() + 2 * PATIENCE_S
    wanted = {stage} if stage else set()
    while {label for label in await there.labels(number) if label.startswith("awaiting")} != wanted:
        assert time.monotonic() < deadline, there.bots.log.read_text()[-2000:]
        await asyncio.sleep(0.05)


async def _quiet_rounds(there: World) -> list[str]:
    """Our reads of two whole rounds after what we wrote ourselves has been seen once."""
    deadline = time.monotonic() + 2 * PATIENCE_S
    while time.monotonic() < deadline:
        mark, _ = there.forge.calls()
        while len(lists := [p for p in reads(there, mark) if p.partition("?")[0].endswith("/pulls")]) < 3:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        found = [path for path in reads(there, mark) if "/hook/" not in path]
        if len(found) == len(lists):
            return found
    raise AssertionError("it never came to rest")


@pytest.mark.row("IN-8")
async def test_what_found_nobody_at_home_and_what_the_inbox_does_not_know_is_asked_for_again(tmp_path: Path) -> None:
    async with world(tmp_path, CAMELOT_CONFIG=often(tmp_path)) as there:
        there.bots.end()
        number = await there.open_pull()
        await there.person("core-dev").label(REPOSITORY, number, "docs")
        there.bots.start()
        await _until(there, number, "awaiting review")
        await _known(there, "pull_request.opened", number)
        with there.store.engine.begin() as connection:  # somebody went back to yesterday's copy of the database
            for table in ("effects", "decisions", "api_calls", "deliveries"):
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608
        await _known(there, "pull_request.labeled", number)


async def _known(there: World, event: str, number: int) -> None:
    deadline = time.monotonic() + 2 * PATIENCE_S
    while event not in [row["event"] for row in there.store.history(f"pull:{number}")]:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


@pytest.mark.row("CL-8")
async def test_a_head_that_moves_during_the_check_gets_the_status_and_the_old_one_none(tmp_path: Path) -> None:
    async with world(tmp_path) as there:
        there.forge.fault("GET /repos/.*/pulls/[0-9]+/commits", "delay", seconds=3.0)
        number = await there.open_pull()
        old = (await there.person("ada").get(f"/repos/{REPOSITORY}/pulls/{number}"))["head"]["sha"]
        deadline = time.monotonic() + PATIENCE_S
        while not any(call["fault"] for call in there.forge.calls()[1]):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        await there.person("ada").push("ada/rabbit", "fix", "More", {"Lib/files.py": "more\n"})
        await there.settled()
        assert (await there.statuses(number))["CLA Signing"] == "failure"
        assert await there.person("core-dev").statuses(REPOSITORY, old) == {}


@pytest.mark.row("OP-1")
async def test_an_opened_pull_request_takes_six_reads_and_a_phrase_after_sixty_reviews_twelve_calls(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as there:
        await there.settled()
        await there.open_pull("bob", "warm")
        await there.settled()
        mark, _ = there.forge.calls()
        number = await there.open_pull()
        await there.settled()
        history = [row for row in there.store.history(f"pull:{number}") if row["event"] == "pull_request.opened"]
        calls = [(call["method"], call["path"]) for call in history[0]["calls"] if "/teams/" not in call["path"]]
        assert len([path for method, path in calls if method == "GET"]) <= 6, calls
        core = there.person("core-dev")
        for _ in range(12):
            for _ in range(5):
                await core.review(REPOSITORY, number, "REQUEST_CHANGES", "Please.")
            await there.settled()
        await there.person("ada").comment(REPOSITORY, number, PHRASE)
        await there.settled()
        said = [row for row in there.store.history(f"pull:{number}") if row["event"] == "issue_comment.created"]
        counts = [len(row["calls"]) for row in said if row["decisions"]]
        assert counts
        assert max(counts) <= 12, counts
        assert "awaiting change review" in await there.labels(number)
        assert reads(there, mark)


@pytest.mark.row("GH-9")
async def test_a_dry_run_decides_and_logs_and_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "dry.toml"
    file.write_text("[github]\ndry_run = true\n")
    async with world(tmp_path, CAMELOT_CONFIG=str(file)) as there:
        mark, _ = there.forge.calls()
        number = await there.open_pull()
        await there.settled()
        ours = [call for call in there.forge.calls(mark)[1] if call["actor"] == "camelot[bot]"]
        calls = [call for call in ours if "/app/" not in call["path"]]  # tokens and deliveries asked for again
        assert {call["method"] for call in calls} == {"GET"}
        effects = [effect for row in there.store.history(f"pull:{number}") for effect in row["effects"]]
        assert {"AddLabel", "SetStatus", "Comment"} <= {effect["kind"] for effect in effects}
        assert await there.labels(number) == set()
        assert "dry run effect" in there.bots.log.read_text()


@pytest.mark.row("IN-2")
async def test_no_answer_waits_for_github_however_slow_it_is(tmp_path: Path) -> None:
    """Reading the facts takes GitHub seconds here; how quick the answers are is measured in `make bench-bots`."""
    with bench.stand_in(tmp_path, 1.0) as api, bench.bots(tmp_path, api) as (url, _, where):
        times = await bench.Driver(url, "pull_request").run(1000, 50)
        assert len(times) == 1000
        assert max(times) < 3.0
        assert dict(Store(database.connect(where)).totals()["deliveries"]).get(("done",), 0) < 1000, "work is left"
