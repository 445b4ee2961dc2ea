"""What follows from the registry: each difference is one change, and once they are carried out nothing differs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from console import deriving
from core import branches, branches_lint, database, results, settings
from core.results import Builder
from forge.local.person import Person
from release import derive
from release.derive import Label, Wanted, World
from tests.bots_world import REPOSITORY, environment, running_forge

TODAY, AFTER = date(2026, 11, 20), date(2026, 12, 16)
RABBIT = branches.load(branches.registry_path("rabbit"))
ASK = Label("needs backport to 1.2", "c2e0c6", "1.2 takes bug fixes and security fixes")
WANTED = Wanted((ASK,), "needs backport to ", frozenset({"main", "1.2"}), frozenset({"debug 1.2"}), {"a.json": "{}\n"})
FOLLOWS = World(
    labels={ASK.name: ASK, "type-bug": Label("type-bug", "ff0000", "")},
    refs=frozenset({"main", "1.1", "1.2"}),
    protected=frozenset({"main", "1.2"}),
    builders=frozenset({"debug 1.2"}),
    documents={"a.json": "{}\n"},
)

DIFFERENCES = [
    ({}, []),
    ({"labels": {}}, ["make label 'needs backport to 1.2': 1.2 takes bug fixes and security fixes"]),
    (
        {"labels": {ASK.name: Label(ASK.name, "fbca04", "old")}},
        ["label 'needs backport to 1.2' says '1.2 takes bug fixes and security fixes' now"],
    ),
    (
        {"labels": {ASK.name: ASK, "needs backport to 1.0": Label("needs backport to 1.0", "e99695", "")}},
        ["retire label 'needs backport to 1.0'"],
    ),
    ({"protected": frozenset({"main"})}, ["protect git branch 1.2"]),
    ({"builders": frozenset({"debug 1.1"})}, [
        "builder 'debug 1.2' is missing: the master makes it",
        "builder 'debug 1.1' should be gone: the master drops it",
    ]),
    ({"documents": {}}, ["write a.json"]),
    ({"documents": {"a.json": "[]\n"}}, ["rewrite a.json: 2 lines differ"]),
    ({"published": {"1.3.0a2": TODAY}}, ["1.3.0a2 is out since 2026-11-20; the registry expects it on 2026-11-17"]),
    ({"tags": {"v1.2.9": TODAY, "odd": TODAY}}, ["1.2.9 is out since 2026-11-20; the registry does not know it"]),
    ({"labels": None, "refs": None, "protected": None, "builders": None}, []),
]  # fmt: skip


@pytest.mark.row("RL-3", "RL-4")
@pytest.mark.parametrize(("differs", "sentences"), DIFFERENCES)
def test_each_difference_is_one_change(differs: dict[str, object], sentences: list[str]) -> None:
    world = World(**{**vars(FOLLOWS), **differs})
    assert [change.sentence for change in derive.changes(WANTED, world, RABBIT)] == sentences


@pytest.mark.row("RL-3")
def test_drift_names_git_branches_and_tags_too() -> None:
    world = World(refs=frozenset({"1.0", "1.1", "main"}), tags={f"v{name}": TODAY for name in ("1.0.0", "1.0.1")})
    found = derive.drift(WANTED, world, RABBIT, TODAY)
    assert "git branch 1.2 is missing: 1.2 is bugfix" in found
    assert "git branch 1.0 should be gone: it is end-of-life" in found
    assert "1.0.2 is out since 2025-10-07, but there is no tag v1.0.2" in found
    assert not any("1.0.0 is out" in sentence for sentence in found)


def camelot(data: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("CAMELOT_", "GITHUB_"))}
    env = {**inherited, "CAMELOT_DATA": str(data), "CAMELOT_TODAY": "2026-11-20", "COLUMNS": "160", **environ}
    command = [sys.executable, "-m", "console", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.row("RL-4")
@pytest.mark.parametrize("profile", ["rabbit", "cpython"])
def test_a_second_apply_changes_nothing_until_the_day_does(tmp_path: Path, profile: str) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return camelot(tmp_path, "--profile", profile, "branches", *words)

    first, folder = run("apply"), tmp_path / "branches" / profile
    assert first.returncode == 0, first.stderr
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert {"release-cycle.json", "release-schedule.ics", "chart.svg"} <= before.keys()
    assert run("apply").stdout == "nothing differs\n"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    later = json.loads(run("plan", "--json", "--today", "2029-12-16").stdout)
    assert {change["kind"] for change in later["changes"]} == {"document"}
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before, "a plan touches nothing"


@pytest.mark.row("RL-3", "RL-4")
def test_a_tagged_release_goes_into_the_registry_and_everything_follows(tmp_path: Path) -> None:
    own = tmp_path / "registry.toml"
    own.write_bytes(branches.registry_path("rabbit").read_bytes())
    clone = tmp_path / "clone"
    day = {"GIT_AUTHOR_DATE": "2026-11-19T12:00:00Z", "GIT_COMMITTER_DATE": "2026-11-19T12:00:00Z"}
    who = ("-c", "user.name=ada", "-c", "user.email=ada@users.noreply.invalid")
    begin = ("-C", str(clone), *who, "commit", "-q", "--allow-empty", "-m", "1.3.0a2")
    subprocess.run(["git", "init", "-q", str(clone)], check=True, timeout=60)
    subprocess.run(["git", *begin], check=True, env={**os.environ, **day}, timeout=60)
    rows = [row for branch in RABBIT for row in branch.releases if row.state == "actual"]
    for name in (*(f"v{row.version}" for row in rows), "v1.3.0a2"):
        subprocess.run(["git", "-C", str(clone), "tag", name], check=True, timeout=60)
    words = ("branches", "apply", "--clone", str(clone))
    done = camelot(tmp_path, *words, CAMELOT_REGISTRY=str(own))
    assert done.returncode == 0, done.stderr
    assert "1.3.0a2 is out since 2026-11-19; the registry expects it on 2026-11-17" in done.stdout
    assert camelot(tmp_path, *words, CAMELOT_REGISTRY=str(own)).stdout == "nothing differs\n"
    assert b'stage = "1.3.0 alpha 2"\nstate = "actual"\ndate = 2026-11-19\n' in own.read_bytes()
    assert branches_lint.lint(branches.load(own), TODAY, deriving.tags_of(clone)) == []


@pytest.mark.row("RL-3", "RL-4")
async def test_labels_and_protection_follow_at_the_forge_and_the_drift_is_empty(tmp_path: Path) -> None:
    with running_forge(tmp_path / "forge") as forge:
        core = Person(forge.url, "core-dev", "token-core-dev", "core-dev@example.org")
        await core.push(REPOSITORY, "main", "Begin", {"README.md": "Rabbit\n"})
        given = settings.load(environment(tmp_path / "bots", forge))
        engine = database.connect(given.database)
        try:
            place = deriving.Place(tmp_path / "documents")
            seen = await asyncio.to_thread(deriving.look, given, engine, TODAY, place)
            assert {change.name for change in seen.changes if change.kind == "label"} >= {
                "needs backport to 1.1",
                "needs backport to 1.2",
                "1.3",
            }
            assert await asyncio.to_thread(deriving.carry_out, given, engine, seen, place) == []
            again = await asyncio.to_thread(deriving.look, given, engine, TODAY, place)
            assert again.changes == []
            then = await asyncio.to_thread(deriving.look, given, engine, AFTER, place)
            assert "retire label 'needs backport to 1.1'" in [change.sentence for change in then.changes]
        finally:
            engine.dispose()


@pytest.mark.row("RL-4")
def test_builders_follow_the_registry(tmp_path: Path) -> None:
    given = settings.load({}, "rabbit", {"data": str(tmp_path)})
    engine = database.connect(given.database)
    try:
        place = deriving.Place(tmp_path / "documents")
        wanted = deriving.look(given, engine, TODAY, place).wanted.builders
        rows = [Builder(name, "debug", 1, True, name.split()[-1], name.split()[-1], "") for name in sorted(wanted)]
        results.set_builders(engine, rows)
        then = deriving.look(given, engine, AFTER, place)
        gone = {change.name for change in then.changes if change.kind == "builder"}
        assert gone == {name for name in wanted if name.endswith(" 1.1")}
        assert all(change.by_itself for change in then.changes if change.kind == "builder")
    finally:
        engine.dispose()
