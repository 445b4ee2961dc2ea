"""Simulated searches: a steady test takes at most ceil(log2 n) + 1 builds, a wavering one ends right in 95 of 100."""

from __future__ import annotations

import math
import random

import pytest

from bots.bisect import SURE, Ask, Found, GivenUp, step, weight


def search(
    weights: list[float],
    culprit: int,
    rate: float = 0.0,
    chance: random.Random | None = None,
    blind: frozenset[int] = frozenset(),
    known: dict[int, list[bool]] | None = None,
) -> tuple[Found | GivenUp, int]:
    """The end of a search and the builds that it took. The build of the newest change was red before it began."""
    seen: dict[int, list[bool]] = {len(weights) - 1: [True], **(known or {})}
    for asked in range(1000):
        match step(weights, seen, rate, blind, asked):
            case Ask(place, attempt):
                assert attempt == len(seen.get(place, []))
                wavers = chance is not None and chance.random() < rate
                seen.setdefault(place, []).append(place >= culprit or wavers)
            case end:
                return end, asked
    raise AssertionError("it never ended")


@pytest.mark.row("B5")
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 50])
@pytest.mark.parametrize("weighted", ["alike", "at random", "against the truth"])
def test_a_steady_test_is_found_with_halving_and_one_build_more(count: int, weighted: str) -> None:
    chance = random.Random(count)  # noqa: S311 (which weights are tried)
    for culprit in range(count):
        weights = {
            "alike": [1.0] * count,
            "at random": [chance.choice([0.2, 1.0, 3.0, 4.0]) for _ in range(count)],
            "against the truth": [0.2 if place == culprit else 4.0 for place in range(count)],
        }[weighted]
        end, builds = search(weights, culprit)
        assert isinstance(end, Found) and end.place == culprit, (end, culprit)
        assert builds <= math.ceil(math.log2(count)) + 1, (count, culprit, builds)


def test_a_likely_change_is_found_sooner() -> None:
    likely = [0.2] * 31 + [4.0] + [0.2] * 32
    _, with_rank = search(likely, 31)
    _, without = search([1.0] * 64, 31)
    assert with_rank < without


def test_builds_that_are_there_already_are_not_asked_for_again() -> None:
    end, builds = search([1.0] * 8, 5, known={4: [False], 5: [True]})
    assert (end, builds) == (Found(5, 1.0), 0)


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.4])
def test_a_wavering_test_ends_with_the_right_change_as_often_as_it_says(rate: float) -> None:
    chance = random.Random(7)  # noqa: S311
    right = named = 0
    for _ in range(300):
        count = chance.randint(2, 32)
        culprit = chance.randrange(count)
        end, _ = search([1.0] * count, culprit, rate, chance)
        if isinstance(end, Found):
            named += 1
            right += end.place == culprit
            assert end.confidence >= SURE
    assert named >= 285
    assert right / named >= 0.95


def test_a_test_that_only_wavers_is_blamed_on_nobody() -> None:
    chance = random.Random(3)  # noqa: S311
    blamed = 0
    for _ in range(200):
        end, _ = search([1.0] * 6, 6, 0.3, chance)  # no change broke it
        blamed += isinstance(end, Found)
    assert blamed <= 10


def test_what_contradicts_itself_is_taken_for_wavering_and_asked_again() -> None:
    answer = step([1.0] * 4, {0: [True], 2: [False], 3: [True]}, 0.0)
    assert isinstance(answer, Ask)


def test_changes_that_cannot_be_built_are_gone_round_and_named_together() -> None:
    end, _ = search([1.0] * 8, 6, blind=frozenset({4}))
    assert end == Found(6, 1.0)
    end, _ = search([1.0] * 8, 4, blind=frozenset({4}))
    assert isinstance(end, GivenUp) and set(end.among) == {4, 5}


@pytest.mark.parametrize(
    ("files", "least"),
    [
        (("Lib/test/test_list.py",), 4.0),
        (("Objects/listobject.c", "Misc/NEWS.d/next/x.rst"), 3.0),
        (("Python/ceval.c",), 1.0),
        (("Doc/library/list.rst",), 0.2),
        ((), 1.0),
    ],
)
def test_a_change_weighs_what_its_files_have_to_do_with_the_test(files: tuple[str, ...], least: float) -> None:
    assert weight(files, "test_list") == least
