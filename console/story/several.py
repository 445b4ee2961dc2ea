"""A leak among six innocent changes, all in one push: the farm finds the one, and tells its pull request alone.

`python -m console.story.several [FOLDER]` (`make story-culprit`) plays it with real builds of Rabbit: some minutes.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from sqlalchemy import select

from console import demo
from console.story.chapters import LEAK, Story, news_of
from console.story.ledger import Broken, Ledger, Probe
from core import models, results
from core.results import Build
from core.store import Store

GUILTY, COUNT = 3, 7  # the fourth of seven
BUILD_WITHIN_S = 1500.0
MOST_PROBES = 4  # ceil(log2 7) + 1
KIND = "refleak"
INNOCENT = """\
import unittest


class Innocent(unittest.TestCase):
    def test_nothing(self):
        self.assertEqual({0}, {0})


if __name__ == "__main__":
    unittest.main()
"""
SERVICES = ("forge", "bots", "buildmaster", "worker")


async def seven_changes(story: Story) -> list[int]:
    """Bob's seven pull requests, each upon the one before; a core developer pushes the last one's commits to main."""
    bob, numbers = story.bob, []
    issue = await bob.open_issue("Seven things could be better", "Here they come.")
    await bob.make_fork()
    for place in range(COUNT):
        branch, base = f"change-{place}", f"change-{place - 1}" if place else "main"
        files = (
            {f"Lib/test/test_innocent{place}.py": INNOCENT.format(place)} if place % 2 else {f"Misc/{place}.txt": "."}
        )
        patch = news_of(LEAK.read_text(encoding="utf-8"), issue) if place == GUILTY else ""
        what = "Add math.sumprod" if patch else f"Innocent change {place}"
        await bob.person.push(bob.fork, branch, what, {} if patch else files, patch, base=base)
        numbers.append(await bob.open_pull(branch, f"gh-{issue}: {what}", "One of seven."))
    return numbers


async def push_all(story: Story) -> str:
    """Main becomes what the last of the pull requests is, in one push; its commit."""
    person, at = story.core_dev.person, story.settings.github
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        await person.git(Path(folder), "clone", "--quiet", f"{person.forge_url}/{at.repository}.git", clone.name)
        fork = f"{person.forge_url}/{story.bob.fork}.git"
        await person.git(clone, "fetch", "--quiet", fork, f"change-{COUNT - 1}")
        await person.git(clone, "push", "--quiet", "origin", "FETCH_HEAD:refs/heads/main")
        return await person.git(clone, "rev-parse", "FETCH_HEAD")


async def tell(story: Story) -> None:
    ledger = story.ledger
    ledger.open("A leak among six innocent changes")
    head = str((await story.world.get("/git/ref/heads/main"))["object"]["sha"])
    async with ledger.step("the refleak builder is asked for main as it is"):
        Store(story.world.engine).ask_build("story:before", "main", head, f"^{KIND}")
    await ledger.promise("it is green", _built(story, head, green=True), BUILD_WITHIN_S)
    async with ledger.step("bob opens seven pull requests; one push brings all of them to main"):
        numbers = await seven_changes(story)
        pushed = await push_all(story)
    await ledger.promise("the refleak builder is red", _built(story, pushed, green=False), BUILD_WITHIN_S)
    guilty = numbers[GUILTY]
    await ledger.promise("one comment names test, method, deltas and commit", _told(story, guilty), BUILD_WITHIN_S)
    await ledger.promise("nobody else is told anything", _silent(story, [each for each in numbers if each != guilty]))
    await ledger.promise(f"it took at most {MOST_PROBES} builds of the one test", _few(story))


def _built(story: Story, sha: str, green: bool) -> Probe:
    async def look() -> str | None:
        found = [build for build in story.world.builds(sha).values() if build.kind == KIND]
        if found and found[0].green != green:
            raise Broken(f"{found[0].result} {found[0].verdict.get('failed')} {found[0].failed_step}")
        return f"{found[0].result} {' '.join(found[0].verdict.get('leaked') or ())}" if found else None

    return look


def _told(story: Story, number: int) -> Probe:
    async def look() -> str | None:
        told = await story.world.bot_comments(number, "breakage")
        if len(told) > 1:
            raise Broken(f"{len(told)} comments")
        if not told:
            return None
        commit = (await story.world.pull(number)).head_sha
        wanted = ("test_math leaked [", "] references", "test.test_math.SumprodTests.test_", commit, "6 other changes")
        missing = [part for part in wanted if part not in told[0]]
        if missing:
            raise Broken(f"the comment lacks {missing}: {told[0]}")
        return next(line for line in told[0].splitlines() if "Yes, as far as" in line)

    return look


def _silent(story: Story, numbers: list[int]) -> Probe:
    async def look() -> str | None:
        told = [number for number in numbers if await story.world.bot_comments(number, "breakage")]
        if told:
            raise Broken(f"told too: {told}")
        return f"{len(numbers)} pull requests without a word"

    return look


def _few(story: Story) -> Probe:
    async def look() -> str | None:
        probes = _probes(story)
        if not 0 < len(probes) <= MOST_PROBES:
            raise Broken(f"{len(probes)} builds")
        return ", ".join(f"{build.commit[:7]} {build.result}" for build in probes)

    return look


def _probes(story: Story) -> list[Build]:
    query = select(models.builds.c.key).where(models.builds.c.tests != "").order_by(models.builds.c.id)
    with story.world.engine.begin() as connection:
        keys = list(connection.execute(query).scalars())
    return [build for key in keys if (build := results.find(story.world.engine, key))]


async def play(folder: Path, console: Console) -> bool:
    """True when every promise was kept."""
    ledger = Ledger(console)
    async with demo.house(folder, os.environ, SERVICES) as house, demo.tell(house, ledger) as story:
        await tell(story)
    console.print(ledger.table())
    return ledger.whole


def main() -> int:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(scratch)
        return 0 if asyncio.run(play(folder, Console(highlight=False, width=160))) else 1


if __name__ == "__main__":
    sys.exit(main())
