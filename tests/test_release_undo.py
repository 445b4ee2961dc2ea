"""A cut is taken back, the last step first: wholly in a rehearsal, for real up to what people already have."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from core import branches, records
from core.models import released
from release import cut, index, repo, undoing
from release.artifacts import sha256
from release.judging import Blockers
from release.undoing import Back
from tests import release_house as house_of
from tests.release_forked import cut_apart, undo_apart
from tests.release_house import TODAY, VERSION, House

ME = "release-manager"
ALL = bool(os.environ.get("CAMELOT_CRASHES"))
SAMPLE = ("registry", "publish", "push", "tag")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = house_of.build(tmp_path)
    yield house
    house.engine.dispose()


def cut_it(house: House, real: bool = False) -> cut.RunResult:
    nothing = Blockers((), complete=True)
    return cut.cut(
        house.settings,
        house.engine,
        VERSION,
        ME,
        not real,
        today=TODAY,
        tracker=lambda settings: nothing,
        yes="nobody is there to be asked in a test",
    )


def left(house: House) -> dict[str, str]:
    """Everything below the root that a cut makes, by its checksum; rows, and the registry's bytes."""
    data = house.settings.data
    kept = [path for name in ("downloads", "release", "rehearsal") for path in (data / name).rglob("*")]
    known = {str(path.relative_to(data)): sha256(path) for path in kept if path.is_file() and _counts(path)}
    with house.engine.begin() as connection:
        rows = connection.execute(select(released.c.version)).scalars().all()
    return {**known, "released": repr(rows), "registry": sha256(house.root / "registry.toml")}


def _counts(path: Path) -> bool:
    """Locks stay, our looking glass is of no release, index pages that list nothing, and the log only ever grows."""
    if path.parent.name == "log" or path.name == "signers.json":
        return False
    return path.suffix != ".lock" and "mirror.git" not in path.parts and not path.name.startswith("index.")


def states(rows: list[Back]) -> dict[str, str]:
    return {row.step.id: row.state for row in rows}


@pytest.mark.row("RL-13")
def test_a_rehearsal_is_undone_without_a_trace_and_can_be_cut_again(house: House) -> None:
    nothing, head = left(house), house.head
    assert cut_it(house).state == "done"
    shown = undoing.show(house.settings, house.engine, 1)
    assert set(states(shown).values()) == {"to undo", "nothing"}
    assert [row.step.id for row in shown][:3] == ["told", "announce", "registry"]
    assert left(house) != nothing, "showing touches nothing"
    assert undoing.undo(house.settings, house.engine, 1, ME) == []
    assert left(house) == nothing
    assert index.entries(house.settings.downloads) == {}
    (run,) = cut.runs(house.engine)
    assert run.state == "undone"
    assert {(step.state, step.error) for step in run.steps} == {("undone", f"undone by {ME}")}
    with pytest.raises(cut.CutError, match="run 1 is undone: there is nothing of it to undo"):
        undoing.undo(house.settings, house.engine, 1, ME)
    assert house.head == head
    assert cut_it(house).state == "done"


@pytest.mark.row("RL-13")
def test_an_undo_that_is_killed_before_and_after_each_step_goes_on_and_leaves_nothing(house: House) -> None:
    nothing = left(house)
    assert cut_it(house).state == "done"
    steps = [row.step.id for row in undoing.show(house.settings, house.engine, 1)]
    for step in [step for step in steps if ALL or step in SAMPLE]:
        for moment in ("before", "after"):
            assert undo_apart(house, 1, f"undo-{step}:{moment}") == -signal.SIGKILL, (step, moment)
    with pytest.raises(cut.CutError, match=r"run 1 \(1\.3\.0a2\) is being undone: camelot release undo 1 --apply"):
        cut_it(house)
    assert undo_apart(house, 1, "") == "0 stay"
    assert left(house) == nothing
    assert cut.runs(house.engine)[0].state == "undone"


@pytest.mark.row("RL-13")
def test_a_cut_that_was_killed_in_the_middle_is_undone_too(house: House) -> None:
    nothing = left(house)
    for crash in ("tag:after", "sbom:after"):
        assert cut_apart(house, crash) == -signal.SIGKILL
        (run,) = [run for run in cut.runs(house.engine) if run.state == "running"]
        assert undoing.undo(house.settings, house.engine, run.id, ME) == []
        assert left(house) == nothing


@pytest.mark.row("RL-13")
def test_what_is_pushed_stays_and_is_named_before_anything_is_touched(house: House) -> None:
    house_of.commit(house.origin, house.root / "author", {"rabbit.c": "int main(void) { return oops; }\n"}, "Break it")
    assert cut_it(house, real=True).error.startswith("smoke: ")
    shown = undoing.show(house.settings, house.engine, 1)
    found = states(shown)
    assert (found["push"], found["post"], found["tarballs"]) == ("for good", "stays", "to undo")
    assert next(row.why for row in shown if row.state == "for good").startswith("v1.3.0a2 is pushed")
    kept = undoing.undo(house.settings, house.engine, 1, ME)
    assert kept[0].step.id == "push"
    assert [path.name for path in house.settings.downloads.iterdir()] == ["log"], "what was signed stays told"
    assert repo.git(house.origin, "tag", "--list") == "v1.3.0a2"
    assert records.releases_under_way(house.engine) == {"1.3": VERSION}
    with pytest.raises(cut.CutError, match=r"v1\.3\.0a2 is pushed.*that cannot be undone, nor what led to it"):
        undoing.undo(house.settings, house.engine, 1, ME)
    assert cut_it(house, real=True).error.startswith("smoke: "), "resumed: its files are made again"


@pytest.mark.row("RL-13")
def test_a_push_that_was_refused_is_undone_with_all_that_led_to_it(house: House) -> None:
    nothing, head = left(house), house.head
    hook = house.origin / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho 'main is protected' >&2\nexit 1\n", encoding="utf-8")
    hook.chmod(0o755)
    assert cut_it(house, real=True).error.startswith("push: the push was refused (git push")
    assert undoing.undo(house.settings, house.engine, 1, ME) == []
    assert left(house) == nothing
    assert (house.head, repo.git(house.origin, "tag", "--list")) == (head, "")
    hook.unlink()
    assert cut_it(house, real=True).state == "done"
    (first, *_) = undoing.show(house.settings, house.engine, 2)
    assert (first.step.id, first.state) == ("told", "to undo"), "nobody was told yet"
    kept = undoing.undo(house.settings, house.engine, 2, ME)
    assert kept[0].why.startswith("downloads/1.3.0a2 is published")
    row = branches.load(house.root / "registry.toml").find("1.3")
    assert row is not None
    assert next(found.state for found in row.releases if str(found.version) == VERSION) == "expected"
    assert cut_it(house, real=True).state == "done"


@pytest.mark.row("RL-13")
def test_an_earlier_run_waits_for_a_later_one_of_its_branch(house: House) -> None:
    assert [cut_it(house).state for _ in range(2)] == ["done", "done"]
    with pytest.raises(cut.CutError, match=r"run 2 \(1\.3\.0a2\) of 1\.3 came after run 1: undo that one first"):
        undoing.undo(house.settings, house.engine, 1, ME)
    with pytest.raises(cut.CutError, match="there is no run 9"):
        undoing.show(house.settings, house.engine, 9)
