"""Every night each branch's next release is rehearsed: what would not come out is known the next morning."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release import cut, rehearsals, repo
from tests import release_house as house_of
from tests.release_forked import cut_apart
from tests.release_house import TODAY, VERSION, House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = house_of.build(tmp_path)
    yield made
    made.engine.dispose()


def night(house: House) -> dict[str, tuple[str, str]]:
    found = rehearsals.rehearse(house.settings, house.engine, TODAY)
    return {row.version: (row.state, row.reason) for row in found}


@pytest.mark.row("RL-23")
def test_each_live_branch_that_plans_a_release_is_rehearsed_and_one_that_may_not_says_why(house: House) -> None:
    heard: list[str] = []
    found = rehearsals.rehearse(house.settings, house.engine, TODAY, tell=lambda row: heard.append(row.version))
    assert [row.version for row in found] == heard == [VERSION, "1.2.1"]
    assert (found[0].state, found[0].reason) == ("done", "")
    assert found[0].took_s > 0
    assert found[1].state == "blocked"
    assert "the repository has no branch 1.2: push it first" in found[1].reason
    assert repo.git(house.origin, "tag", "--list") == "", "the repository is not touched"
    assert night(house)[VERSION] == ("done", ""), "and again the next night"


@pytest.mark.row("RL-23")
def test_one_that_fails_is_told_and_does_not_stand_in_the_way_of_the_release(house: House) -> None:
    house_of.commit(house.origin, house.root / "author", {"rabbit.c": "int main(void) { return oops; }\n"}, "Break it")
    house_of.all_green(house)
    state, reason = night(house)[VERSION]
    assert state == "failed"
    assert reason.startswith("smoke: make -j2 ended with 2")
    assert [run.state for run in cut.runs(house.engine) if run.version == VERSION] == ["abandoned"]


@pytest.mark.row("RL-23")
def test_a_branch_from_which_somebody_is_cutting_is_left_alone(house: House) -> None:
    assert cut_apart(house, "tag:after") == -signal.SIGKILL
    state, reason = night(house)[VERSION]
    assert (state, reason) == ("busy", f"run 1 ({VERSION}, rehearse) is unfinished: resume or abandon it")
    assert cut_apart(house, "") == "done"


@pytest.mark.row("RL-23")
def test_a_repository_that_cannot_be_reached_fails_every_rehearsal(house: House) -> None:
    gone = house.settings.github.model_copy(update={"repository": "rabbit/gone"})
    lost = replace(house, settings=house.settings.model_copy(update={"github": gone}))
    assert {state for state, _ in night(lost).values()} <= {"failed", "blocked"}
    assert all("gone" in reason or "git" in reason for _, reason in night(lost).values())
