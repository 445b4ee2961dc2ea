"""What pages show of the farm stands beside the builds: written with them, and the same when made anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from core import database, models, records, results, standings
from core.results import Build
from core.standings import Standing, fold

TABLES = (models.standings, models.troubles, models.flakes, models.leak_counts)
BUILD = Build(
    key="",
    builder="debug 1.3",
    kind="debug",
    tier=1,
    stable=True,
    branch="main",
    commit="",
    number=1,
    result="success",
    url="http://farm/",
    started="2026-11-20T10:00:00.000+00:00",
    finished="",
    worker="here",
)


def made(number: int, result: str = "success", builder: str = "debug 1.3", **tests: str) -> Build:
    """A build whose test files ended so: `test_a="failed"`, `test_b="passed"`, `test_c="again"` (passed when rerun)."""
    files: list[dict[str, Any]] = [
        {
            "name": name,
            "state": "failed" if state == "again" else state,
            "reason": "",
            "duration_s": 1.0,
            "rerun": "passed" if state == "again" else None,
            "cases": [],
            "leaks": [],
        }
        for name, state in tests.items()
    ]
    verdict = {
        "complete": True,
        "files": files,
        "failed": [name for name, state in tests.items() if state in ("failed", "refleak")],
        "flaky": [name for name, state in tests.items() if state == "again"],
        "leaked": [name for name, state in tests.items() if state == "refleak"],
    }
    return replace(
        BUILD,
        key=f"{builder}/{number}",
        builder=builder,
        kind=builder.partition(" ")[0],
        number=number,
        result=result,
        commit=f"{number:040x}",
        finished=f"2026-11-20T11:{number % 60:02}:00.000+00:00",
        verdict=verdict if tests else {},
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")
    yield opened
    opened.dispose()


def kept(engine: Engine, *builds: Build) -> None:
    for build in builds:
        assert results.record(engine, build, "branch:refs/heads/main")


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.begin() as connection:
        return {
            table.name: sorted((dict(row._mapping) for row in connection.execute(select(table))), key=str)
            for table in TABLES
        }


def after(*shown: str) -> Standing:
    """Where a builder stands after these results, the first of them number 1."""
    standing = None
    for number, result in enumerate(shown, 1):
        standing = fold(standing, made(number, result))
    assert standing is not None
    return standing


@pytest.mark.parametrize(
    ("shown", "latest", "breaking", "good", "streak"),
    [
        (["success"], 1, None, 1, 0),
        (["failure"], 1, 1, None, 1),
        (["success", "failure", "failure"], 3, 2, 1, 2),
        (["success", "failure", "warnings"], 3, None, 3, 0),
        (["success", "failure", "exception"], 3, 2, 1, 2),
        (["success", "cancelled"], 1, None, 1, 0),  # a build that was cancelled says nothing
        (["success", "failure", "skipped", "failure"], 4, 2, 1, 2),
        (["failure", "success", "failure"], 3, 3, 2, 1),
    ],
)
def test_the_breaking_build_is_the_first_red_one_after_the_last_green_one(
    shown: list[str], latest: int, breaking: int | None, good: int | None, streak: int
) -> None:
    found = after(*shown)
    assert found.latest["number"] == latest
    assert (found.breaking and found.breaking["number"]) == breaking
    assert (found.good and found.good["number"]) == good
    assert found.streak == streak
    assert [number for number, _ in found.history] == list(range(1, len(shown) + 1))


def test_the_last_fifty_builds_are_dots() -> None:
    found = after(*(["success"] * 58), "failure", "exception")
    assert len(found.history) == standings.MOST_DOTS
    assert found.history[-3:] == [(58, "success"), (59, "failure"), (60, "exception")]


def test_a_build_of_a_few_tests_changes_nothing_of_what_is_shown(engine: Engine) -> None:
    kept(engine, made(1, test_a="passed"))
    before = everything(engine)
    kept(engine, replace(made(2, "failure", test_a="failed"), tests="test_a"))
    assert everything(engine) == before


def test_a_test_is_in_trouble_from_its_first_failure_until_it_works_again(engine: Engine) -> None:
    kept(engine, made(1, test_a="passed"), made(2, "failure", test_a="failed"), made(3, "failure", test_a="failed"))
    (row,) = standings.troubles_of(engine, "main", red=True)
    assert (row["test"], row["failures"], row["since"]["commit"]) == ("test_a", 2, f"{2:040x}")
    kept(engine, made(4, test_a="passed"))
    assert standings.troubles_of(engine, "main", red=True) == []
    (row,) = standings.troubles_of(engine, "main")
    assert (row["red"], row["since"], row["good"]["commit"]) == (False, None, f"{4:040x}")


def test_a_test_that_passes_when_run_again_is_listed_as_a_flake_with_its_reason(engine: Engine) -> None:
    kept(engine, made(1, test_a="passed", test_b="passed"), made(2, "warnings", test_a="again", test_b="passed"))
    (row,) = standings.flakes_of(engine)
    assert (row["test"], row["reason"]) == ("test_a", "it passed when run again in 1 of 2 builds")
    assert [each["builder"] for each in row["builders"]] == ["debug 1.3"]


def test_a_build_in_which_everything_fails_judges_no_single_test(engine: Engine) -> None:
    many = {f"test_{number}": "failed" for number in range(standings.MASS + 1)}
    kept(engine, made(1, "failure", **many))
    assert everything(engine)["flakes"] == []
    assert len(everything(engine)["troubles"]) == len(many)


def test_leaks_are_counted_for_every_finished_hunt_the_clean_ones_too(engine: Engine) -> None:
    hunts = made(1, builder="refleak 1.3", test_a="passed"), made(2, "failure", "refleak 1.3", test_a="refleak")
    unfinished = made(3, "failure", "refleak 1.3", test_a="refleak")
    kept(engine, *hunts, replace(unfinished, verdict={**unfinished.verdict, "complete": False}), made(4))
    assert [(row["tests"], row["names"]) for row in standings.leaks_of(engine, "main")] == [(0, []), (1, ["test_a"])]


def test_every_change_that_pages_show_has_a_revision_of_its_own(engine: Engine) -> None:
    seen = [standings.revision(engine)]
    for change in (
        lambda: kept(engine, made(1)),
        lambda: records.open_notice(engine, "key", 3, "a" * 40, {}),
        lambda: records.close_notice(engine, "key"),
        lambda: results.set_builders(engine, []),
        lambda: standings.set_queue(engine, [{"builder": "b", "waiting": 1, "oldest": "", "reason": ""}]),
    ):
        change()
        seen.append(standings.revision(engine))
    assert sorted(set(seen)) == seen
    assert not standings.set_queue(engine, [{"builder": "b", "waiting": 1, "oldest": "", "reason": ""}])
    assert standings.revision(engine) == seen[-1]


STATES = st.sampled_from(["passed", "failed", "again", "refleak", "skipped"])
RESULTS = st.sampled_from(["success", "warnings", "failure", "exception", "cancelled"])
STEPS = st.tuples(
    RESULTS, st.sampled_from(["debug 1.3", "refleak 1.3"]), st.fixed_dictionaries({"test_a": STATES, "test_b": STATES})
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, max_size=12))
def test_rows_made_anew_from_all_builds_are_the_rows_that_came_one_by_one(
    engine: Engine, steps: list[tuple[str, str, dict[str, str]]]
) -> None:
    with engine.begin() as connection:  # one database serves all examples
        for table in (*TABLES, models.outcomes, models.builds, models.deliveries):
            connection.execute(table.delete())
    kept(engine, *(made(number, result, builder, **tests) for number, (result, builder, tests) in enumerate(steps)))
    before = everything(engine)
    with engine.begin() as connection:
        standings.rebuilt(connection)
    anew = everything(engine)
    verdicts, again = before.pop("flakes"), anew.pop("flakes")
    assert anew == before
    # a verdict made anew knows what came after; it is about the same tests
    assert [row["test"] for row in again] == [row["test"] for row in verdicts]


def test_an_old_database_gets_its_rows_when_the_master_starts(engine: Engine) -> None:
    kept(engine, made(1, test_a="passed"), made(2, "failure", test_a="failed"))
    before = everything(engine)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(table.delete())  # as a database of an earlier version has them
    results.set_builders(engine, [])
    assert everything(engine) == before
