"""A fork's pull request on a real farm: forge, bots, master and worker as processes, from the label to the status."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import models, results
from tests.bots_world import REPOSITORY, World, world
from tests.farm_world import CONFIGURE, GOOD, LEAKS, MAKEFILE, Farm, until

HAMMER, LEAK_HAMMER = ":hammer: test-with-buildbots", ":hammer: test-with-refleak-buildbots"


class ForgesFarm(Farm):
    """A farm that builds the forge's repository and shares the bots' database."""

    def __init__(self, folder: Path, there: World) -> None:
        self.there = there
        folder.mkdir()
        super().__init__(folder, lambda _bare, _folder: "")

    @property
    def environ(self) -> dict[str, str]:
        ours = ("CAMELOT_DATA", "GITHUB_API_URL", "GITHUB_WEB_URL", "GITHUB_GIT_URL", "GITHUB_REPOSITORY")
        return {**super().environ, **{name: self.there.bots.env[name] for name in ours}}


async def push_tree(there: World, folder: Path) -> None:
    """A tree that configures, builds and tests in no time, on main."""
    core = there.person("core-dev")
    with tempfile.TemporaryDirectory() as place:
        clone = Path(place) / "clone"
        await core.git(Path(place), "clone", "--quiet", f"{core.forge_url}/{REPOSITORY}.git", clone.name)
        logs = {"tests.log": GOOD, "leaks.log": LEAKS, "code": "0\n"}
        for name, text in {"configure": CONFIGURE, "Makefile.in": MAKEFILE.format(folder=folder), **logs}.items():
            (clone / name).write_text(text, encoding="utf-8")
        (clone / "configure").chmod(0o755)
        await core.git(clone, "add", ".")
        await core.git(clone, "commit", "--quiet", "--message", "A tree")
        await core.git(clone, "push", "--quiet", "origin", "HEAD:main")


@asynccontextmanager
async def everything(folder: Path) -> AsyncIterator[tuple[World, ForgesFarm]]:
    async with world(folder / "world") as there:
        farm = ForgesFarm(folder / "farm", there)
        try:
            await push_tree(there, farm.folder)
            await there.settled()
            with farm.engine.begin() as connection:  # the push itself is another test's story
                connection.execute(models.build_requests.delete())
            await farm.start()
            yield there, farm
        finally:
            await farm.stop()
            farm.engine.dispose()


def requests(farm: Farm) -> dict[str, str]:
    """The state of each request, by its commit."""
    with farm.engine.begin() as connection:
        return {row.commit: row.state for row in connection.execute(select(models.build_requests))}


def in_farm(farm: Farm) -> list[dict[str, Any]]:
    return list(farm.get("buildrequests")["buildrequests"])


async def told(there: World, number: int, words: str) -> str:
    """The one comment of the bots that says so."""
    (found,) = [body for body in await there.comments(number) if words in body]
    return found


@pytest.mark.row("A4", "B9", "A5")
async def test_a_forks_pull_request_is_built_for_the_commit_that_was_asked_for_and_called_off_by_the_next(
    tmp_path: Path,
) -> None:
    async with everything(tmp_path) as (there, farm):
        ada, core, triager = (there.person(login) for login in ("ada", "core-dev", "triager"))
        fork = await ada.fork(REPOSITORY)
        first = await ada.push(fork, "fix", "Close the file", {"Lib/files.py": "closed\n"})
        number = await ada.open_pull(REPOSITORY, "ada:fix", "gh-1: Close the file")
        await there.settled()
        assert in_farm(farm) == [], "nobody with rights has asked"

        await triager.label(REPOSITORY, number, HAMMER)
        await ada.comment(REPOSITORY, number, "!buildbot debug")
        await there.settled()
        assert "`triager` is not among them" in await told(there, number, "The label is off again")
        assert "`ada` is not among them" in await told(there, number, "Builders are chosen")
        assert HAMMER not in await there.labels(number) and in_farm(farm) == []

        # two builders, one worker: the first build waits in its tests, the second in the queue, when ada pushes again
        farm.gate.touch()
        await core.comment(REPOSITORY, number, "!buildbot ^(debug|release) ")
        await there.settled()
        answer = await told(there, number, "2 builders take it")
        assert "- `debug 1.3`" in answer and "- `release 1.3`" in answer and first in answer
        await until(farm.testing.exists)
        second = await ada.push(fork, "fix", "Close it better", {"Lib/files.py": "closed!\n"})
        await there.settled()
        await until(lambda: requests(farm).get(first) == "dropped")
        assert [(each["complete"], each["results"]) for each in in_farm(farm)] == [(True, 6)] * 2  # cancelled
        farm.gate.unlink()

        await core.label(REPOSITORY, number, LEAK_HAMMER)
        await until(lambda: len(results.of_commit(farm.engine, second)) == 1)
        (build,) = results.of_commit(farm.engine, second)
        about = (build.builder, build.branch, build.result, build.failed_step)
        assert about == ("refleak 1.3", f"refs/pull/{number}/merge", "failure", "test")
        await there.settled()
        statuses = await there.statuses(number)
        assert statuses["buildbot/refleak 1.3"] == "failure"
        assert LEAK_HAMMER not in await there.labels(number)
        assert "1 builder takes it" in await told(there, number, second)
        assert results.history(farm.engine, "refleak 1.3", "main") == [], "it says nothing of main"
        assert not [body for body in await there.comments(number) if "the farm found" in body], "it accuses nobody"
        _nothing_of_ours(farm, there)


def _nothing_of_ours(farm: ForgesFarm, there: World) -> None:
    """What a fork's tests see of the environment holds no secret of ours, and they run in a folder of their own."""
    seen = (farm.folder / "environ").read_text(encoding="utf-8")
    secrets = [there.bots.env[name] for name in ("GITHUB_WEBHOOK_SECRET", "GITHUB_CLIENT_SECRET")]
    assert "/proposed" in seen
    assert not [value for value in (*secrets, "PRIVATE KEY", "WORKER_PASSWORD") if value in seen]
