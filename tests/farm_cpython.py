"""CPython's own regrtest through the CPython profile: one pull request breaks three tests, and is told of these.

python -m tests.farm_cpython            (exit code 1 unless every verdict is right; logs stay in build/farm-cpython)

Forge, bots, master and worker are real processes; the tree stands in for CPython's, see cpython_tree.py. Bob's pull
request brings a test that fails, one that leaks in C, and one that leaves the environment changed, to a tree that has
one which passes only when it is run again. Every builder of the table builds the merge.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from core import outcomes, records, results
from core.results import Build
from core.settings import Teams
from tests import cpython_tree, debian, debug_python, rabbit_judges
from tests.bots_world import REPOSITORY, World, world
from tests.cpython_tree import DELTAS, KNOWN, Interpreters, Known
from tests.farm_rabbit import line
from tests.farm_world import ROOT, Farm
from tests.rabbit_build import without_outer_make

FOLDER = ROOT / "build" / "farm-cpython"
PLAIN_VERSION = "3.13"
LONGEST_S = 1800.0
LOOK_S = 1.0
ANSWERS = {True: "yes", False: "NO"}


class CpythonFarm(Farm):
    """A farm under the CPython profile; `more` goes over its environment, `lines` into its settings."""

    def __init__(
        self,
        folder: Path,
        make_tree: Callable[[Path, Path], str],
        more: Mapping[str, str],
        lines: str = "",
        workers: Sequence[str] = ("local",),
    ) -> None:
        self.more = dict(more)
        super().__init__(folder, make_tree, f"quiet_s = 0\nrefleak_quiet_s = 0\n{lines}", workers)  # no later push

    @property
    def environ(self) -> dict[str, str]:
        ours = {name: value for name, value in super().environ.items() if name != "CAMELOT_REGISTRY"}
        return without_outer_make({**ours, "CAMELOT_PROFILE": "cpython", **self.more})


def interpreters() -> Interpreters:
    """The two that the tree takes. Raises debian.Missing."""
    plain = rabbit_judges.load("hosts").cpython(PLAIN_VERSION)
    if not plain:
        raise debian.Missing(f"no CPython {PLAIN_VERSION} here: install one with pyenv")
    return Interpreters(str(plain), debug_python.path())


async def main() -> int:
    """0 when every builder's verdict, the status, the rows and the one comment are right."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        found = interpreters()
    except debian.Missing as why:
        print(f"not run: {why}")
        return 1
    print(f"release builds are {found.plain}, debug builds {found.debug}", flush=True)
    async with world(FOLDER, CAMELOT_PROFILE="cpython") as there:
        there.forge.seed({"organizations": [_organization(there.settings.teams)]})
        more = {name: value for name, value in there.bots.env.items() if "KEY" not in name and "SECRET" not in name}
        farm = CpythonFarm(FOLDER, lambda _bare, _folder: "", more)
        try:
            await farm.start()
            return 0 if await _play(there, farm, found) else 1
        finally:
            await farm.stop()
            farm.engine.dispose()


def _organization(teams: Teams) -> dict[str, Any]:
    """The profile's own teams, which it asks about."""
    members = {teams.core: ["core-dev", "release-manager"], teams.triage: ["triager"], teams.release_managers: []}
    return {"login": teams.organization, "teams": [{"slug": slug, "members": who} for slug, who in members.items()]}


async def _play(there: World, farm: CpythonFarm, found: Interpreters) -> bool:
    version = farm.settings.load_registry().live(farm.settings.day())[-1].version
    before = await _push_tree(there, cpython_tree.begins(found, version))
    print(f"{len(KNOWN)} builders build the tree as it was, {before[:10]}", flush=True)
    await _built(farm, before, len(KNOWN))
    bob = there.person("bob")
    fork = await bob.fork(REPOSITORY)
    await bob.push(fork, "three", "Break three tests", cpython_tree.added())
    number = await bob.open_pull(REPOSITORY, "bob:three", "gh-1: Break three tests")
    commit = await there.person("core-dev").merge(REPOSITORY, number)
    print(f"#{number} is merged as {commit[:10]}; {len(KNOWN)} builders build it", flush=True)
    builds = {build.builder.rpartition(" ")[0]: build for build in await _built(farm, commit, len(KNOWN))}
    await there.settled()
    rows = [row for name, known in KNOWN.items() for row in judged(farm, name, builds.get(name), known)]
    rows += await _told(there, number, commit, builds)
    for what, right in rows:
        print(f"{ANSWERS[right]:4} {what}")
    return all(right for _, right in rows)


async def _push_tree(there: World, files: Mapping[str, str]) -> str:
    """Main becomes the tree; its commit."""
    core = there.person("core-dev")
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        await core.git(Path(folder), "clone", "--quiet", f"{core.forge_url}/{REPOSITORY}.git", clone.name)
        cpython_tree.write(clone, files)
        await core.git(clone, "add", "--all")
        await core.git(clone, "commit", "--quiet", "-m", "A tree")
        await core.git(clone, "push", "--quiet", "origin", "HEAD:refs/heads/main")
        return await core.git(clone, "rev-parse", "HEAD")


async def _built(farm: Farm, commit: str, count: int) -> list[Build]:
    """The newest build of each builder, each told as it ends."""
    deadline, told = time.monotonic() + LONGEST_S, 0
    builds: list[Build] = []
    while len({build.builder for build in builds}) < count and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        builds = await asyncio.to_thread(results.of_commit, farm.engine, commit)
        for build in builds[told:]:
            print(line(build), flush=True)
        told = len(builds)
    return builds


def judged(farm: Farm, name: str, build: Build | None, known: Known) -> list[tuple[str, bool]]:
    """What is right of a build's verdict and rows, a sentence each."""
    if build is None:
        return [(f"{name}: built within {LONGEST_S / 60:.0f} minutes", False)]
    verdict = build.verdict
    said = {key: tuple(sorted(verdict[key])) for key in ("failed", "flaky", "env_changed")}
    wanted = {"failed": known.failed, "flaky": known.flaky, "env_changed": known.env_changed}
    leaks = {leak["resource"]: leak["deltas"] for file in verdict["files"] for leak in file["leaks"]}
    lost = {resource: deltas for resource, deltas in leaks.items() if resource != "memory blocks"}
    rows = outcomes.of_build(farm.engine, build.key)
    states = {row.test: row for row in rows if not row.case}
    wavered = {row.test for row in states.values() if row.wavered}
    bad = {row.test for row in states.values() if row.bad}
    right = wavered == set(known.flaky) and bad == {*known.failed, *known.env_changed}
    return [
        (f"{name}: {build.result} at {build.failed_step or 'no step'}", build.result == known.result),
        (f"{name}: {' '.join(f'{key}={list(value)}' for key, value in said.items())}", said == wanted),
        (f"{name}: leaks {leaks}", lost == (DELTAS if known.leaks else {})),
        (f"{name}: rows of {len(states)} files", right),
    ]


async def _told(there: World, number: int, commit: str, builds: Mapping[str, Build]) -> list[tuple[str, bool]]:
    """The one comment and the statuses."""
    told = [body for body in await there.comments(number) if "the farm found" in body]
    body = told[0] if told else ""
    parts = (
        "test_planted_environ changed the environment and did not put it back (os.environ was modified)",
        "test_planted_bad failed",
        "test_planted_leaks leaked [1, 1, 1] references",
        "test_planted_bad.Bad.test_sum",
        commit,
        "@bob",
    )
    statuses = await there.person("core-dev").statuses(REPOSITORY, commit)
    prefix = there.settings.contexts.build_prefix
    wanted = {f"{prefix}{build.builder}": KNOWN[name].result for name, build in builds.items()}
    right = len(wanted) == len(KNOWN) and {name: statuses.get(name) for name in wanted} == wanted
    open_now = {notice.key: notice.number for notice in records.open_notices(there.store.engine)}
    keys = [f"main test_planted_{what}" for what in ("bad failed", "environ env_changed", "leaks leaked")]
    return [
        (f"#{number}: one comment", len(told) == 1),
        *((f"#{number}: it says {part!r}", part in body) for part in parts),
        (f"#{number}: it says nothing of what wavers", bool(body) and "test_planted_wavers" not in body),
        (f"notices: {open_now}", [key for key, told_to in sorted(open_now.items()) if told_to == number] == keys),
        (f"{len(wanted)} statuses", right),
    ]


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(asyncio.run(main()))
