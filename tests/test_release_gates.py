"""Each gate says pass, block or unknown, and why, in words that name what is wrong."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import insert, update

from core import records, results
from core.models import released
from core.records import Pull
from release import gates, repo
from release.judging import Blocker, Blockers, Excuse, blocking
from tests import release_house as house_of
from tests.release_house import ENTRY, TODAY, VERSION, House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return house_of.build(tmp_path)


def ask(house: House, gate: str, version: str = VERSION, today: date = TODAY) -> Excuse:
    found = gates.excuses(house.settings, house.engine, version, today)
    return next(excuse for excuse in found if excuse.gate == gate)


def test_on_a_good_day_nothing_blocks(house: House) -> None:
    found = gates.excuses(house.settings, house.engine, VERSION, TODAY)
    assert blocking(found, rehearse=True) == []
    states = {excuse.gate: excuse.state for excuse in found}
    assert states.pop("blockers") == "unknown", "nobody asked the tracker"
    assert set(states.values()) == {"pass"}


# What is no verdict of the tests is never taken for green.
@pytest.mark.parametrize("result", ["failure", "exception", "retry", "cancelled", "skipped"])
def test_anything_but_green_blocks_and_is_named(house: House, result: str) -> None:
    house_of.built(house, "debug", result, house.head)
    excuse = ask(house, "builders")
    assert excuse.state == "block"
    assert f"debug: {result.upper()} at the release commit" in excuse.reason
    assert excuse.evidence["refleak"] == "green at the release commit"


def test_warnings_are_green(house: House) -> None:
    house_of.built(house, "debug", "warnings", house.head)
    assert ask(house, "builders").state == "pass"


def test_a_builder_that_never_built_blocks(tmp_path: Path) -> None:
    house = house_of.build(tmp_path, green=False)
    house_of.built(house, "debug", "success", house.head)
    excuse = ask(house, "builders")
    assert (excuse.state, excuse.reason) == ("block", "refleak: never built this branch (is its worker offline?)")


def test_a_green_build_of_an_earlier_commit_counts_for_a_week(house: House) -> None:
    earlier = house.head
    house_of.commit(house.origin, house.root / "author", {"new.txt": "text\n"}, "Go on")
    assert ask(house, "builders").evidence["debug"] == f"green at {earlier[:10]}"
    assert ask(house, "builders", today=date(2026, 11, 27)).state == "pass"
    assert "last built 8 days ago" in ask(house, "builders", today=date(2026, 11, 28)).reason


def test_a_branch_without_builders_is_not_judged_by_another_branchs(house: House) -> None:
    results.set_builders(house.engine, [results.Builder("old", "debug", 1, True, "1.2", "1.2", "")])
    assert ask(house, "builders").reason == "the farm has no stable builder for 1.3 that counts"


def test_a_builder_of_tier_three_holds_nothing_back(house: House) -> None:
    house_of.built(house, "odd", "failure", house.head)
    assert ask(house, "builders").state == "pass"


def test_a_notice_of_another_branch_holds_nothing_back(house: House) -> None:
    records.open_notice(house.engine, "1.2:test_list:refleak", 3, house.head, {})
    records.open_notice(house.engine, "odd", 3, house.head, {"branch": "1.1"})
    assert ask(house, "notices").state == "pass"


@pytest.mark.parametrize("key", ["main:test_list", "main/test_list/refleak", "a key that says no branch", ""])
def test_a_notice_of_this_branch_or_of_none_that_is_known_blocks(house: House, key: str) -> None:
    records.open_notice(house.engine, key, 4, house.head, {})
    assert ask(house, "notices").state == "block"
    records.close_notice(house.engine, key)
    assert ask(house, "notices").state == "pass"


def test_a_notice_says_its_branch_in_its_body_first_of_all(house: House) -> None:
    records.open_notice(house.engine, "1.2 or so", 4, house.head, {"branch": "main"})
    assert ask(house, "notices").state == "block"


def test_what_was_really_released_is_not_planned_any_more(house: House) -> None:
    row = {"branch": "1.3", "commit": house.head, "files": {}, "at": "2026-11-20"}
    with house.engine.begin() as connection:
        connection.execute(insert(released).values(version=VERSION, mode="rehearse", **row))
    assert "the registry plans 1.3.0a2 next" in ask(house, "version", "1.3.0a3").reason
    with house.engine.begin() as connection:
        connection.execute(update(released).values(mode="real"))
    assert ask(house, "version", "1.3.0a3").state == "pass"


def test_an_open_pull_request_with_the_label_blocks(house: House) -> None:
    pull = Pull(5, "Crash in list", "ada", "open", False, "main", "c0ffee", "", "", "", (gates.BLOCKER,))
    records.remember_pull(house.engine, pull)
    assert ask(house, "blockers").reason == "labelled release-blocker: #5 Crash in list"


def test_a_tracker_that_is_asked_makes_the_answer_complete(house: House) -> None:
    def one(settings: object) -> Blockers:
        return Blockers((Blocker(9, "It does not start"),), complete=True)

    def none(settings: object) -> Blockers:
        return Blockers((), complete=True)

    states = [gates.excuses(house.settings, house.engine, VERSION, TODAY, who)[-1].state for who in (one, none)]
    assert states == ["block", "pass"]


def test_a_release_before_its_day_is_for_people_to_decide(house: House) -> None:
    excuse = ask(house, "date", today=date(2026, 11, 16))
    assert (excuse.state, excuse.reason) == ("unknown", "1.3.0a2 is planned for 2026-11-17, today is 2026-11-16")
    assert ask(house, "date").reason == "planned for 2026-11-17, 3 days ago"


# version, gate, what it says
WRONG = [
    ("1.9.0a1", "branch", "the registry knows no branch 1.9"),
    ("1.0.3", "branch", "1.0 is in its end-of-life phase"),
    ("1.3.0rc1", "branch", "1.3 is in its feature phase: no 1.3.0rc1 from there"),
    ("1.2.1", "branch", "the repository has no branch 1.2"),
    ("1.3.0a3", "version", "the registry plans 1.3.0a2 next, not 1.3.0a3"),
    ("1.3.0a1", "version", "the tree says 1.3.0a1+, which does not lead to 1.3.0a1"),
]


@pytest.mark.parametrize(("version", "gate", "said"), WRONG)
def test_a_version_that_does_not_fit_blocks(house: House, version: str, gate: str, said: str) -> None:
    excuse = ask(house, gate, version)
    assert excuse.state == "block"
    assert said in excuse.reason


def test_a_bad_news_entry_blocks_and_no_entry_is_for_people_to_decide(house: House) -> None:
    author = house.root / "author"
    house_of.commit(house.origin, author, {ENTRY: "- Wrong.\n"}, "Bad entry")
    assert "begin with words" in ask(house, "news").reason
    (author / ENTRY).unlink()
    house_of.commit(house.origin, author, {}, "No entry")
    assert ask(house, "news").state == "unknown"


def test_a_tag_that_is_there_blocks(house: House) -> None:
    repo.git(house.origin, "update-ref", "refs/tags/v1.3.0a2", house.head)
    assert ask(house, "tag").reason == f"v1.3.0a2 exists already, at {house.head[:10]}: it is never moved"


def test_a_tree_that_says_another_version_in_its_readme_blocks(house: House) -> None:
    house_of.commit(house.origin, house.root / "author", {"README.md": "# Rabbit\n"}, "Shorter")
    assert "README: the first line is '# Rabbit'" in ask(house, "version").reason
