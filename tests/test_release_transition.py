"""A branch passes into its next phase at a real forge: step by step, resumed anywhere, undone until the last step."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import Engine

from buildmaster import config, inventory
from console import deriving
from core import branches, database, reminders, results, settings
from core.branches import Status
from core.results import Builder
from core.settings import Settings
from core.store import Store
from forge import github
from forge.github import GitHub
from forge.local.person import Person
from release import derive, transition
from release.transition import Row
from release.turning import Journal, Turning, alone
from tests.bots_world import REPOSITORY, environment, running_forge
from tests.release_house import PATCHLEVEL, README

TODAY, AFTER, FREEZE = date(2026, 11, 20), date(2026, 12, 15), date(2027, 5, 4)
LABEL = "needs backport to 1.1"
PRODUCT = {"README.md": README, "Include/patchlevel.h": PATCHLEVEL}


@dataclass
class World:
    """A forge with main, 1.1 and 1.2, a pull request to 1.1, an issue about it, and our own registry and database."""

    core: Person
    hub: GitHub
    settings: Settings
    engine: Engine
    pull: int
    issue: int
    environ: dict[str, str]

    async def camelot(self, *words: str) -> subprocess.CompletedProcess[str]:
        """The command as a person runs it, with the same settings."""
        env = {**os.environ, **self.environ, "COLUMNS": "160"}
        command = [sys.executable, "-m", "console", *words]
        return await asyncio.to_thread(
            subprocess.run, command, env=env, capture_output=True, text=True, check=False, timeout=120
        )

    def turning(self, version: str, target: str, day: date, reason: str = "") -> Turning:
        return Turning(self.settings, self.engine, self.hub, version, target, day, "release-manager", reason)

    async def said(self, number: int) -> str:
        return "\n".join(comment["body"] for comment in await self.hub.comments(number))

    async def labels(self) -> set[str]:
        return {label["name"] for label in await self.hub.labels()}

    async def refs(self) -> dict[str, str]:
        return {row["name"]: row["commit"]["sha"] for row in await self.hub.branches()}

    def farm_follows(self, day: date) -> None:
        """As the master does by itself: exactly the builders of the branches that live, where a worker can run them."""
        able = inventory.load(self.settings.farm.inventory)
        live = config.live_rows(self.settings.model_copy(update={"today": day}))
        rows = [row for row in live if row.workers(able)]
        told = [Builder(r.name, r.kind.kind, r.kind.tier, r.kind.stable, r.branch, r.version, "") for r in rows]
        results.set_builders(self.engine, told)


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    own = tmp_path / "registry.toml"
    own.write_bytes(branches.registry_path("rabbit").read_bytes())
    with running_forge(tmp_path / "forge") as forge:
        core = Person(forge.url, "core-dev", "token-core-dev", "core-dev@example.org")
        for branch in ("main", "1.2", "1.1"):
            await core.push(REPOSITORY, branch, f"Work on {branch}", PRODUCT)
        await core.push(REPOSITORY, "fix", "A fix", {"fix.txt": "fixed\n"})
        issue = await core.open_issue(REPOSITORY, "1.1 leaks")
        pull = await core.open_pull(REPOSITORY, "fix", "[1.1] gh-1: A fix", base="1.1")
        github_settings = {"content_gap_s": 0.0}  # the local forge minds no hurry
        environ = environment(tmp_path / "bots", forge) | {"CAMELOT_REGISTRY": str(own)}
        given = settings.load(environ, overrides={"github": github_settings})
        engine = database.connect(given.database)
        try:
            async with github.connect(given.github, Store(engine)) as hub:
                for number, label in ((issue, LABEL), (issue, "1.1")):
                    await hub.ensure_label(label, "e99695", "1.1 takes security fixes only")
                    await hub.add_label(number, label)
                yield World(core, hub, given, engine, pull, issue, environ)
        finally:
            engine.dispose()


class Killed(Exception):
    """We end here."""


def ends_after(count: int, seen: list[Row]) -> transition.Report:
    """A report that ends everything when it hears of the step after those that were seen so often."""

    def report(row: Row) -> None:
        seen.append(row)
        if len(seen) > count:
            raise Killed

    return report


def ignore(_: Row) -> None:
    """Nobody listens."""


@pytest.mark.row("RL-24")
async def test_an_end_of_life_is_resumed_after_every_step_and_leaves_no_drift(world: World) -> None:
    turning = world.turning("1.1", "end-of-life", AFTER)
    head = (await world.refs())["1.1"]
    world.farm_follows(AFTER)
    for count in range(len(transition.TARGETS["end-of-life"])):
        with pytest.raises(Killed):
            await transition.apply(turning, ends_after(count, []), for_good=True)
    assert await transition.apply(turning, ignore, for_good=True) == []
    assert {row.state for row in await transition.plan(turning)} == {"done"}
    assert "1.1" not in await world.refs()
    assert LABEL not in await world.labels()
    tag = await world.hub.ref("tags/1.1")
    assert tag not in ("", head), "an object of its own, with words and signature"
    for number in (world.pull, world.issue):
        said = await world.said(number)
        assert said.count("Rabbit 1.1 has reached its end of life on 2026-12-15") == 1
    notices = [issue for issue in await world.hub.labelled("", "all") if "end of life" in issue["title"]]
    assert len(notices) == 1
    place = deriving.Place(world.settings.data / "branches" / "rabbit")
    seen = await deriving_look(world, AFTER, place)
    await deriving_apply(world, seen, place)
    left = derive.drift((again := await deriving_look(world, AFTER, place)).wanted, again.world, again.registry, AFTER)
    assert left == []
    with pytest.raises(transition.TransitionError, match=r"1\.1 is deleted.*on 2026-12-15: that cannot be undone"):
        await transition.undo(turning, ignore)
    assert LABEL not in await world.labels(), "nothing of it"


async def deriving_look(world: World, day: date, place: deriving.Place) -> deriving.Seen:
    return await asyncio.to_thread(deriving.look, world.settings, world.engine, day, place)


async def deriving_apply(world: World, seen: deriving.Seen, place: deriving.Place) -> None:
    await asyncio.to_thread(deriving.carry_out, world.settings, world.engine, seen, place)


@pytest.mark.row("RL-24")
async def test_what_cannot_be_undone_waits_for_its_own_word_and_all_else_is_undone(world: World) -> None:
    early = world.turning("1.1", "end-of-life", TODAY)
    refs, labels = await world.refs(), await world.labels()
    registry = branches.load(early.registry_file)
    with pytest.raises(
        transition.TransitionError, match=r"1\.1 becomes end-of-life on 2026-12-15, today is 2026-11-20"
    ):
        await transition.apply(early, ignore)
    assert await world.hub.ref("tags/1.1") == ""
    turning = replace(early, reason="nobody looks after it any longer")
    left = await transition.apply(turning, ignore)
    assert [(row.id, row.state) for row in left] == [("delete", "for good")]
    assert await world.refs() == refs
    assert turning.branch.status(TODAY) is Status.END_OF_LIFE
    assert "nobody looks after it any longer (release-manager)" in turning.registry_file.read_text(encoding="utf-8")
    assert LABEL not in await world.labels()
    undone: list[Row] = []
    await transition.undo(turning, undone.append)
    assert [row.id for row in undone] == ["notice", "documents", "label", "people", "tag", "status"]
    assert (await world.refs(), await world.labels()) == (refs, labels)
    assert branches.load(turning.registry_file) == registry
    assert await world.hub.ref("tags/1.1") == ""
    bears = {issue["number"] for issue in await world.hub.labelled(LABEL)}
    assert bears == {world.issue}, "who bore the label bears it again"
    assert "Taken back on 2026-11-20" in await world.said(world.pull)
    with alone(turning), pytest.raises(transition.TransitionError, match=r"somebody else is bringing 1\.1 into"):
        await transition.apply(turning, ignore)
    await transition.apply(turning, ignore)
    journal = Journal(turning)
    for step in journal.read():  # as after a kill behind each effect: begun, done, and not written down as done
        journal.note(step, "begun", journal.read()[step]["evidence"])
    await transition.apply(turning, ignore)
    assert {row["state"] for row in journal.read().values()} == {"done"}
    assert (await world.said(world.pull)).count("has reached its end of life") == 1
    # but now somebody works on it before it is deleted
    await world.core.push(REPOSITORY, "1.1", "One more", {"more.txt": "more\n"})
    with pytest.raises(transition.TransitionError, match=r"tag 1\.1 is at .*: a tag is never moved"):
        await transition.apply(turning, ignore, for_good=True)
    assert "1.1" in await world.refs()


@pytest.mark.row("RL-24", "RL-25")
async def test_a_branch_takes_security_fixes_only_and_takes_all_again_and_another_is_born(world: World) -> None:
    turning = world.turning("1.2", "security", TODAY, "a new branch came early")
    assert await transition.apply(turning, ignore) == []
    label = next(row for row in await world.hub.labels() if row["name"] == "needs backport to 1.2")
    assert label["description"] == "1.2 takes security fixes only"
    assert turning.branch.status(TODAY) is Status.SECURITY
    shown = await world.camelot("transition", "1.2", "security", "--json")
    assert {row["state"] for row in json.loads(shown.stdout)} == {"done"}, shown.stderr
    again = await world.camelot("transition", "1.2", "security", "--apply")
    assert (again.returncode, again.stdout.count("done ")) == (0, 7), again.stderr
    banners = json.loads((world.settings.data / "branches/rabbit/banners.json").read_text(encoding="utf-8"))
    assert banners["1.2"] == "This documents an old version of Rabbit, which takes security fixes only."
    await transition.undo(turning, ignore)
    assert turning.branch.status(TODAY) is Status.BUGFIX
    banners = json.loads((world.settings.data / "branches/rabbit/banners.json").read_text(encoding="utf-8"))
    assert banners["1.2"] == ""
    await is_born_and_taken_back(world)


async def is_born_and_taken_back(world: World) -> None:
    """A branch is born with all that belongs to it; one that somebody has worked on since is not taken back."""
    turning = world.turning("1.3", "new-branch", FREEZE)
    registry, refs = branches.load(turning.registry_file), await world.refs()
    for count in range(len(transition.TARGETS["new-branch"])):
        with pytest.raises(Killed):
            await transition.apply(turning, ends_after(count, []))
    assert await transition.apply(turning, ignore) == []
    after = await world.refs()
    assert after["1.3"] == refs["main"]
    born = turning.registry.find("1.4")
    assert born is not None
    assert (born.status(FREEZE), born.ref(FREEZE)) == (Status.FEATURE, "main")
    assert (born.first_release, len(born.releases)) == (date(2028, 10, 3), 14)
    assert born.end_of_life - born.first_release == date(2028, 12, 12) - date(2027, 10, 5), "as long as 1.3"
    main = await world.hub.contents("Include/patchlevel.h", "main")
    assert '"1.4.0a0"' in main
    assert "needs backport to 1.3" in await world.labels()
    await transition.undo(turning, ignore)
    assert branches.load(turning.registry_file) == registry
    assert "1.3" not in await world.refs()
    assert "needs backport to 1.3" not in await world.labels()
    assert await world.hub.contents("Include/patchlevel.h", "main") == PATCHLEVEL
    await transition.apply(turning, ignore)
    await world.hub.unprotect("1.3")
    await world.core.push(REPOSITORY, "1.3", "A fix", {"fix.txt": "fixed\n"})
    with pytest.raises(transition.TransitionError, match=r"somebody has worked on 1\.3"):
        await transition.undo(turning, ignore)
    assert "1.3" in await world.refs()


@pytest.mark.row("RL-24")
def test_what_an_earlier_version_wrote_into_a_file_is_taken_over_once(tmp_path: Path) -> None:
    given = settings.load({"CAMELOT_DATA": str(tmp_path)})
    engine = database.connect(given.database)
    turning = Turning(given, engine, None, "1.1", "end-of-life", AFTER, "release-manager")
    file = tmp_path / "transitions" / "1.1-end-of-life.json"
    file.parent.mkdir()
    row = {"state": "done", "at": "2026-12-15", "actor": "somebody", "evidence": {"numbers": [3, 4]}}
    file.write_text(json.dumps({"label": row, "tag": {**row, "state": "begun"}}), encoding="utf-8")
    known = Journal(turning).read()
    assert list(known) == ["label", "tag"]
    assert known["label"] == row
    assert not file.exists()
    Journal(turning).forget("tag")
    assert Journal(turning).read() == {"label": row}
    file.write_text('{"label": ', encoding="utf-8")
    with pytest.raises(transition.TransitionError, match=r"1\.1-end-of-life\.json is no journal of steps"):
        Journal(turning)
    engine.dispose()


@pytest.mark.row("RL-24")
def test_people_are_reminded_90_30_7_and_0_days_before() -> None:
    registry = branches.load(branches.registry_path("rabbit"))
    told = {
        day: [str(reminder) for reminder in reminders.due(registry, date.fromisoformat(day))]
        for day in ("2026-09-16", "2026-09-17", "2026-11-15", "2026-12-08", "2026-12-14", "2026-12-15")
    }
    ends = "on 2026-12-15 (release-manager): camelot transition 1.1 end-of-life"
    assert f"1.1 becomes end-of-life in 90 days, {ends}" in told["2026-09-16"]
    assert told["2026-09-17"] == []
    assert told["2026-11-15"] == [f"1.1 becomes end-of-life in 30 days, {ends}"]
    assert told["2026-12-08"] == [f"1.1 becomes end-of-life in 7 days, {ends}"]
    assert told["2026-12-14"] == []
    assert told["2026-12-15"] == [f"1.1 becomes end-of-life today, {ends}"]
    near = [reminder.left for reminder in reminders.near(registry, date(2026, 9, 16)) if reminder.branch == "1.1"]
    assert near == [20, 90]


def test_without_an_app_there_is_a_plan_of_what_can_be_seen(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "console", "transition", "1.1", "end-of-life"]
    env = {"CAMELOT_DATA": str(tmp_path), "CAMELOT_TODAY": "2026-12-15", "PATH": "/usr/bin:/bin", "COLUMNS": "160"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0
    assert "done       status" in done.stdout
    assert "unknown    delete" in done.stdout
    refused = subprocess.run([*command, "--apply"], env=env, capture_output=True, text=True, check=False, timeout=120)
    assert refused.returncode == 2
    assert refused.stderr.startswith("camelot: no GitHub App is set up")
