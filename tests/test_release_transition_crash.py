"""A transition that is killed with `kill -9` before and after each step's effect ends as one that was not; undone too.

Two copies of one forge: in one everything goes through, in the other each step is killed, and then both are compared.
`make crash-release` kills at every step of every transition; a plain run does at a few steps of one of them.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from core import branches, database, settings
from core.models import transition_steps
from core.store import Store
from forge import github
from forge.github import GitHub
from forge.local.person import Person
from forge.local.process import Running
from release import keys, transition
from release.artifacts import sha256
from release.crashing import CRASH
from release.transition import TARGETS, Row
from release.turning import Turning
from tests.bots_world import REPOSITORY, environment, running_forge
from tests.release_house import PATCHLEVEL, README

TODAY, FREEZE = date(2026, 11, 20), date(2027, 5, 4)
WHY = "nobody looks after it any longer"
LIMIT_S = 300.0
ALL = bool(os.environ.get("CAMELOT_CRASHES"))
_CONTEXT: ForkServerContext = get_context("forkserver")


@dataclass(frozen=True)
class Case:
    """`few`: the steps at which a plain run kills."""

    version: str
    target: str
    day: date
    few: tuple[str, ...]

    def chosen(self, acted: list[str]) -> list[str]:
        """All steps that have something to do, in order, or the few."""
        return [step.id for step in TARGETS[self.target] if step.id in acted and (ALL or step.id in self.few)]


CASES = [
    Case("1.1", "end-of-life", TODAY, ("tag", "label", "notice")),
    Case("1.3", "new-branch", FREEZE, ()),
    Case("1.2", "security", TODAY, ()),
]


async def build(folder: Path) -> None:
    """A forge with main, 1.1 and 1.2, a pull request to 1.1 and an issue about it; then it stops."""
    folder.mkdir()
    shutil.copyfile(branches.registry_path("rabbit"), folder / "registry.toml")
    with running_forge(folder) as forge:
        core = Person(forge.url, "core-dev", "token-core-dev", "core-dev@example.org")
        for branch in ("main", "1.2", "1.1"):
            await core.push(
                REPOSITORY, branch, f"Work on {branch}", {"README.md": README, "Include/patchlevel.h": PATCHLEVEL}
            )
        await core.push(REPOSITORY, "fix", "A fix", {"fix.txt": "fixed\n"})
        issue = await core.open_issue(REPOSITORY, "1.1 leaks")
        await core.open_pull(REPOSITORY, "fix", "[1.1] gh-1: A fix", base="1.1")
        async with hub_of(environ(folder, forge)) as hub:
            for label in ("needs backport to 1.1", "1.1"):
                await hub.ensure_label(label, "e99695", "1.1 takes security fixes only")
                await hub.add_label(issue, label)
        keys.house_key(load(environ(folder, forge)))  # both copies sign with one key


def environ(folder: Path, forge: Running) -> dict[str, str]:
    return environment(folder / "data", forge) | {"CAMELOT_REGISTRY": str(folder / "registry.toml")}


def load(env: Mapping[str, str]) -> settings.Settings:
    return settings.load(env, overrides={"github": {"content_gap_s": 0.0}})  # the local forge minds no hurry


class hub_of:  # noqa: N801  # it reads as the function that it would be
    """A connection with a database of its own, for as long as the block lasts."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.settings = load(env)
        self.engine = database.connect(self.settings.database)
        self._hub = github.connect(self.settings.github, Store(self.engine))

    async def __aenter__(self) -> GitHub:
        return await self._hub.__aenter__()

    async def __aexit__(self, *what: Any) -> None:
        await self._hub.__aexit__(*what)
        self.engine.dispose()


async def turn(env: Mapping[str, str], case: Case, work: str) -> list[Row]:
    """`work` is apply, for good, or undo; the steps that are left."""
    there = hub_of(env)
    async with there as hub:
        turning = Turning(
            there.settings, there.engine, hub, case.version, case.target, case.day, "release-manager", WHY
        )
        if work == "undo":
            await transition.undo(turning, lambda row: None)
            return []
        return await transition.apply(turning, lambda row: None, for_good=work == "for good")


def turn_apart(env: Mapping[str, str], case: Case, work: str, crash: str) -> object:
    """In a process that dies at `crash`, if that is reached: the states that are left, or how it ended."""
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=_turn, args=(theirs, dict(env), case, work, crash))
    process.start()
    theirs.close()
    try:
        said: object = ours.recv() if ours.poll(LIMIT_S) else None
    except EOFError:
        said = None
    finally:
        ours.close()
        process.join(LIMIT_S)
    return process.exitcode if said is None else said


def _turn(told: Connection, env: Mapping[str, str], case: Case, work: str, crash: str) -> None:
    os.environ[CRASH] = crash
    told.send([row.id for row in asyncio.run(turn(env, case, work))])


_CONTEXT.set_forkserver_preload([__name__])


async def world(env: Mapping[str, str]) -> dict[str, Any]:
    """Everything that a transition may have touched; a second of anything shows."""
    there = hub_of(env)
    async with there as hub:
        issues = sorted(await hub.labelled("", "all"), key=lambda issue: issue["number"])
        found = {
            "branches": sorted(
                (row["name"], row["commit"]["sha"], bool(row.get("protected"))) for row in await hub.branches()
            ),
            "tags": {name: await hub.ref(f"tags/{name}") for name in ("1.1", "1.2", "1.3")},
            "labels": sorted((row["name"], row["color"], row["description"]) for row in await hub.labels()),
            "issues": [
                (issue["number"], issue["title"], issue["state"], issue["body"], sorted(_names(issue["labels"])))
                for issue in issues
            ],
            "said": [[row["body"] for row in await hub.comments(issue["number"])] for issue in issues],
        }
        with there.engine.begin() as connection:
            known = transition_steps.c
            rows = connection.execute(select(known.step, known.state, known.evidence).order_by(known.step)).all()
        data = there.settings.data
        files = [Path(env["CAMELOT_REGISTRY"]), *sorted((data / "branches").rglob("*.*"))]
        odd = [path.name for path in (data / "transitions").iterdir() if path.name.startswith("work")]
        return {
            **found,
            "rows": [tuple(row) for row in rows],
            "files": {path.name: sha256(path) for path in files if path.is_file()},
            "odd": odd,
        }


def _names(labels: list[dict[str, str]]) -> list[str]:
    return [label["name"] for label in labels]


async def killed_everywhere(env: Mapping[str, str], case: Case, work: str, steps: list[str]) -> object:
    """Killed before and after each of the steps, one process after the other; how the last one ended."""
    for step in steps:
        for moment in ("before", "after"):
            ended = await asyncio.to_thread(turn_apart, env, case, work, f"{step}:{moment}")
            assert ended == -signal.SIGKILL, (step, moment, ended)
    return await asyncio.to_thread(turn_apart, env, case, work, "")


@pytest.mark.row("RL-24", "RL-25")
@pytest.mark.parametrize("case", [case for case in CASES if ALL or case.few], ids=lambda case: case.target)
async def test_killed_before_and_after_every_effect_it_ends_as_if_nothing_had_happened(
    case: Case, tmp_path: Path
) -> None:
    await build(tmp_path / "quiet")
    shutil.copytree(tmp_path / "quiet", tmp_path / "killed")
    with ExitStack() as stack:
        quiet, killed = (
            environ(tmp_path / name, stack.enter_context(running_forge(tmp_path / name)))
            for name in ("quiet", "killed")
        )
        left = [row.id for row in await turn(quiet, case, "apply")]
        steps = case.chosen([row[0] for row in (await world(quiet))["rows"]])
        assert len(steps) >= 3, steps
        assert await killed_everywhere(killed, case, "apply", steps) == left
        assert await world(killed) == await world(quiet)
        await turn(quiet, case, "undo")
        back = [f"undo-{step}" for step in reversed(steps)]
        assert await killed_everywhere(killed, case, "undo", back) == []
        assert await world(killed) == await world(quiet)
        if case.target == "end-of-life":
            await turn(quiet, case, "for good")
            assert await killed_everywhere(killed, case, "for good", ["delete"]) == []
            after = await world(killed)
            assert after == await world(quiet)
            assert "1.1" not in [name for name, _, _ in after["branches"]]
