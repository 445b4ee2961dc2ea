"""A story's world in which one thing goes wrong.

A world is made once and then copied for each telling; its processes are forked from a server that has imported them
already (`multiprocessing`'s forkserver). Both only save time: what runs is the real forge and the real bots.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from core import database, settings
from core.store import Store
from tests.bots_world import REPOSITORY, World, environment, free_port, seed
from tests.doors import DELIVERIES, FAULTS, KILLS, ORDERS, UNDISTURBED, Delivery, Doors, Wrong, doors
from tests.forked import ForkedBots, forked_forge
from tests.stories import Story, final

PATIENCE_S = 90.0
SWEEP = "[github]\nsweep_s = 0.5\n"  # what a killed process missed is asked for again at once, for the story's sake
BRANCHES = ("1.0", "1.1", "1.2")


@dataclass
class Disturbed(World):
    """A world whose quiet includes the doors'."""

    doors: Doors

    async def settled(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        async with aiohttp.ClientSession() as session:
            while time.monotonic() < deadline:
                with suppress(aiohttp.ClientError):
                    if await self._all_quiet(session) and await self._all_quiet(session):
                        return
                await asyncio.sleep(0.05)
        raise AssertionError(f"not settled after {PATIENCE_S:.0f} s: {self.bots.log.read_text()[-3000:]}")

    async def _all_quiet(self, session: aiohttp.ClientSession) -> bool:
        return self.doors.quiet and await self._quiet(session) and self.doors.quiet

    async def sign(self, login: str, what: str = "sign") -> int:
        """A person whose click met a process that was being started again, or an outage, clicks once more."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with suppress(aiohttp.ClientError):
                if (status := await super().sign(login, what)) == HTTPStatus.OK:
                    return status
            await asyncio.sleep(0.1)
        raise AssertionError(f"nobody could sign for {PATIENCE_S:.0f} s: {self.bots.log.read_text()[-3000:]}")


@dataclass(frozen=True)
class Beginning:
    """A world in a folder, at rest, and the last delivery that the bots had: the bystander's."""

    folder: Path
    bystander: Delivery


async def beginning(folder: Path) -> Beginning:
    """Main, three maintenance branches, an issue, and Bob's pull request, which has nothing to do with any story."""
    folder.mkdir(parents=True)
    async with disturbed(folder, UNDISTURBED) as there:
        core = there.person("core-dev")
        await core.push(REPOSITORY, "main", "Begin", {"README.md": "Rabbit\n", "Lib/files.py": "begin\n"})
        for branch in BRANCHES:
            await core.push(REPOSITORY, branch, f"Begin {branch}", {"VERSION": f"{branch}\n"})
        await there.person("bob").open_issue(REPOSITORY, "Files stay open")
        await there.open_pull("bob", "elsewhere", "gh-1: Something else")
        await there.settled()
        assert there.doors.bystander
        return Beginning(folder, there.doors.bystander)


@asynccontextmanager
async def disturbed(folder: Path, wrong: Wrong) -> AsyncIterator[Disturbed]:
    """Forge, doors and bots over what `folder` holds already."""
    with forked_forge(folder / "forge") as forge:
        async with doors(forge.url, wrong) as between:
            folder.joinpath("camelot.toml").write_text(SWEEP, encoding="utf-8")
            env = environment(folder / "bots", forge) | {"CAMELOT_CONFIG": str(folder / "camelot.toml")}
            env |= {"GITHUB_API_URL": f"{between.api_url}/api/v3", "GITHUB_GIT_URL": between.api_url}
            bots, chosen = ForkedBots(env, free_port()), settings.load(env)
            there = Disturbed(forge, bots, chosen, Store(database.connect(chosen.database)), between)
            try:
                await asyncio.to_thread(bots.start)
                between.bots_url, between.kill = bots.url, partial(asyncio.to_thread, _kill, bots)
                forge.seed(seed(f"{between.hook_url}/github/webhook"))
                yield there
            finally:
                await asyncio.to_thread(bots.end)
                there.store.engine.dispose()


def _kill(bots: ForkedBots) -> None:
    bots.end(signal.SIGKILL)
    bots.start()


@dataclass(frozen=True)
class Outcome:
    """`calls`: to the forge's API and git during the story. `happened`: whether the wrong came to pass."""

    world: dict[str, Any]
    calls: int
    happened: bool


async def tell(begun: Beginning, folder: Path, story: Story, wrong: Wrong = UNDISTURBED) -> Outcome:
    """Tell a story in a copy of the beginning."""
    await asyncio.to_thread(shutil.copytree, begun.folder, folder)
    async with disturbed(folder, wrong) as there:
        there.doors.bystander = begun.bystander
        await there.settled()
        there.doors.armed = True
        await story(there)
        await there.settled()
        there.doors.armed = False
        outcome = Outcome(await final(there), there.doors.calls, there.doors.happened)
    shutil.rmtree(folder)
    return outcome


def everything(calls: int) -> list[Wrong]:
    """All that may go wrong in a story of so many calls: each delivery doubled, another's between, every order, and at
    every call a fault and a kill. The kinds of fault and the moments of the kill take turns along the calls."""
    found = [Wrong(kind) for kind in DELIVERIES]
    found += [Wrong("order", at) for at in range(1, len(ORDERS) + 1)]
    for at in range(1, calls + 1):
        found += [Wrong(FAULTS[at % len(FAULTS)], at), Wrong(KILLS[at % len(KILLS)], at)]
    return found


def sample(calls: int, seed_text: str) -> list[Wrong]:
    """One of each class, the same ones for the same text."""
    chance = random.Random(seed_text)  # noqa: S311  (nothing secret: it chooses what to test)
    return [
        Wrong(chance.choice(DELIVERIES)),
        Wrong("order", chance.randint(1, len(ORDERS))),
        Wrong(chance.choice(FAULTS), chance.randint(1, calls)),
        Wrong(chance.choice(KILLS), chance.randint(1, calls)),
    ]
