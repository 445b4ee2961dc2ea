"""`camelot demo`: start everything on one machine, play the story through public doors, show where to look."""

from __future__ import annotations

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import aiohttp
from rich.console import Console
from rich.table import Table

from console import preflight, seeds, service
from console.service import ServiceError, Starter
from console.story import chapters, release
from console.story.chapters import Story
from console.story.ledger import Ledger
from console.story.people import Player
from console.story.world import World
from console.up import SERVICES, House
from core import database
from forge.local.person import Person

STORY_DAY = date(2026, 11, 20)  # the registry of Rabbit has a branch in each phase on this day
FOLDER = Path("demo")  # inside the data folder
PEOPLE = ("ada", "bob", "core-dev")


class AlreadyPlaying(RuntimeError):
    """Another demo uses the same folder."""


def main(data: Path, once: bool) -> int:
    """Play the story in `data`/demo. 0 when every promise held; with `once` it ends there, else at Ctrl-C."""
    console = Console(highlight=False)
    problems = preflight.problems(data)
    for problem in problems:
        console.print(f"[red]✘[/red] {problem}")
    if problems:
        return 2
    return asyncio.run(_main(data / FOLDER, console, once))


async def _main(folder: Path, console: Console, once: bool) -> int:
    stop = _stop_on_signals()
    with fresh(folder):
        ledger = Ledger(console)
        ledger.open("Everything starts, as processes of their own on loopback")
        async with house(folder, os.environ, tell=lambda line: console.print(f"  {line}")) as home:
            story_ends = asyncio.ensure_future(play(home, ledger))
            await asyncio.wait({story_ends, asyncio.ensure_future(stop.wait())}, return_when=asyncio.FIRST_COMPLETED)
            if not story_ends.done():
                story_ends.cancel()
                console.print("\nStopped.")
                return 130
            story_ends.result()
            _show(console, ledger, home)
            if not once:
                console.print("\nEverything stays up. Press Ctrl-C to stop it.")
                await stop.wait()
    return 0 if ledger.whole else 1


def house(
    folder: Path,
    environ: Mapping[str, str],
    services: Sequence[str] = SERVICES,
    tell: Callable[[str], None] = lambda _line: None,
    start_service: Starter = service.start,
) -> House:
    """A house on the story's day, whose interpreter still has the bug that ada mends."""
    return House(folder, environ, STORY_DAY, "rabbit", before_the_fix, tell, services, start_service)


def before_the_fix(tree: Path) -> None:
    """Take ada's fix out of the interpreter's tree again, so that she has something to do."""
    alone = {**os.environ, "GIT_CEILING_DIRECTORIES": str(tree.parent)}  # not the checkout around it
    command = ["git", "apply", "--reverse", "--whitespace=nowarn", str(chapters.FIX)]
    done = subprocess.run(command, cwd=tree, env=alone, capture_output=True, text=True)
    if done.returncode:
        raise ServiceError(f"{chapters.FIX.name} does not fit the interpreter's tree: {done.stderr.strip()}")


def _stop_on_signals() -> asyncio.Event:
    """Set by Ctrl-C and by SIGTERM, so that both stop the services in order."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


async def play(house: House, ledger: Ledger) -> None:
    """All six chapters in a house that is up."""
    async with tell(house, ledger) as story:
        await chapters.ada_fixes_a_bug(story)
        await chapters.review_and_backport(story)
        await chapters.the_merge_is_built(story)
        await chapters.bob_leaks(story)
        await chapters.the_revert(story)
        await release.the_release(story, house)
        await release.time_moves(story, house)


class tell:  # noqa: N801  # reads as a verb where it is used
    """The story's people and its view of the world, for as long as it is told."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self.house, self.ledger = house, ledger
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Story:
        settings, secrets = self.house.settings, self.house.secrets
        self.session = aiohttp.ClientSession()
        world = World(settings, database.connect(settings.database), self.session, secrets["core-dev"])
        ada, bob, core_dev = (self._player(login) for login in PEOPLE)
        return Story(self.ledger, world, ada, bob, core_dev)

    def _player(self, login: str) -> Player:
        address, token = self.house.addresses.forge, self.house.secrets[login]
        person = Person(address, login, token, email=seeds.email_of(login))
        return Player(person, self.house.settings.github.repository)

    async def __aexit__(self, *_error: object) -> None:
        if self.session:
            await self.session.close()


@contextmanager
def fresh(folder: Path) -> Iterator[None]:
    """An empty folder that is ours alone. Raises AlreadyPlaying when another demo holds it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{folder}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyPlaying(f"another demo runs in {folder}: stop it first, or choose another folder") from None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        yield


def _show(console: Console, ledger: Ledger, house: House) -> None:
    console.print()
    console.print(ledger.table())
    minutes, seconds = divmod(int(time.monotonic() - ledger.started), 60)
    console.print(f"The story took {minutes} min {seconds} s.\n")
    at = house.addresses
    table = Table(title="Where to look", title_justify="left", show_header=False)
    rows = (
        ("pull requests, comments, labels, git", at.forge, "the local forge"),
        ("branches, stages, builders, releases", at.console, "the console"),
        ("builds and their logs", at.farm, "Buildbot"),
        ("the contributor agreement", f"{at.bots}/cla", "the bots"),
        ("the published release", str(house.settings.downloads), "a folder"),
    )
    for row in rows:
        table.add_row(*row)
    console.print(table)
