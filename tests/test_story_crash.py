"""Kill the bots after the n-th effect, for every n of the first two chapters: the final world is the same.

The killed process is started again, as a supervisor would. Compared are the labels, statuses, comments, pull requests
and trees that people see in the end; numbers, times and commit ids that differ from run to run are left out.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import func, select

from console import demo
from console.story import chapters
from console.story.chapters import Story
from console.story.ledger import Ledger
from console.up import House
from core import models
from core.store import EffectState

pytestmark = pytest.mark.story

CRASH = "CAMELOT_CRASH_AFTER_EFFECTS"
SHA = re.compile(r"\b[0-9a-f]{7,40}\b")
MOMENTS = ("", ":after")  # before and after the effect is marked done; one of them for each n, or both: make chaos
PORT = re.compile(r"127\.0\.0\.1:\d+")


@asynccontextmanager
async def first_two_chapters(folder: Path, crash: str = "") -> AsyncIterator[tuple[list[str], Story]]:
    """Play them with the forge and the bots alone; with `crash` the bots die there and are started again."""
    async with demo.house(folder, os.environ, services=("forge", "bots")) as house:
        if crash:
            await house.restart("bots", env={CRASH: crash})
        crashes: list[str] = []
        healer = asyncio.ensure_future(_start_again(house, crashes))
        try:
            async with demo.tell(house, Ledger(Console(file=io.StringIO(), width=180))) as story:
                await chapters.ada_fixes_a_bug(story)
                await chapters.review_and_backport(story)
                yield crashes, story
        finally:
            healer.cancel()
            with suppress(asyncio.CancelledError):
                await healer


async def _start_again(house: House, crashes: list[str]) -> None:
    """A process that ended is started again, without the order to crash."""
    while True:
        if "bots" not in house.pids():
            crashes.append("bots")
            await house.restart("bots", env={CRASH: ""})
        await asyncio.sleep(0.1)


async def _settled(story: Story) -> None:
    """Until the bots have nothing left to do."""
    url = f"{story.settings.bots.address}/-/idle"
    async with asyncio.timeout(60):
        while True:
            with suppress(OSError):
                async with story.world.session.get(url) as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.1)


async def _final_world(story: Story) -> dict[str, Any]:
    world = story.world
    found: dict[str, Any] = {}
    for pull in await world.pulls():
        statuses = await world.statuses(pull.head_sha)
        comments = [PORT.sub("ADDRESS", SHA.sub("SHA", body)) for body in await world.bot_comments(pull.number)]
        files = await world.get(f"/pulls/{pull.number}/files", per_page="100")
        found[f"#{pull.number}"] = {
            "title": pull.title,
            "state": (pull.state, pull.merged, pull.base),
            "labels": sorted(pull.labels),
            "statuses": statuses,
            "comments": comments,
            "files": [(file["filename"], file["status"], file.get("patch")) for file in files],
        }
    labels = await world.get("/labels", per_page="100")
    branches = await world.get("/branches", per_page="100")
    found["labels"] = sorted((label["name"], label["color"], label["description"]) for label in labels)
    found["branches"] = sorted(SHA.sub("SHA", branch["name"]) for branch in branches)
    return found


def _broken(story: Story) -> list[str]:
    return [f"{promise.claim}: {promise.evidence}" for promise in story.ledger.promises if not promise.kept]


def _effects(story: Story) -> dict[str, int]:
    with story.world.engine.begin() as connection:
        rows = connection.execute(select(models.effects.c.state, func.count()).group_by(models.effects.c.state))
        return {state: count for state, count in rows.all()}


async def test_killed_after_any_effect_the_bots_leave_the_same_world(tmp_path: Path) -> None:
    async with first_two_chapters(tmp_path / "undisturbed") as (_, story):
        await _settled(story)
        assert _broken(story) == []
        undisturbed, count = await _final_world(story), _effects(story)
    assert set(count) == {EffectState.DONE}
    total = count[EffectState.DONE]
    slots = asyncio.Semaphore(2)

    async def one(n: int, moment: str) -> str:
        async with slots, first_two_chapters(tmp_path / f"crash-{n}{moment}", f"{n}{moment}") as (crashes, story):
            await _settled(story)
            world, broken = await _final_world(story), _broken(story)
            if not crashes and n <= total - 5:
                return f"{n}{moment}: the bots never crashed"
            if broken:
                return f"{n}{moment}: {broken}"
            return "" if world == undisturbed else f"{n}{moment}: {_difference(undisturbed, world)}"

    both = os.environ.get("CAMELOT_CRASHES") == "all"
    runs = [one(n, moment) for n in range(1, total + 1) for moment in MOMENTS if both or moment == MOMENTS[n % 2]]
    assert [found for found in await asyncio.gather(*runs) if found] == []


def _difference(expected: dict[str, Any], found: dict[str, Any]) -> str:
    parts = []
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            parts.append(f"{key}: expected {expected.get(key)}, found {found.get(key)}")
    return "; ".join(parts)
