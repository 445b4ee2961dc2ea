"""Two branches released as one: none is pushed before both can be, none published before both are pushed and tried."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core import results
from core.results import Build, Builder
from release import cut, repo, verify
from release.cut import Progress, RunResult
from release.judging import Blockers
from release.together import together
from tests import release_house as house_of
from tests.release_house import PATCHLEVEL, README, VERSION, House

OTHER = "1.2.1"
DAY = date(2026, 12, 1)  # both are due


class Killed(Exception):
    """We end here."""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With a git branch 1.2 after its 1.2.0, and a builder of it."""
    house = house_of.build(tmp_path)
    author = tmp_path / "author"
    repo.git(author, "checkout", "--quiet", "-B", "1.2")
    old = PATCHLEVEL.replace("MINOR_VERSION        3", "MINOR_VERSION        2").replace("1.3.0a1+", "1.2.0+")
    old = old.replace("RELEASE_LEVEL        PY_RELEASE_LEVEL_ALPHA", "RELEASE_LEVEL        PY_RELEASE_LEVEL_FINAL")
    old = old.replace("RELEASE_SERIAL       1", "RELEASE_SERIAL       0")
    (author / "Include" / "patchlevel.h").write_text(old, encoding="utf-8")
    title = "This is Rabbit version 1.2.0+"
    rest = README.split("=\n", 1)[1]
    (author / "README.md").write_text(f"{title}\n{'=' * len(title)}\n{rest}", encoding="utf-8")
    who = {f"GIT_{role}_{part}": "ada" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    repo.git(author, "commit", "--quiet", "--all", "--message", "1.2.0 is out", env=who)
    repo.git(author, "push", "--quiet", str(house.origin), "HEAD:refs/heads/1.2")
    rows = [Builder("debug", "debug", 1, True, "main", "1.3", ""), Builder("old", "debug", 1, True, "1.2", "1.2", "")]
    results.set_builders(house.engine, rows)
    house_of.built(house, "debug", "success", house.head, f"{DAY}T08:00:00+00:00")
    yield house
    house.engine.dispose()


def old_built(house: House, result: str, number: int) -> None:
    head = repo.git(house.origin, "rev-parse", "refs/heads/1.2")
    build = Build(
        key=f"old/{number}",
        builder="old",
        kind="debug",
        tier=1,
        stable=True,
        branch="1.2",
        commit=head,
        number=number,
        result=result,
        url="",
        started=f"{DAY}T08:00:00+00:00",
        finished=f"{DAY}T08:00:00+00:00",
    )
    results.record(house.engine, build, "branch:refs/heads/1.2")


def both(house: House, die_at: str = "") -> list[RunResult]:
    nothing = Blockers((), complete=True)

    def report(progress: Progress) -> None:
        if progress.state == "done" and f"{progress.step.id} {progress.run}" == die_at:
            raise Killed

    def one(version: str, until: str, group: str) -> RunResult:
        return cut.cut(
            house.settings,
            house.engine,
            version,
            "release-manager",
            False,
            today=DAY,
            report=report,
            tracker=lambda settings: nothing,
            yes="nobody is there to be asked in a test",
            until=until,
            group=group,
        )

    return together(house.engine, (VERSION, OTHER), one)


def tags(house: House) -> list[str]:
    return repo.git(house.origin, "tag", "--list").splitlines()


@pytest.mark.row("RL-22")
def test_two_branches_come_out_at_once_and_wait_for_each_other_whatever_happens(house: House) -> None:
    old_built(house, "failure", 1)
    assert [(row.version, row.state) for row in both(house)] == [(VERSION, "paused"), (OTHER, "blocked")]
    assert tags(house) == []
    old_built(house, "success", 2)
    with pytest.raises(Killed):
        both(house, "push 1")
    assert tags(house) == [f"v{VERSION}"]
    with pytest.raises(Killed):
        both(house, "told 1")  # the first is out, the other one not yet
    assert both(house)[-1].state == "done"
    assert tags(house) == [f"v{OTHER}", f"v{VERSION}"]
    runs = {run.version: run for run in cut.runs(house.engine) if run.state == "done"}
    assert {version: run.id for version, run in runs.items()} == {VERSION: 1, OTHER: 3}, "each in one run"
    steps = {version: {step.step: step for step in run.steps} for version, run in runs.items()}
    assert max(row["push"].finished for row in steps.values()) <= min(row["tarballs"].started for row in steps.values())
    assert max(row["smoke"].finished for row in steps.values()) <= min(row["publish"].started for row in steps.values())
    for version in (VERSION, OTHER):
        assert verify.verify(house.settings.downloads / version) == []


@pytest.mark.row("RL-22")
def test_what_is_no_group_is_refused(house: House) -> None:
    def never(version: str, until: str, group: str) -> RunResult:
        raise AssertionError(version)

    for versions, said in (
        (("1.3.0a2",), "name two versions or more"),
        (("1.3.0a2", "1.3.0a3"), r"1\.3 is named twice"),
    ):
        with pytest.raises(cut.CutError, match=said):
            together(house.engine, versions, never)
