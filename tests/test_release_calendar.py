"""The calendar: the same input gives the same bytes; what moves is a change of the same event, and nothing vanishes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from core import branches
from core.branches import Registry
from release import calendar
from release.formats import Names

TODAY, LATER = date(2026, 11, 20), date(2026, 11, 27)
NAMES = Names("Rabbit", "rabbit", "rabbit/rabbit")
TEXT = branches.registry_path("rabbit").read_text(encoding="utf-8")
REGISTRY = branches.parse(TEXT)
Event = Any


def events(text: str) -> dict[str, Event]:
    found = Calendar.from_ical(text).walk("VEVENT")
    assert len({str(event["uid"]) for event in found}) == len(found), "each UID stands once"
    return {str(event["uid"]).partition("@")[0]: event for event in found}


def without(version: str) -> Registry:
    head, _, rest = TEXT.partition(f'stage = "{version}"')
    head = head.rpartition("[[release.")[0]
    return branches.parse(head + "[[release." + rest.partition("[[release.")[2])


@pytest.mark.row("RL-7")
def test_the_same_registry_and_day_give_the_same_bytes() -> None:
    assert calendar.ical(REGISTRY, TODAY, NAMES) == calendar.ical(REGISTRY, TODAY, NAMES)


@pytest.mark.row("RL-7")
def test_another_day_changes_nothing_where_nothing_changed() -> None:
    first = calendar.ical(REGISTRY, TODAY, NAMES)
    assert calendar.ical(REGISTRY, LATER, NAMES, first) == first


@pytest.mark.row("RL-7")
@pytest.mark.parametrize("profile", ["rabbit", "cpython"])
def test_every_release_and_every_change_of_phase_is_an_event(profile: str) -> None:
    registry = branches.load(branches.registry_path(profile))
    found = events(calendar.ical(registry, TODAY, NAMES))
    for branch in registry:
        for row in branch.releases:
            assert found[f"rabbit-{row.version}"]["dtstart"].dt == row.date
        for name in ("feature-freeze", "end-of-bugfix", "security", "end-of-life"):
            assert f"rabbit-{branch.version}-{name}" in found
    assert len(found) == sum(len(branch.releases) + 5 for branch in registry)


@pytest.mark.row("RL-7")
def test_what_is_to_come_reminds_and_what_has_been_does_not() -> None:
    found = events(calendar.ical(REGISTRY, TODAY, NAMES))
    ends = [alarm["trigger"].dt for alarm in found["rabbit-1.1-end-of-life"].walk("VALARM")]
    assert ends == [timedelta(days=-days) for days in (90, 30, 7, 0)]
    assert not found["rabbit-1.0-end-of-life"].walk("VALARM")
    assert found["rabbit-1.2.1"].walk("VALARM")
    assert not found["rabbit-1.2.0"].walk("VALARM")


@pytest.mark.row("RL-7")
def test_a_moved_release_is_a_change_of_the_same_event() -> None:
    first = calendar.ical(REGISTRY, TODAY, NAMES)
    moved = branches.parse(TEXT.replace("date = 2026-12-01", "date = 2026-12-08"))
    second = calendar.ical(moved, LATER, NAMES, first)
    before, after = events(first), events(second)
    assert before.keys() == after.keys()
    changed = {uid for uid, event in after.items() if event.to_ical() != before[uid].to_ical()}
    assert changed == {"rabbit-1.2.1"}
    event = after["rabbit-1.2.1"]
    assert (event["dtstart"].dt, int(event["sequence"])) == (date(2026, 12, 8), 1)
    assert event["last-modified"].dt.date() == LATER
    back = events(calendar.ical(REGISTRY, LATER, NAMES, second))["rabbit-1.2.1"]
    assert (back["dtstart"].dt, int(back["sequence"])) == (date(2026, 12, 1), 2)


@pytest.mark.row("RL-7")
def test_a_dropped_release_is_cancelled_once_and_comes_back_with_a_higher_number() -> None:
    first = calendar.ical(REGISTRY, TODAY, NAMES)
    second = calendar.ical(without("1.2.2"), LATER, NAMES, first)
    gone = events(second)["rabbit-1.2.2"]
    assert (str(gone["status"]), int(gone["sequence"])) == ("CANCELLED", 1)
    assert calendar.ical(without("1.2.2"), LATER, NAMES, second) == second
    back = events(calendar.ical(REGISTRY, LATER, NAMES, second))["rabbit-1.2.2"]
    assert (str(back["status"]), int(back["sequence"])) == ("TENTATIVE", 2)


@pytest.mark.row("RL-7")
def test_a_release_that_is_out_is_confirmed_and_its_day_does_not_count_as_moved() -> None:
    first = calendar.ical(REGISTRY, TODAY, NAMES)
    text = TEXT.replace('state = "expected"\ndate = 2026-12-01', 'state = "actual"\ndate = 2026-12-01')
    out = events(calendar.ical(branches.parse(text), date(2026, 12, 1), NAMES, first))["rabbit-1.2.1"]
    assert (str(out["status"]), int(out["sequence"])) == ("CONFIRMED", 0)
    assert not out.walk("VALARM")


def test_what_is_no_calendar_is_refused() -> None:
    with pytest.raises(calendar.CalendarError, match="the earlier calendar cannot be read"):
        calendar.ical(REGISTRY, TODAY, NAMES, "no calendar\n")


def test_a_recalled_release_says_so() -> None:
    registry = branches.load(branches.registry_path("cpython"))
    found = events(calendar.ical(registry, TODAY, NAMES))
    assert str(found["rabbit-3.9.3"]["summary"]) == "Rabbit 3.9.3 (recalled)"
