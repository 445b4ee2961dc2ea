"""Seven pull requests reach main in one push and one leaks: bots and forge, as real processes, end in one comment.

The farm is this test: it reads the requests that the bots make and records a build for each, as the master does.
"""

from __future__ import annotations

import signal
import tempfile
from dataclasses import replace
from pathlib import Path

from core import records, results
from core.results import Build, BuildRequest
from tests.backport_facts import LEAK, build, red
from tests.bots_world import REPOSITORY, World, world

COUNT, GUILTY = 7, 4
MOST_PROBES = 4  # ceil(log2 7) + 1
NAMED = {**LEAK, "cases": [{"id": "test.test_list.ListTest.test_pop", "outcome": "leak", "traceback": ""}]}


async def stacked(there: World) -> tuple[list[int], list[str]]:
    """Pull requests by ada, each upon the one before, and the commit of each."""
    ada, numbers, commits = there.person("ada"), [], []
    fork = await ada.fork(REPOSITORY)
    for place in range(COUNT):
        base = f"change-{place - 1}" if place else "main"
        commits.append(await ada.push(fork, f"change-{place}", f"Change {place}", {f"Lib/{place}.py": ""}, base=base))
        numbers.append(await ada.open_pull(REPOSITORY, f"ada:change-{place}", f"gh-1: Change {place} (#3)"))
    return numbers, commits


async def push_all(there: World) -> None:
    core = there.person("core-dev")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        await core.git(Path(folder), "clone", "--quiet", f"{core.forge_url}/{REPOSITORY}.git", clone.name)
        await core.git(clone, "fetch", "--quiet", f"{core.forge_url}/ada/rabbit.git", f"change-{COUNT - 1}")
        await core.git(clone, "push", "--quiet", "origin", "FETCH_HEAD:refs/heads/main")


class Farm:
    """Builds what is asked for, in no time: the test leaks from the guilty commit on. Each answer meets `kill -9`."""

    def __init__(self, there: World, commits: list[str]) -> None:
        self.there, self.commits = there, commits
        self.probes: list[Build] = []
        self.number = 10

    async def work(self) -> None:
        """Until nothing is asked for any more."""
        while requests := results.new_requests(self.there.store.engine):
            for request in requests:
                results.taken(self.there.store.engine, request.id)
                if request.pace != "quick":  # this farm has a builder that hunts leaks, and no other
                    await self.tell(self.build(request))

    def build(self, request: BuildRequest) -> Build:
        self.number += 1
        bad = request.commit in self.commits[GUILTY:]
        made = red(NAMED if request.tests else LEAK) if bad else build()
        made = replace(made, key=f"{made.builder}/{self.number}", number=self.number)
        made = replace(made, commit=request.commit, tests=request.tests, branch=request.branch)
        self.probes += [made] if request.tests else []
        return made

    async def tell(self, made: Build) -> None:
        assert results.record(self.there.store.engine, made, f"branch:refs/heads/{made.branch}")
        self.there.bots.end(signal.SIGKILL)
        self.there.bots.start()
        await self.there.settled()


async def test_one_comment_on_the_guilty_pull_request_and_none_elsewhere_though_the_bots_are_killed(
    tmp_path: Path,
) -> None:
    async with world(tmp_path) as there:
        engine = there.store.engine
        (before,) = await there.person("core-dev").get(f"/repos/{REPOSITORY}/commits?sha=main")
        results.record(engine, build(commit=before["sha"], number=1), "branch:refs/heads/main")
        numbers, commits = await stacked(there)
        await push_all(there)
        await there.settled()
        farm = Farm(there, commits)
        await farm.work()

        told = {number: await there.comments(number) for number in numbers}
        notices = {number: [body for body in bodies if "the farm found" in body] for number, bodies in told.items()}
        assert {number: len(found) for number, found in notices.items()} == {
            number: int(number == numbers[GUILTY]) for number in numbers
        }
        (body,) = notices[numbers[GUILTY]]
        for part in (
            "test_list leaked [3, 3, 3] references",
            "`test.test_list.ListTest.test_pop`",
            commits[GUILTY],
            "6 other changes",
            "(100%)",
        ):
            assert part in body, part
        assert 0 < len(farm.probes) <= MOST_PROBES
        assert {probe.tests for probe in farm.probes} == {"test_list"}
        (notice,) = records.open_notices(engine)
        assert (notice.number, notice.commit) == (numbers[GUILTY], commits[GUILTY])

        # a fix lands, the whole builder is green: the comment says so, and stays the only one
        farm.commits = []
        fixed = await there.person("core-dev").push(REPOSITORY, "main", "Mend it", {"Lib/mended.py": ""})
        await there.settled()
        await farm.work()
        assert records.open_notices(engine) == []
        (after,) = [body for body in await there.comments(numbers[GUILTY]) if "breakage" in body]
        assert "**Fixed.**" in after
        assert fixed in after
