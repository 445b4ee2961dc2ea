"""Quiet times by rows and a clock: bursts are built once, busy days are built too, a restart changes nothing."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from buildmaster.quiet import Patience, due
from core.results import BuildRequest

pytestmark = pytest.mark.row("A3", "B18")

BEGAN = datetime(2026, 11, 20, 10, tzinfo=UTC)
CPYTHON = {"quick": Patience(30, 300), "slow": Patience(3600, 14400)}  # the defaults of the settings


def push(number: int, at_s: float, pace: str = "quick", branch: str = "main") -> BuildRequest:
    asked = (BEGAN + timedelta(seconds=at_s)).isoformat()
    return BuildRequest(number, f"push:{number}", branch, "c" * 40, "", "", pace=pace, asked=asked)


def at(at_s: float, *waiting: BuildRequest, patience: dict[str, Patience] = CPYTHON) -> list[tuple[int, list[int]]]:
    """What is built at that second: each with those that are built with it."""
    found = due(waiting, patience, BEGAN + timedelta(seconds=at_s))
    return [(each.request.id, [one.id for one in each.joined]) for each in found]


def test_a_push_is_built_when_its_branch_has_been_quiet_for_thirty_seconds() -> None:
    assert at(29.9, push(1, 0)) == []
    assert at(30, push(1, 0)) == [(1, [])]


def test_pushes_that_follow_closely_are_built_once_with_the_last() -> None:
    three = push(1, 0), push(2, 20), push(3, 45)
    assert at(74, *three) == []
    assert at(75, *three) == [(3, [1, 2])]


def test_branches_and_paces_wait_for_themselves() -> None:
    rows = push(1, 0), push(2, 0, "slow"), push(3, 25, branch="1.2"), push(4, 25, "slow", "1.2")
    assert at(30, *rows) == [(1, [])]
    assert at(55, *rows) == [(1, []), (3, [])]
    assert at(3625, *rows) == [(1, []), (2, []), (3, []), (4, [])]


def test_a_branch_that_is_never_quiet_is_built_all_the_same() -> None:
    """A push every half hour for a day: an hour of quiet never comes, and refleak builds do."""
    pushes = [push(number, number * 1800, "slow") for number in range(48)]
    left, built = list(pushes), []
    for minute in range(24 * 60):
        seen = [each for each in left if each.asked <= (BEGAN + timedelta(minutes=minute)).isoformat()]
        for each in due(seen, CPYTHON, BEGAN + timedelta(minutes=minute)):
            built.append((minute, each.request.id))
            left = [one for one in left if one is not each.request and one not in each.joined]
    assert built == [(240, 7), (480, 15), (720, 23), (960, 31), (1200, 39)]
    assert [each.id for each in left] == list(range(40, 48)), "the last burst of the day is still under way"


def test_when_somebody_looks_makes_no_difference() -> None:
    """A master that looks every second and one that was away all day build the same commits."""
    dice = random.Random(7)  # noqa: S311 (the same rows each time)
    for _ in range(20):
        times = sorted(dice.uniform(0, 4000) for _ in range(40))
        pushes = [push(number, when) for number, when in enumerate(times)]
        left, built = list(pushes), []
        for second in range(4400):
            seen = [each for each in left if datetime.fromisoformat(each.asked) <= BEGAN + timedelta(seconds=second)]
            for each in due(seen, CPYTHON, BEGAN + timedelta(seconds=second)):
                built.append(each.request.id)
                left = [one for one in left if one is not each.request and one not in each.joined]
        assert left == []
        late = [each.request.id for each in due(pushes, CPYTHON, BEGAN + timedelta(days=1))]
        assert built == late
        assert built[-1] == pushes[-1].id, "the newest commit is always built"


def test_without_patience_nothing_waits_and_nothing_is_joined() -> None:
    none = {"quick": Patience(0, 0)}
    assert at(0, push(1, 0), push(2, 0), patience=none) == [(1, []), (2, [])]
    asked = BuildRequest(3, "pull:7:1", "refs/pull/7/merge", "c" * 40, "", "", asked=BEGAN.isoformat())
    assert at(0, asked) == [(3, [])], "what a person asks for is built at once"
