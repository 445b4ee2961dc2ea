"""Dates: those of the registry, and those that the rules give; the chart and the table that show them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core import branches, database, results, settings
from core.results import Builder
from core.versions import Version
from release import chart, plan, schedule, table, transition

TODAY, AFTER = date(2026, 11, 20), date(2026, 12, 16)
SVG = "{http://www.w3.org/2000/svg}"

# 3.13's first published plan, which the rules give day for day (release PEP 719).
PLAN_313 = {
    "3.13.0a1": "2023-10-17",
    "3.13.0a2": "2023-11-21",
    "3.13.0a3": "2023-12-19",
    "3.13.0a4": "2024-01-16",
    "3.13.0a5": "2024-02-13",
    "3.13.0a6": "2024-03-12",
    "3.13.0a7": "2024-04-09",
    "3.13.0b1": "2024-05-07",
    "3.13.0b2": "2024-05-28",
    "3.13.0b3": "2024-06-18",
    "3.13.0b4": "2024-07-16",
    "3.13.0rc1": "2024-07-30",
    "3.13.0rc2": "2024-09-03",
    "3.13.0": "2024-10-01",
}


@pytest.fixture(scope="module")
def rabbit() -> branches.Registry:
    return branches.load(branches.registry_path("rabbit"))


def test_the_rules_give_the_plan_that_was_published() -> None:
    assert {row.version: str(row.date) for row in schedule.modern("3.13", 2024)} == PLAN_313


def test_every_computed_day_says_why() -> None:
    whys = {row.version: row.why for row in schedule.modern("1.4", 2028)}
    assert whys["1.4.0b1"] == "first Tuesday of May 2028"
    assert whys["1.4.0a5"] == "b1 - 84 d"
    assert whys["1.4.0rc2"] == "rc1 + 35 d"


def test_the_day_of_a_release_comes_from_the_registry(rabbit: branches.Registry) -> None:
    row = schedule.find(rabbit, Version.parse("1.3.0a2"))
    assert row is not None
    assert row.date == date(2026, 11, 17)
    assert schedule.find(rabbit, Version.parse("1.3.7")) is None
    assert schedule.find(rabbit, Version.parse("9.9.0")) is None


def test_a_branchs_days_come_in_order(rabbit: branches.Registry) -> None:
    for branch in rabbit:
        days = [row.date for row in schedule.days(branch)]
        assert days == sorted(days)
        assert all(row.why for row in schedule.rows(branch))


def test_the_table_shows_each_branch_as_it_stands_that_day(rabbit: branches.Registry) -> None:
    now = {row.version: (row.status, row.ref, row.next_release) for row in table.rows(rabbit, TODAY)}
    assert now == {
        "1.3": ("feature", "main", "1.3.0a2"),
        "1.2": ("bugfix", "1.2", "1.2.1"),
        "1.1": ("security", "1.1", ""),
        "1.0": ("end-of-life", "1.0", ""),
    }
    then = {row.version: row.status for row in table.rows(rabbit, AFTER)}
    assert then["1.1"] == "end-of-life"


@pytest.mark.parametrize("profile", settings.PROFILE_NAMES)
def test_the_chart_has_a_row_a_branch_and_a_bar_a_phase(profile: str) -> None:
    registry = branches.load(branches.registry_path(profile))
    root = ElementTree.fromstring(chart.svg(registry, TODAY))  # noqa: S314 - our own text
    assert len(root.findall(f"{SVG}g")) == len(registry.branches)
    bars = root.findall(f"{SVG}g/{SVG}rect")
    assert len(bars) == 4 * len(registry.branches)
    assert all(float(bar.get("width", "0")) > 0 for bar in bars)
    assert all(bar.find(f"{SVG}title") is not None for bar in bars)


def test_the_chart_is_the_same_for_a_day_and_another_on_the_next(rabbit: branches.Registry) -> None:
    assert chart.svg(rabbit, TODAY) == chart.svg(rabbit, TODAY)
    before, after = chart.svg(rabbit, TODAY), chart.svg(rabbit, AFTER)
    assert 'class="branch security"' in before
    assert 'class="branch security"' not in after
    assert "Today: 2026-12-16" in after


def test_todays_line_moves_to_the_right(rabbit: branches.Registry) -> None:
    def place(day: date) -> float:
        root = ElementTree.fromstring(chart.svg(rabbit, day))  # noqa: S314 - our own text
        return next(float(line.get("x1", "0")) for line in root.iter(f"{SVG}line") if line.get("class") == "today")

    assert place(TODAY) < place(AFTER)


@pytest.mark.parametrize(
    ("version", "ref"),
    [
        ("1.3.0a2", "main"),
        ("1.3.0b1", "main"),
        ("1.3.0b2", "1.3"),
        ("1.3.0rc1", "1.3"),
        ("1.3.0", "1.3"),
        ("1.2.1", "1.2"),
    ],
)
def test_a_release_is_cut_from_main_until_its_first_beta(version: str, ref: str) -> None:
    assert plan.ref_of(Version.parse(version)) == ref


def test_a_plan_can_be_shown_and_names_what_it_touches() -> None:
    rows = {step.id: step.what for step in plan.plan(Version.parse("1.3.0a2"), "real")}
    assert rows["push"] == "push main and v1.3.0a2 to the repository, both or neither"
    assert json.dumps(rows)


def test_drift_names_what_an_end_of_life_left_behind(tmp_path: Path) -> None:
    given = settings.load({}, "rabbit", {"data": str(tmp_path)})
    engine = database.connect(given.database)
    rows = [
        Builder(f"debug {v}", "debug", 1, True, r, v, "") for v, r in (("1.1", "1.1"), ("1.2", "1.2"), ("1.3", "main"))
    ]
    results.set_builders(engine, rows)
    labels = {"needs backport to 1.1", "needs backport to 1.2", "awaiting review"}
    refs = {"main", "1.1", "1.2"}
    assert transition.drift(given, engine, TODAY, labels, refs) == []
    assert transition.drift(given, engine, AFTER, labels, refs) == [
        "label 'needs backport to 1.1' should be gone: 1.1 is end-of-life",
        "builders for 1.1 should be gone: it is end-of-life",
    ]
    assert transition.drift(given, engine, TODAY, set(), {"main"})[:2] == [
        "label 'needs backport to 1.1' is missing: 1.1 is security",
        "git branch 1.1 is missing: 1.1 is security",
    ]


def test_an_end_of_life_that_is_done_asks_for_nothing_more(rabbit: branches.Registry) -> None:
    branch, given = rabbit.find("1.1"), settings.load({}, "rabbit")
    assert branch is not None
    before = transition.end_of_life(branch, given, {"needs backport to 1.1"}, {"main", "1.1"}, ())
    assert all(act.needed for act in before)
    after = transition.end_of_life(branch, given, (), {"main"}, {"1.1"})
    assert not any(act.needed for act in after)
