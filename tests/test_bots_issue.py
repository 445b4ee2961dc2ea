"""The issue-number status: which titles name an issue, and what is said of each answer of the tracker."""

from __future__ import annotations

import pytest

from bots import issue
from forge import titles
from forge.effects import SetStatus
from forge.facts import Issue
from tests.bots_facts import HEAD, facts, opened, pull

NONE = 'No issue # in title or "skip issue" label found'


@pytest.mark.parametrize(
    ("title", "number"),
    [
        ("gh-12: Close the file", 12),
        ("GH-12: Close the file", 12),
        ("[3.12] gh-12: Close the file", 12),
        ("[3.12] gh-12: Close the file (GH-40)", 12),
        ("[3.12] Close the file (GH-40)", None),  # the original, not an issue
        ("[3.12] Close the file (#40)", None),
        ("Close the file (gh-12)", 12),
        ("bpo-12: Close the file", 12),
        ("Document high-12 rule", None),
        ("Explain x-gh-12", None),
        ("gh-12x", None),
        ("gh-: nothing", None),
        ("Close the file", None),
    ],
)
def test_a_number_needs_a_boundary_on_both_sides(title: str, number: int | None) -> None:
    assert titles.issue(title) == number


def test_a_backport_title_names_branch_subject_and_original() -> None:
    assert titles.backport("[1.2] gh-7: Close the file (GH-40)") == titles.BackportTitle(
        "1.2", "gh-7: Close the file", 40
    )
    assert titles.backport("[1.2] gh-7: Close the file") is None
    assert titles.backport("gh-7: Close the file (GH-40)") is None
    assert titles.branch("[1.2] gh-7: Close the file") == "1.2"
    assert titles.branch("gh-7: [1.2]") == ""


def status(title: str, labels: frozenset[str] = frozenset(), **more: object) -> SetStatus:
    whole = facts(pull(title=title, labels=labels), **more)
    (effect,) = issue.decide(opened(), whole).effects
    assert isinstance(effect, SetStatus)
    assert (effect.sha, effect.context) == (HEAD, "camelot/issue-number")
    return effect


def test_an_issue_that_exists_is_found_and_linked() -> None:
    said = status("gh-1: Close the file")
    assert (said.state, said.description) == ("success", "Issue number 1 found")
    assert said.url.endswith("/rabbit/rabbit/issues/1")


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Close the file", NONE),
        ("gh-40: Close the file", "GH Issue #40 is not valid."),  # a pull request
        ("gh-9: Close the file", "GH Issue #9 is not valid."),  # the tracker knows no such number
    ],
)
def test_a_failure_says_what_is_wrong(title: str, text: str) -> None:
    said = status(title, issues={9: Issue(9, False, False), 40: Issue(40, True, True)})
    assert (said.state, said.description) == ("failure", text)


def test_the_label_excuses_here_and_on_the_original_of_a_backport() -> None:
    assert status("Close", labels=frozenset({"skip issue"})).description == "Issue report skipped"
    original = pull(number=40, labels=frozenset({"skip issue"}))
    said = status("[1.2] Close (GH-40)", original=original)
    assert (said.state, said.description) == ("success", "Issue report skipped")
