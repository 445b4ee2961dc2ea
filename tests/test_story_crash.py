"""Kill the bots after the n-th effect, for every n of the first two chapters: the final world is the same.

The killed process is started again, as a supervisor would; only it is forked from a server that has imported the bots
already, which saves two seconds at every start. Compared are the labels, statuses, comments, pull requests
and trees that people see in the end; numbers, times and commit ids that differ from run to run are left out.
"""

from __future__ import annotations

import asyncio
import io
import os
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine, func, select

from console import demo
from console.service import ServiceError
from console.story import chapters
from console.story.chapters import Story
from console.story.ledger import Ledger, Probe
from console.up import House
from core import database, models
from core.store import EffectState
from tests.forked import start_service

pytestmark = pytest.mark.story

CRASH = "CAMELOT_CRASH_AFTER_EFFECTS"
SHA = re.compile(r"\b[0-9a-f]{7,40}\b")
PATIENCE = 6
Again = Callable[[int], str]
SAMPLE, SEED = 6, 20261126
LAST = 5  # so many effects at the end may be fewer in another run: two of them were made one
PORT = re.compile(r"127\.0\.0\.1:\d+")


class PatientLedger(Ledger):
    """What is promised takes longer when the bots die after every effect."""

    async def promise(self, claim: str, probe: Probe, within_s: float = 30.0) -> bool:
        return await super().promise(claim, probe, within_s * PATIENCE)


@asynccontextmanager
async def first_two_chapters(
    folder: Path, crash: str = "", again: Again | None = None
) -> AsyncIterator[tuple[list[str], Story]]:
    """Play them with the forge and the bots alone.

    With `crash` the bots die there and are started again, each time with the order to crash that `again` gives; it is
    told how many effects are marked as done by then.
    """
    async with demo.house(folder, os.environ, services=("forge", "bots"), start_service=start_service) as house:
        if crash:
            await house.restart("bots", env={CRASH: crash})
        crashes: list[str] = []
        healer = asyncio.ensure_future(_start_again(house, crashes, again or (lambda _done: "")))
        try:
            ledger = PatientLedger if again else Ledger
            async with demo.tell(house, ledger(Console(file=io.StringIO(), width=180))) as story:
                await chapters.ada_fixes_a_bug(story)
                await chapters.review_and_backport(story)
                yield crashes, story
        finally:
            healer.cancel()
            with suppress(asyncio.CancelledError):
                await healer


async def _start_again(house: House, crashes: list[str], again: Again) -> None:
    """A process that ended is started again, as a supervisor would."""
    engine = database.connect(house.settings.database_url.get_secret_value())
    try:
        while True:
            if "bots" not in house.pids():
                crashes.append("bots")
                with suppress(ServiceError):  # it died before it said that it was ready: its first effect was quicker
                    await house.restart("bots", env={CRASH: again(_effects(engine).get(EffectState.DONE, 0))})
            await asyncio.sleep(0.05)
    finally:
        engine.dispose()


async def _settled(story: Story, within_s: float = 60.0) -> None:
    """Until the bots have nothing left to do."""
    url = f"{story.settings.bots.address}/-/idle"
    async with asyncio.timeout(within_s):
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


def _effects(engine: Engine) -> dict[str, int]:
    """How many effects are in each state."""
    with database.reading(engine) as connection:
        rows = connection.execute(select(models.effects.c.state, func.count()).group_by(models.effects.c.state))
        return {state: count for state, count in rows.all()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """The final world when nobody kills anything, and how many effects led there."""

    async def told() -> tuple[dict[str, Any], int]:
        async with first_two_chapters(tmp_path_factory.mktemp("undisturbed")) as (_, story):
            await _settled(story)
            assert _broken(story) == []
            count = _effects(story.world.engine)
            assert set(count) == {EffectState.DONE}
            return await _final_world(story), count[EffectState.DONE]

    return asyncio.run(told())


class BeforeMarking:
    """A life of two effects: the one that the last life did not mark, done again, and one more.

    Several subjects may have such an effect each; where nothing was marked since, the next life may be longer by one.
    """

    first = "1"

    def __init__(self) -> None:
        self._done, self._lives = -1, 2

    def __call__(self, done: int) -> str:
        self._lives = self._lives + 1 if done == self._done else 2
        self._done = done
        return str(self._lives)


class AfterMarking:
    """A life ends when its first effect is marked; effects of other subjects that are under way are done again."""

    first = "1:after"

    def __call__(self, _done: int) -> str:
        return self.first


@pytest.mark.parametrize("kills", [BeforeMarking, AfterMarking])
async def test_killed_after_every_single_effect_the_bots_leave_the_same_world(
    tmp_path: Path, undisturbed: tuple[dict[str, Any], int], kills: type[BeforeMarking | AfterMarking]
) -> None:
    """One story in which no life of the bots carries out more than one new effect of a subject."""
    world, total = undisturbed
    async with first_two_chapters(tmp_path, kills.first, kills()) as (crashes, story):
        await _settled(story, 60.0 * PATIENCE)
        print(f"{total} effects, {len(crashes)} lives")
        assert _broken(story) == []
        assert _difference(world, await _final_world(story)) == ""
        assert len(crashes) >= total - LAST


async def test_killed_after_one_effect_the_bots_leave_the_same_world(
    tmp_path: Path, undisturbed: tuple[dict[str, Any], int]
) -> None:
    """One story for each moment, killed there alone: a seeded sample, or all of them (`make chaos`)."""
    expected, total = undisturbed
    moments = [(n, moment) for n in range(1, total + 1) for moment in ("", ":after")]
    chosen = moments if os.environ.get("CAMELOT_CRASHES") == "all" else _sample(moments)
    slots = asyncio.Semaphore(2)

    async def one(n: int, moment: str) -> str:
        async with slots, first_two_chapters(tmp_path / f"crash-{n}{moment}", f"{n}{moment}") as (crashes, story):
            await _settled(story)
            world, broken = await _final_world(story), _broken(story)
            if not crashes and n <= total - LAST:
                return f"{n}{moment}: the bots never crashed"
            if broken:
                return f"{n}{moment}: {broken}"
            return "" if world == expected else f"{n}{moment}: {_difference(expected, world)}"

    found = [found for found in await asyncio.gather(*(one(*moment) for moment in chosen)) if found]
    print(f"{len(chosen)} of {len(moments)} moments of the story's first two chapters: killed there, the same world")
    assert found == []


def _sample(moments: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return random.Random(SEED).sample(moments, SAMPLE)  # noqa: S311  # the same ones in every run


def _difference(expected: dict[str, Any], found: dict[str, Any]) -> str:
    parts = []
    for key in sorted(expected.keys() | found.keys()):
        if expected.get(key) != found.get(key):
            parts.append(f"{key}: expected {expected.get(key)}, found {found.get(key)}")
    return "; ".join(parts)
