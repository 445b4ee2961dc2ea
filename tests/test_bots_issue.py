"""The issue-number status: which titles name an issue, and what is said of each answer of the tracker."""

from __future__ import annotations

import pytest

from bots import issue
from forge import links, titles
from forge.effects import Effect, Link, SetStatus, ShowIssues
from forge.events import Event
from forge.facts import Issue, PullRequest
from tests.bots_facts import HEAD, facts, opened, pull

NONE = 'No issue # in title or "skip issue" label found'


@pytest.mark.row("IS-1")
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
    effect = issue.decide(opened(), whole).effects[0]
    assert isinstance(effect, SetStatus)
    assert (effect.sha, effect.context) == (HEAD, "camelot/issue-number")
    return effect


@pytest.mark.row("IS-2")
def test_an_issue_that_exists_is_found_and_linked() -> None:
    said = status("gh-1: Close the file")
    assert (said.state, said.description) == ("success", "Issue number 1 found")
    assert said.url.endswith("/rabbit/rabbit/issues/1")


@pytest.mark.row("IS-2", "IS-3")
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


@pytest.mark.row("IS-2", "BP-14")
def test_the_label_excuses_here_and_on_the_original_of_a_backport() -> None:
    assert status("Close", labels=frozenset({"skip issue"})).description == "Issue report skipped"
    original = pull(number=40, labels=frozenset({"skip issue"}))
    said = status("[1.2] Close (GH-40)", original=original)
    assert (said.state, said.description) == ("success", "Issue report skipped")


@pytest.mark.row("IS-6")
def test_of_several_issues_in_a_title_each_is_looked_at() -> None:
    both = {1: Issue(1, True, False), 2: Issue(2, True, False)}
    assert titles.issues("gh-1, gh-2: Close (gh-1)") == (1, 2)
    assert status("gh-1, gh-2: Close", issues=both).description == "Issue numbers 1, 2 found"
    only = {1: both[1], 2: Issue(2, False, False)}
    assert status("gh-1, gh-2: Close", issues=only).description == "GH Issue #2 is not valid."


# --- links ---


def linked(pr: PullRequest, event: Event | None = None, **issues: Issue) -> list[Effect]:
    known = {issue.number: issue for issue in issues.values()} or {1: Issue(1, True, False), 2: Issue(2, True, False)}
    effects = issue.decide(event or opened(), facts(pr, issues=known)).effects
    return [each for each in effects if not isinstance(each, SetStatus)]


BLOCK = "<!-- gh-issue-number: gh-1 -->\n* Issue: gh-1\n<!-- /gh-issue-number -->\n"


@pytest.mark.row("IS-4")
def test_a_new_pull_request_and_its_issue_name_each_other() -> None:
    assert linked(pull()) == [Link(1, 7), ShowIssues(7, (1,))]
    there = Issue(1, True, False, {7: ""})
    assert linked(pull(body=BLOCK), one=there) == [], "both do already"


@pytest.mark.row("IS-4")
@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("This closes #1.", True),
        ("See gh-1 and more", True),
        ("GH-1", True),
        ("(#1)", True),
        ("#12 and gh-10", False),
        ("high-1, x#1, other/repo#1", False),
        (BLOCK, False),  # our own words are not the author's
    ],
)
def test_what_the_author_wrote_already_is_not_written_again(body: str, known: bool) -> None:
    assert links.mentioned(body, 1) is known


@pytest.mark.row("IS-5")
def test_a_title_with_another_issue_moves_the_link() -> None:
    there = Issue(2, True, False)
    moved = [Link(1, 7, there=False), Link(2, 7), ShowIssues(7, (2,))]
    assert linked(pull(title="gh-2: Close", body=BLOCK), one=there) == moved
    edited = opened("edited", changed=frozenset({"title"}), old_title="gh-1: Close")
    assert linked(pull(title="gh-2: Close", body="See #1 and #2."), edited, one=there) == moved[:2]


@pytest.mark.row("IS-5")
def test_a_pull_request_that_is_closed_is_marked_and_one_that_is_merged_is_kept() -> None:
    there = Issue(1, True, False, {7: ""})
    closed = linked(pull(state="closed", body=BLOCK), one=there)
    assert closed == [Link(1, 7, note="(closed without a merge)")]
    assert linked(pull(state="closed", merged=True, body=BLOCK), one=there) == []
    marked = Issue(1, True, False, {7: "(closed without a merge)"})
    assert linked(pull(body=BLOCK), one=marked) == [Link(1, 7)], "reopened"


@pytest.mark.row("IS-3")
def test_only_an_issue_that_is_one_is_linked() -> None:
    assert linked(pull(), one=Issue(1, False, False)) == []
    assert linked(pull(), one=Issue(1, True, True)) == []


WORDS = "It leaks.\r\n\r\nBadly."


@pytest.mark.row("IS-4")
def test_a_list_in_an_issue_grows_and_shrinks_and_the_words_around_it_stay() -> None:
    one = links.listing(WORDS, 9)
    two = links.listing(one, 7)
    assert two.startswith(WORDS) and links.listed(two) == {7: "", 9: ""}
    assert links.listing(two, 7) == two
    assert links.listing(links.listing(two, 7, there=False), 9, there=False) == WORDS
    more = two.replace("Badly.", "Badly!") + "\r\nAnd more below.\r\n"
    again = links.listing(more, 9, note="(closed without a merge)")
    assert "Badly!" in again and "And more below." in again
    assert links.listed(again) == {7: "", 9: "(closed without a merge)"}
    assert links.listing("", 7).startswith("<!-- gh-linked-prs -->\n### Linked PRs\n* gh-7\n")


@pytest.mark.row("IS-4", "IS-6")
def test_a_description_names_its_issues_in_one_block() -> None:
    whole = links.naming("Mine.", (1, 2))
    assert whole == (
        "Mine.\n\n<!-- gh-issue-number: gh-1 -->\n* Issue: gh-1\n* Issue: gh-2\n<!-- /gh-issue-number -->\n"
    )
    assert links.named(whole) == (1, 2)
    assert links.naming(whole, (1, 2)) == whole
    assert links.naming(links.naming(whole, (3,)), ()) == "Mine."
