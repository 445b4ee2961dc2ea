"""A registry is edited in place: all else in the file stays, a repeat changes nothing, and a mistake writes nothing."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from core import branches, branches_edit
from core.branches import Override, Status
from core.versions import Version

V = Version.parse
ENDS = Override(date(2026, 11, 20), Status.END_OF_LIFE, "nobody is left to look after it")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    copy = tmp_path / "registry.toml"
    shutil.copyfile(branches.registry_path("rabbit"), copy)
    return copy


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


@pytest.mark.row("RL-1")
def test_a_decision_is_written_once_and_taken_back_to_the_byte(path: Path) -> None:
    before = path.read_bytes()
    assert branches_edit.edit(path, branches_edit.decided("1.1", ENDS))
    once = path.read_bytes()
    assert not branches_edit.edit(path, branches_edit.decided("1.1", ENDS))
    assert path.read_bytes() == once
    branch = branches.load(path).find("1.1")
    assert branch is not None
    assert branch.status(date(2026, 11, 20)) is Status.END_OF_LIFE
    assert branches_edit.edit(path, branches_edit.undecided("1.1", ENDS))
    assert path.read_bytes().rstrip() == before.rstrip()
    assert not branches_edit.edit(path, branches_edit.undecided("1.1", ENDS))


@pytest.mark.row("RL-3")
def test_a_release_that_is_out_changes_its_own_two_lines(path: Path) -> None:
    before = lines(path)
    assert branches_edit.edit(path, branches_edit.released(V("1.3.0a2"), date(2026, 11, 20)))
    after = lines(path)
    assert len(after) == len(before)
    assert [new for old, new in zip(before, after, strict=True) if old != new] == [
        'state = "actual"',
        "date = 2026-11-20",
    ]
    assert not branches_edit.edit(path, branches_edit.released(V("1.3.0a2"), date(2026, 11, 20)))


@pytest.mark.row("RL-1", "RL-3")
def test_a_release_that_nobody_planned_gets_a_row(path: Path) -> None:
    assert branches_edit.edit(path, branches_edit.released(V("1.1.4"), date(2026, 11, 20)))
    branch = branches.load(path).find("1.1")
    assert branch is not None
    row = branch.release(V("1.1.4"))
    assert row is not None
    assert (row.state, row.date, row.stage) == ("actual", date(2026, 11, 20), "1.1.4")


@pytest.mark.row("RL-3", "RL-13")
def test_a_release_that_was_written_down_is_taken_back_to_the_byte(path: Path) -> None:
    before = path.read_bytes()
    for version, planned in ((V("1.3.0a2"), date(2026, 11, 17)), (V("1.1.4"), None)):
        branches_edit.edit(path, branches_edit.released(version, date(2026, 11, 20)))
        assert branches_edit.edit(path, branches_edit.unreleased(version, planned))
        assert path.read_bytes().rstrip() == before.rstrip()
        assert not branches_edit.edit(path, branches_edit.unreleased(version, planned))


def test_a_planned_day_moves_and_one_that_has_passed_does_not(path: Path) -> None:
    assert branches_edit.edit(path, branches_edit.planned(V("1.2.1"), date(2026, 12, 8)))
    assert not branches_edit.edit(path, branches_edit.planned(V("1.2.1"), date(2026, 12, 8)))
    with pytest.raises(ValueError, match=r"1\.2\.0 is out since 2026-10-06: a release that is out has no other day"):
        branches_edit.edit(path, branches_edit.planned(V("1.2.0"), date(2026, 12, 8)))


def test_a_branch_is_born_with_its_schedule_and_taken_back(path: Path) -> None:
    before = branches.load(path)
    fields = {name: date(2027, 5, 4) for name in branches.DAYS}
    rows = [{"stage": "1.4.0 alpha 1", "state": "expected", "date": date(2027, 10, 12)}]
    change = branches_edit.born("1.4", fields, rows, {"template": "modern", "year": 2028})
    assert branches_edit.edit(path, change)
    assert not branches_edit.edit(path, change)
    branch = branches.load(path).find("1.4")
    assert branch is not None
    assert [str(row.version) for row in branch.releases] == ["1.4.0a1"]
    assert branches_edit.edit(path, branches_edit.unborn("1.4"))
    assert branches.load(path) == before


def test_an_edit_that_leaves_no_registry_writes_nothing(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(ValueError, match="branch 1.4: feature-freeze is None"):
        branches_edit.edit(path, branches_edit.born("1.4", {"start-of-development": date(2027, 5, 4)}, [], {}))
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
