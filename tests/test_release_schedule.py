"""Dates: those of the registry, and those that the rules give; the chart and the table that show them."""

from __future__ import annotations

import json
import tomllib
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest

from core import branches, settings
from core.branches import Cycle, Moved
from core.versions import Version
from release import chart, plan, schedule, table, templates

TODAY, AFTER = date(2026, 11, 20), date(2026, 12, 16)
SVG = "{http://www.w3.org/2000/svg}"

# How many days of each first published plan the template alone gives: found beforehand, by another program.
EXACT = {
    "3.9": (10, 12),
    "3.10": (11, 14),
    "3.11": (7, 14),
    "3.12": (12, 14),
    "3.13": (13, 13),
    "3.14": (12, 14),
    "3.15": (13, 14),
    "3.16": (14, 14),
}
PUBLISHED = tomllib.loads((Path(__file__).parent / "release_plans.toml").read_text(encoding="utf-8"))
CPYTHON = branches.load(branches.registry_path("cpython"))


@pytest.fixture(scope="module")
def rabbit() -> branches.Registry:
    return branches.load(branches.registry_path("rabbit"))


def planned(branch: str, exceptions: bool = True) -> dict[str, date]:
    rows = schedule.plan(branch, schedule.cycle_of(CPYTHON, branch), exceptions)
    return {row.version: row.date for row in rows}


@pytest.mark.row("RL-6")
@pytest.mark.parametrize("branch", EXACT)
def test_the_template_alone_gives_most_of_the_first_published_plan(branch: str) -> None:
    ruled, published = planned(branch, exceptions=False), PUBLISHED[branch]
    exact = sum(1 for version, day in published.items() if ruled[version] == day)
    assert (exact, len(published)) == EXACT[branch]


@pytest.mark.row("RL-6")
@pytest.mark.parametrize("branch", EXACT)
def test_the_rest_of_each_plan_is_exceptions_with_a_reason(branch: str) -> None:
    cycle = schedule.cycle_of(CPYTHON, branch)
    assert planned(branch).items() >= PUBLISHED[branch].items()
    exact, whole = EXACT[branch]
    named = [moved for moved in cycle.overrides if moved.version in PUBLISHED[branch]]
    assert len(named) == whole - exact
    assert all(moved.reason for moved in named)


@pytest.mark.row("RL-6")
def test_every_computed_day_says_why() -> None:
    whys = {row.version: row.why for row in schedule.plan("3.14", schedule.cycle_of(CPYTHON, "3.14"))}
    assert whys["3.14.0b1"] == "first Tuesday of May 2025"
    assert whys["3.14.0a5"] == "b1 − 28 d × 3"  # noqa: RUF001
    assert whys["3.14.0b4"] == "b3 + 21 d"
    assert whys["3.14.0a6"] == "Pi day (by rule: b1 − 28 d × 2)"  # noqa: RUF001
    assert all(whys.values())


@pytest.mark.row("RL-6")
def test_a_branch_that_nobody_has_planned_goes_by_the_newest_template_in_its_year() -> None:
    plan_317 = planned("3.17")
    assert (plan_317["3.17.0a1"], plan_317["3.17.0b1"]) == (date(2027, 10, 12), date(2028, 5, 2))
    assert plan_317["3.17.0"] == date(2028, 10, 3)


@pytest.mark.parametrize("name", templates.templates())
@pytest.mark.parametrize("year", range(2020, 2045))
def test_every_template_gives_an_order_of_days_in_any_year(name: str, year: int) -> None:
    days = [day.date for day in templates.template(name).days(year).values()]
    assert days == sorted(days)


WRONG_PLANS = [
    (
        Cycle("baroque", 2028),
        "there is no template 'baroque': choose one of third-monday, classic, modern, second-tuesday",
    ),
    (Cycle("classic", 2028, (("b4", 21),)), "template classic has no parameter 'b4'; it has none"),
    (Cycle("modern", 28), "28 is no year of a release"),
    (Cycle("modern", 2028, (), (Moved("3.17.0a9", date(2028, 4, 1), "more"),)), "3.17.0a9 is no release of 3.17"),
    (Cycle("modern", 2028, (), (Moved("3.17.0b2", date(2028, 5, 1), "early"),)), "3.17.0b2 on 2028-05-01 lies before"),
]


@pytest.mark.parametrize(("cycle", "sentence"), WRONG_PLANS)
def test_a_plan_that_cannot_be_is_refused_in_one_sentence(cycle: Cycle, sentence: str) -> None:
    with pytest.raises(templates.TemplateError) as caught:
        schedule.plan("3.17", cycle)
    assert str(caught.value).startswith(sentence)


def test_a_branch_from_before_the_templates_says_so() -> None:
    with pytest.raises(
        templates.TemplateError, match=r"3\.8 was not planned by a template: give --template and --year"
    ):
        schedule.cycle_of(CPYTHON, "3.8")
    with pytest.raises(templates.TemplateError, match=r"4\.0 does not follow 3\.16"):
        schedule.cycle_of(CPYTHON, "4.0")


# Releases within a week of their first plan, of all that were planned and are out. Found beforehand, by another program
# (which counts the two releases of 3.15 that are still to come as being in time: 11 of 14).
WITHIN_A_WEEK = {"3.10": (14, 14), "3.13": (7, 13), "3.15": (9, 12)}


@pytest.mark.row("RL-8")
@pytest.mark.parametrize("branch", WITHIN_A_WEEK)
def test_how_far_a_cycle_slipped_is_counted(branch: str) -> None:
    known = CPYTHON.find(branch)
    assert known is not None
    slip = schedule.slip(known)
    assert slip is not None
    assert (slip.within_week, slip.compared) == WITHIN_A_WEEK[branch]


@pytest.mark.row("RL-8")
def test_what_changed_since_is_listed_and_short_notice_is_named() -> None:
    text = branches.registry_path("rabbit").read_text(encoding="utf-8")
    moved = text.replace("date = 2026-12-01", "date = 2026-12-08").replace("date = 2027-02-02", "date = 2027-02-09")
    found = schedule.changes(branches.parse(text), branches.parse(moved))
    assert [(change.version, change.after) for change in found] == [
        ("1.2.1", date(2026, 12, 8)),
        ("1.2.2", date(2027, 2, 9)),
    ]
    assert schedule.short_notice(found, TODAY) == [
        "1.2.1, planned for 2026-12-01, is moved to 2026-12-08 with less than 14 days' notice"
    ]


@pytest.mark.row("RL-9")
def test_a_removal_waits_for_two_releases_with_the_warning_and_better_five() -> None:
    found = schedule.removal(CPYTHON, "3.14")
    assert (found.earliest, found.earliest_date) == ("3.16", date(2027, 10, 5))
    assert (found.better, found.better_date) == ("3.19", date(2030, 10, 1))


@pytest.mark.row("RL-6")
def test_bug_fix_releases_fall_within_nine_days_of_every_other_first_tuesday() -> None:
    """3.14's own, as planned and out in August 2026; hotfixes between them are off the rule."""
    known = CPYTHON.find("3.14")
    assert known is not None
    ruled = [row.date for row in schedule.support("3.14", date(2025, 10, 7)) if row.version.count(".") == 2]
    real = [row.date for row in known.releases if row.version.micro and row.version.is_final]
    assert len(ruled) == 12
    assert sum(1 for day in ruled if min(abs((day - other).days) for other in real) <= 9) == 12


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
    assert rows["push"] == "push main and v1.3.0a2, both or neither, to the repository"
    assert json.dumps(rows)
