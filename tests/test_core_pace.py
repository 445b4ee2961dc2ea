"""Turns for calls that write to people: never more than GitHub takes, in the order of asking, for all processes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core import database
from core.pace import Limits, Taken, next_place, turn
from core.settings import GitHub

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
LIMITS = Limits()


def places(count: int, limits: Limits = LIMITS) -> list[float]:
    """When so many calls may go that are all asked for at noon, as seconds after noon."""
    taken: list[datetime] = []
    for _ in range(count):
        at = (taken[place] if place < len(taken) else None for place in (0, limits.a_minute - 1, limits.an_hour - 1))
        taken.insert(0, next_place(Taken(*at), NOON, limits))
    return [(at - NOON).total_seconds() for at in reversed(taken)]


@pytest.mark.row("GH-3")
def test_a_second_is_between_two_and_no_minute_holds_more_than_80_and_no_hour_more_than_500() -> None:
    found = places(1200)
    assert all(after - before >= 1.0 for before, after in zip(found, found[1:], strict=False))
    for start in found:
        assert sum(start <= at < start + 60 for at in found) <= 80
        assert sum(start <= at < start + 3600 for at in found) <= 500
    assert found[499] < 3600 <= found[500], "and no fewer: five hundred go in the first hour"


@pytest.mark.row("GH-3")
def test_without_a_pause_between_eighty_go_at_once() -> None:
    found = places(81, Limits(gap_s=0.0))
    assert found == [0.0] * 80 + [60.0]


@pytest.mark.row("GH-3")
def test_whoever_must_wait_keeps_the_place_and_uses_it_up_once(database_url: str) -> None:
    engine, second = database.connect(database_url), timedelta(seconds=1)
    assert turn(engine, "a", NOON, LIMITS) == NOON
    assert [turn(engine, key, NOON, LIMITS) for key in ("b", "c", "b")] == [
        NOON + second,
        NOON + 2 * second,
        NOON + second,
    ]
    other_process = database.connect(database_url)
    assert turn(other_process, "c", NOON + 2 * second, LIMITS) == NOON + 2 * second, "it goes"
    assert turn(other_process, "c", NOON + 2 * second, LIMITS) == NOON + 3 * second, "the same again is another call"
    assert turn(engine, "b", NOON + 9 * second, LIMITS) == NOON + second, "late is early enough"
    engine.dispose()
    other_process.dispose()


@pytest.mark.row("GH-3")
def test_the_limits_in_force_are_githubs() -> None:
    github = GitHub()
    assert (github.content_gap_s, github.content_a_minute, github.content_an_hour) == (1.0, 80, 500)
