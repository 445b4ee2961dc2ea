"""Titles of pull requests to maintenance branches, and the backport labels of the day."""

from __future__ import annotations

from datetime import date

import pytest

from bots import operators
from bots.maintenance import decide
from forge.effects import EnsureLabel, RetireLabel, SetStatus, TellOperators
from forge.events import BranchCreated, DayBegan
from tests.bots_facts import HEAD, TODAY, facts, opened, pull

STORY_DAY, AFTER = TODAY, date(2026, 12, 16)


@pytest.mark.row("BP-13")
@pytest.mark.parametrize(
    ("base", "title", "state", "text"),
    [
        ("1.2", "[1.2] gh-1: Close (GH-7)", "success", "The title names its branch, 1.2"),
        ("1.2", " [1.2]gh-1: Close", "success", "The title names its branch, 1.2"),
        ("1.2", "[1.1] gh-1: Close (GH-7)", "failure", "The title says 1.1, but the base is 1.2: correct one of them"),
        ("1.2", "gh-1: Close", "failure", "Begin the title with [1.2], the branch that this is for"),
        ("1.2", "gh-1: Close [1.2]", "failure", "Begin the title with [1.2], the branch that this is for"),
        ("1.20", "[1.2] gh-1: Close", "failure", "The title says 1.2, but the base is 1.20: correct one of them"),
    ],
)
def test_a_title_must_name_the_maintenance_branch(base: str, title: str, state: str, text: str) -> None:
    decision = decide(opened(), facts(pull(base=base, title=title)))
    assert decision.effects == (SetStatus(HEAD, "camelot/maintenance-branch-pr", state, text),)


@pytest.mark.parametrize("base", ["main", "backport-0123456-1.2", "1.2.3", "v1.2", "x1.2"])
def test_other_branches_ask_for_nothing(base: str) -> None:
    assert decide(opened(), facts(pull(base=base))).effects == ()


def test_a_closed_pull_request_gets_no_status() -> None:
    assert decide(opened("closed"), facts(pull(base="1.2", state="closed"))).effects == ()


def test_a_new_base_is_judged_at_once() -> None:
    (status,) = decide(opened("edited", changed=frozenset({"base"})), facts(pull(base="1.2"))).effects
    assert isinstance(status, SetStatus) and status.state == "failure"


def labels_on(day: date, *there: str) -> tuple[list[EnsureLabel], list[RetireLabel]]:
    effects = decide(DayBegan(day), facts(today=day, repository_labels=frozenset(there))).effects
    ensured = [each for each in effects if isinstance(each, EnsureLabel)]
    retired = [each for each in effects if isinstance(each, RetireLabel)]
    assert len(ensured) + len(retired) == len(effects)
    return ensured, retired


@pytest.mark.row("BP-17")
def test_every_maintained_branch_has_its_label_and_no_other_has() -> None:
    there = ("needs backport to 1.0", "needs backport to 0.9", "needs backport to 1.1", "docs", "needs backport")
    ensured, retired = labels_on(STORY_DAY, *there)
    assert [each.label for each in ensured] == ["needs backport to 1.1", "needs backport to 1.2"]
    assert [each.description for each in ensured] == [
        "1.1 takes security fixes only",
        "1.2 takes bug fixes and security fixes",
    ]
    assert retired == [RetireLabel("needs backport to 0.9"), RetireLabel("needs backport to 1.0")]


@pytest.mark.row("BP-17")
def test_on_the_day_after_the_end_of_life_the_label_goes() -> None:
    ensured, retired = labels_on(AFTER, "needs backport to 1.1", "needs backport to 1.2")
    assert [each.label for each in ensured] == ["needs backport to 1.2"]
    assert retired == [RetireLabel("needs backport to 1.1")]


def test_the_looks_follow_the_phase() -> None:
    before = {each.label: each for each in labels_on(date(2026, 10, 5))[0]}["needs backport to 1.1"]
    since = {each.label: each for each in labels_on(date(2026, 10, 6))[0]}["needs backport to 1.1"]
    assert (before.color, since.color) == ("c2e0c6", "e99695")
    assert before.description != since.description


@pytest.mark.row("BP-17")
def test_a_new_branch_brings_the_labels_up_to_date() -> None:
    decision = decide(BranchCreated("1.3"), facts(today=date(2027, 5, 4)))
    assert "needs backport to 1.3" in {each.label for each in decision.effects if isinstance(each, EnsureLabel)}


@pytest.mark.row("BP-17")
def test_a_branch_that_is_no_maintenance_branch_brings_nothing() -> None:
    assert decide(BranchCreated("backport-0123456-1.2"), facts(today=STORY_DAY)).effects == ()


def test_the_label_of_a_branch_that_is_still_main_is_left_alone() -> None:
    assert labels_on(STORY_DAY, "needs backport to 1.3")[1] == []


@pytest.mark.row("BP-17")
def test_a_branch_that_is_not_made_yet_gets_its_label_when_it_is() -> None:
    refs = frozenset({"main", "1.1"})
    made = decide(BranchCreated("1.1"), facts(today=STORY_DAY, refs=refs)).effects
    assert [each.label for each in made if isinstance(each, EnsureLabel)] == ["needs backport to 1.1"]


@pytest.mark.row("RL-24")
def test_operators_are_reminded_of_a_phase_that_is_near_on_the_days_agreed() -> None:
    def told(day: date) -> list[str]:
        effects = operators.decide(DayBegan(day), facts(today=day)).effects
        return [effect.words for effect in effects if isinstance(effect, TellOperators)]

    assert told(STORY_DAY) == []
    (words,) = told(date(2026, 12, 8))
    assert words.startswith("1.1 becomes end-of-life in 7 days, on 2026-12-15")
