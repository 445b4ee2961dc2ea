"""What is done of a shared hunt for leaks is kept while it goes on; and how long tests took, for the next one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core import database, hunts, outcomes, results
from core.hunts import Part
from core.store import now
from tests.test_core_results import GREEN


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")


ONE = Part((("test_a",), ("test_b", "Alpha")), {"complete": True, "failed": ["test_a"]}, 2)
TWO = Part((("test_b", "Beta"),), {"complete": True}, 0)


def test_parts_are_of_one_hunt_at_one_commit_until_it_ends(engine: Engine) -> None:
    hunts.keep(engine, "7@here", "aaa", ONE)
    hunts.keep(engine, "8@here", "aaa", TWO)
    hunts.keep(engine, "7@here", "aaa", TWO)
    assert hunts.done(engine, "7@here", "aaa") == [ONE, TWO]
    assert hunts.done(engine, "7@here", "bbb") == [], "what another commit did says nothing of this one"
    hunts.forget(engine, "7@here")
    assert (hunts.done(engine, "7@here", "aaa"), hunts.done(engine, "8@here", "aaa")) == ([], [TWO])


def test_a_hunt_that_nobody_ended_is_forgotten_in_the_end(engine: Engine) -> None:
    hunts.keep(engine, "7@here", "aaa", ONE)
    assert hunts.sweep(engine, now() - timedelta(days=1)) == 0
    assert hunts.sweep(engine, now() + timedelta(seconds=1)) == 1
    assert hunts.done(engine, "7@here", "aaa") == []


def test_times_are_the_newest_of_each_source_that_which_says_most_first(engine: Engine) -> None:
    known = [
        ("refleak main", "refleak", "main", {"test_a": 9.0, "test_b": 8.0}),
        ("refleak main", "refleak", "main", {"test_a": 6.0}),
        ("refleak 1.2", "refleak", "1.2", {"test_a": 5.0, "test_c": 4.0}),
        ("debug main", "debug", "main", {"test_d": 1.0}),
        ("debug 1.2", "debug", "1.2", {"test_e": 1.0}),
    ]
    for number, (builder, kind, branch, times) in enumerate(known):
        files = [{"name": name, "state": "passed", "duration_s": took_s} for name, took_s in times.items()]
        place = replace(GREEN, builder=builder, kind=kind, branch=branch, key=f"{builder}/{number}", number=number)
        results.record(engine, replace(place, verdict={"complete": True, "files": files}), "branch:main")
    mine, same, others = outcomes.durations(engine, "main", "refleak main", "refleak")
    assert mine == {"test_a": 6.0, "test_b": 8.0}
    assert same == {"test_a": 5.0, "test_b": 8.0, "test_c": 4.0}
    assert others == {"test_a": 6.0, "test_b": 8.0, "test_d": 1.0}
    new = outcomes.durations(engine, "1.3", "refleak 1.3", "refleak")
    assert new == [{}, same, {}], "a branch that nobody has built yet has the times of its kind elsewhere"
