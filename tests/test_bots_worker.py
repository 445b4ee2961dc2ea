"""The bots among real processes: a pull request's life, and what happens when calls fail or the process dies."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bots.crash import KILLED
from bots.stage import PHRASE
from core import models, records
from tests.bots_world import NEWS, PATIENCE_S, REPOSITORY, World, world

RED = {
    "camelot/news": "failure",
    "camelot/issue-number": "success",
    "CLA Signing": "failure",
    "merge-guard": "failure",
}
GREEN = dict.fromkeys(RED, "success")


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[World]:
    async with world(tmp_path) as made:
        yield made


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.row("NW-5")
async def test_a_newcomer_is_told_once_what_is_missing_and_mends_it(there: World) -> None:
    number = await there.open_pull()
    await there.settled()
    assert await there.labels(number) == {"awaiting review", "CLA not signed"}
    assert await there.statuses(number) == RED
    (told,) = await there.comments(number)
    assert "/cla" in told
    assert "NEWS.d" in told

    assert await there.sign("ada") == 200
    await there.person("ada").push("ada/rabbit", "fix", "Add news", {NEWS: "Files are closed.\n"})
    await there.settled()
    assert await there.labels(number) == {"awaiting review", "CLA signed"}
    assert await there.statuses(number) == GREEN
    (done,) = await there.comments(number)
    assert "Everything that we ask for is there" in done
    known = records.pull(there.store.engine, number)
    assert known is not None
    assert (known.stage, known.labels) == ("awaiting review", ("CLA signed", "awaiting review"))


async def test_reviews_move_the_stage_through_both_rounds(there: World) -> None:
    number, core, ada = await there.open_pull(), there.person("core-dev"), there.person("ada")
    stages = []
    for act in (
        lambda: core.review(REPOSITORY, number, "REQUEST_CHANGES", "Please say why."),
        lambda: ada.comment(REPOSITORY, number, f"> {PHRASE}\n\nWhat does that mean?"),
        lambda: ada.comment(REPOSITORY, number, f"Done. {PHRASE}"),
        lambda: core.review(REPOSITORY, number, "APPROVE"),
        lambda: ada.push("ada/rabbit", "fix", "More", {"Lib/files.py": "more\n"}),
        lambda: core.review(REPOSITORY, number, "APPROVE"),
        lambda: core.merge(REPOSITORY, number),
    ):
        await act()
        await there.settled()
        stages.append({label for label in await there.labels(number) if label.startswith("awaiting")})
    assert stages == [
        {"awaiting changes"},
        {"awaiting changes"},
        {"awaiting change review"},
        {"awaiting merge"},
        {"awaiting core review"},
        {"awaiting merge"},
        set(),
    ]
    known = records.pull(there.store.engine, number)
    assert known is not None
    assert known.state == "merged"
    assert records.pull_of_merge(there.store.engine, known.merge_sha) == known


@pytest.mark.row("GH-1", "GH-4", "GH-5")
@pytest.mark.parametrize("kind", ["502", "403-rate", "403-secondary", "drop-before", "drop-after"])
async def test_a_call_that_fails_is_made_again_and_leaves_one_of_everything(there: World, kind: str) -> None:
    for match in ("POST /repos/.*/comments$", "GET /repos/.*/issues/1$", "POST /repos/.*/labels$", "GET .*/members$"):
        there.forge.fault(match, kind, seconds=1.0)
    number = await there.open_pull()
    await there.settled()
    assert await there.labels(number) == {"awaiting review", "CLA not signed"}
    assert await there.statuses(number) == RED
    assert len(await there.comments(number)) == 1


@pytest.mark.row("GH-1")
async def test_no_call_is_made_before_the_time_that_a_limit_names(there: World) -> None:
    there.forge.fault("GET /repos/.*/pulls/[0-9]+$", "403-rate", seconds=3.0)
    mark, _ = there.forge.calls()
    number = await there.open_pull()
    await there.settled()
    _, calls = there.forge.calls(mark)
    (limited,) = (call for call in calls if call["fault"])
    after = [call["at"] for call in calls if call["id"] > limited["id"] and call["actor"] == "camelot[bot]"]
    assert min(after) - limited["at"] >= 2.0  # GitHub names whole seconds
    assert await there.statuses(number) == RED


@pytest.mark.row("IN-1")
async def test_a_process_killed_after_it_said_yes_does_everything_once_it_is_back(there: World) -> None:
    there.forge.fault("GET /repos/.*/pulls/[0-9]+$", "delay", seconds=3.0)
    number = await there.open_pull()
    await until(lambda: not there.store.idle())
    there.bots.end(signal.SIGKILL)
    there.bots.start()
    await there.settled()
    assert await there.statuses(number) == RED
    assert len(await there.comments(number)) == 1


@pytest.mark.row("IN-10")
async def test_a_delivery_that_comes_late_or_twice_changes_nothing(there: World) -> None:
    number = await there.open_pull()
    await there.person("core-dev").review(REPOSITORY, number, "APPROVE")
    await there.settled()
    before = await there.labels(number), await there.statuses(number), await there.comments(number)
    assert "awaiting merge" in before[0]
    draft = {"number": number, "draft": True, "labels": []}  # what it says of the pull request is long out of date
    for action, guid in (("closed", "late-1"), ("opened", "late-2"), ("opened", "late-2"), ("synchronize", "late-3")):
        payload = {"action": action, "pull_request": draft, "sender": {"login": "ada"}}
        assert await there.deliver("pull_request", payload, guid) == 202
    await there.settled()
    assert (await there.labels(number), await there.statuses(number), await there.comments(number)) == before
    assert [row["guid"] for row in there.store.history(f"pull:{number}")][-3:] == ["late-1", "late-2", "late-3"]


def effects(there: World) -> int:
    with there.store.engine.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(models.effects)).scalar_one())


@pytest.mark.parametrize("moment", ["", ":after"])
async def test_a_crash_after_any_effect_leaves_the_same_world(tmp_path: Path, moment: str) -> None:
    """One pull request makes some ten effects; the process dies after the first, the second ... until none is left."""
    async with world(tmp_path) as there:
        there.bots.end()
        number = 0
        for after in range(1, 30):
            there.bots.start(CAMELOT_CRASH_AFTER_EFFECTS=f"{after}{moment}")
            if not number:
                number = await there.open_pull()
                await until(lambda: there.bots.process is not None and there.bots.process.poll() is not None)
                assert there.bots.ended() == KILLED
            elif not await there.died():
                break
        assert await there.labels(number) == {"awaiting review", "CLA not signed"}
        assert await there.statuses(number) == RED
        assert len(await there.comments(number)) == 1
        assert effects(there) >= 7


async def test_an_event_of_another_repository_where_the_app_is_installed_moves_nothing_here(there: World) -> None:
    number = await there.open_pull()
    await there.settled()
    before = await there.labels(number)
    payload = {
        "action": "closed",
        "pull_request": {"number": number},
        "repository": {"full_name": "rabbit/elsewhere"},
        "sender": {"login": "bob"},
    }
    assert await there.deliver("pull_request", payload, "of-another-repository") == 202
    await there.settled()
    with there.store.engine.begin() as connection:
        chosen = select(models.deliveries.c.state).where(models.deliveries.c.guid == "of-another-repository")
        assert connection.execute(chosen).scalar_one() == "ignored"
    assert await there.labels(number) == before
