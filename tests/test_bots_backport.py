"""A merged change goes to the branches that take it; one comment says where each stands; titles are not trusted."""

from __future__ import annotations

from datetime import date

import pytest

from bots.backport import TOPIC, decide
from core.branches import Status
from forge.effects import AddLabel, Backport, Comment, Effect, Recheck, RecordBackport, RemoveLabel
from forge.events import BackportFinished, Event, PullRequestChanged
from forge.facts import BackportState, Facts, PullRequest
from tests.backport_facts import MERGE, by_core, happened, its_backport, merged, of, wants
from tests.bots_facts import ADA, BOB, TRIAGER, facts, ours, pull

CLOSED = happened("closed")
DONE = BackportFinished(7, "1.2")


def effects(event: Event, about: Facts) -> list[Effect]:
    return list(decide(event, about).effects)


def picks(event: Event, about: Facts) -> list[str]:
    return [each.branch for each in effects(event, about) if isinstance(each, Backport)]


def table(event: Event, about: Facts) -> list[str]:
    (comment,) = [each for each in effects(event, about) if isinstance(each, Comment)]
    assert (comment.number, comment.topic) == (7, TOPIC)
    return [line for line in comment.body.splitlines() if line.startswith("| 1") or line.startswith("| m")]


# --- the merge ---


def test_a_merge_is_backported_to_a_branch_that_takes_it_and_refused_to_one_that_does_not() -> None:
    pr = merged(*wants("1.2", "1.0"), "type-bug", "docs", "topic-io")
    refusal = "1.0 reached its end of life on 2025-12-16 and takes no more changes"
    record, gone, comment, pick = effects(CLOSED, of(pr))
    assert record == RecordBackport(7, "1.0", "refused", refusal)
    assert gone == RemoveLabel(7, "needs backport to 1.0")
    assert isinstance(comment, Comment)
    assert pick == Backport(7, MERGE, "1.2", "gh-1: Close the file", "ada", ("topic-io", "type-bug"))
    assert table(CLOSED, of(pr)) == ["| 1.2 | under way |  |", f"| 1.0 | refused | {refusal} |"]


REFUSED = {
    "a security branch": ("1.1", "takes only security fixes since 2026-10-06"),
    "a branch past its end": ("1.0", "reached its end of life on 2025-12-16"),
    "an unknown branch": ("9.9", "there is no branch 9.9; the maintained ones are 1.1, 1.2"),
    "no branch at all": ("main", "there is no branch main"),
    "where it was merged": ("1.3", "1.3 is what this was merged into"),
}


@pytest.mark.parametrize(("branch", "why"), REFUSED.values(), ids=REFUSED)
def test_a_refusal_says_why_and_takes_the_label_off(branch: str, why: str) -> None:
    record, gone, comment = effects(CLOSED, of(merged(*wants(branch))))
    assert isinstance(record, RecordBackport) and record.state == "refused" and why in record.why
    assert gone == RemoveLabel(7, f"needs backport to {branch}")
    assert isinstance(comment, Comment) and why in comment.body


def test_a_security_fix_goes_where_bug_fixes_do_not() -> None:
    assert picks(CLOSED, of(merged(*wants("1.1"), "type-security"))) == ["1.1"]


def test_the_day_decides() -> None:
    pr = merged(*wants("1.1"), "type-security")
    assert picks(CLOSED, of(pr, today=date(2026, 12, 14))) == ["1.1"]
    assert picks(CLOSED, of(pr, today=date(2026, 12, 15))) == []
    about = of(merged(*wants("1.3"), base="1.2"))
    assert about.registry.by_ref("main", about.today) is about.registry.find("1.3")
    assert table(CLOSED, about) == ["| 1.3 | refused | 1.3 has no branch of its own yet; it is developed on main |"]
    born = date(2027, 5, 4)
    assert about.registry.branches[-1].status(born) is Status.PRERELEASE
    assert picks(CLOSED, of(merged(*wants("1.3"), base="1.2"), today=born)) == ["1.3"]


def test_newer_branches_come_first_by_number() -> None:
    pr = merged(*wants("1.1", "1.2"), "type-security")
    assert picks(CLOSED, of(pr)) == ["1.2", "1.1"]


NOT_YET: dict[str, PullRequest] = {
    "an open pull request": pull(labels=frozenset(wants("1.2"))),
    "one that was closed without a merge": merged(*wants("1.2"), merged=False, merge_sha=""),
    "no label": merged("docs"),
}


@pytest.mark.parametrize("pr", NOT_YET.values(), ids=NOT_YET)
def test_nothing_is_backported_for(pr: PullRequest) -> None:
    assert effects(CLOSED, of(pr)) == []


@pytest.mark.parametrize("event", [happened("labeled", label="needs backport to 1.2"), happened("recheck")])
def test_a_label_after_the_merge_and_a_second_look_do_the_same(event: PullRequestChanged) -> None:
    assert picks(event, of(merged(*wants("1.2")))) == ["1.2"]


def test_merge_and_label_at_once_make_one_backport() -> None:
    pr, row = merged(*wants("1.2")), BackportState("1.2", "opened", "", 50)
    assert picks(happened("labeled", label="needs backport to 1.2"), of(pr, row)) == []


STATES = {"opened": False, "merged": False, "already-there": False, "conflict": False, "failed": False, "refused": True}


@pytest.mark.parametrize(("state", "again"), STATES.items())
def test_a_second_look_tries_again_only_what_was_refused_and_is_allowed_now(state: str, again: bool) -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", state, "because", None))
    assert (picks(happened("recheck"), about) == ["1.2"]) is again


@pytest.mark.parametrize("state", ["conflict", "failed"])
def test_a_label_put_on_again_tries_again(state: str) -> None:
    about = of(merged(*wants("1.2", "1.1"), "type-security"), BackportState("1.2", state), BackportState("1.1", state))
    assert picks(happened("labeled", label="needs backport to 1.1"), about) == ["1.1"]


# --- after an attempt ---


def test_once_its_pull_request_is_there_the_label_goes_and_the_comment_links_it() -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", "opened", "", 50), BackportState("1.0", "refused", "old"))
    assert RemoveLabel(7, "needs backport to 1.2") in effects(DONE, about)
    assert table(DONE, about) == ["| 1.2 | opened | #50 |", "| 1.0 | refused | old |"]


def test_what_was_there_already_is_a_success() -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", "already-there", "1.2 has this change already", 41))
    assert effects(DONE, about)[0] == RemoveLabel(7, "needs backport to 1.2")
    assert table(DONE, about) == ["| 1.2 | already-there | #41: 1.2 has this change already |"]


def test_a_conflict_keeps_its_label_and_gives_the_exact_command() -> None:
    row = BackportState("1.2", "conflict", "Lib/a|b.py must be merged by hand")
    (comment,) = effects(DONE, of(merged(*wants("1.2")), row))
    assert isinstance(comment, Comment)
    assert f"\ncherry_picker {MERGE} 1.2\n" in comment.body
    assert "| 1.2 | conflict | Lib/a\\|b.py must be merged by hand |" in comment.body


def test_a_failure_says_why_and_how_to_try_again_without_a_command() -> None:
    row = BackportState("1.2", "failed", "the branch 1.2 does not exist in the repository")
    (comment,) = effects(DONE, of(merged(*wants("1.2")), row))
    assert isinstance(comment, Comment)
    assert row.why in comment.body and "take its label off and put it on" in comment.body
    assert "cherry_picker" not in comment.body


def test_a_comment_that_says_it_already_is_not_written_again() -> None:
    about = of(merged(), BackportState("1.2", "opened", "", 50))
    (comment,) = effects(DONE, about)
    assert isinstance(comment, Comment)
    pr = merged(comments=(ours(TOPIC, comment.body),))
    assert effects(DONE, of(pr, BackportState("1.2", "opened", "", 50))) == []


# --- the backport's own pull request ---

LABELLED = merged(*wants("1.2"), "skip news", "type-bug", "topic-io", "docs")


def test_a_backport_takes_over_labels_and_the_originals_label_goes() -> None:
    made = effects(happened("opened", 50), facts(its_backport(labels=frozenset({"skip news"})), original=LABELLED))
    assert made == [
        AddLabel(50, "topic-io"),
        AddLabel(50, "type-bug"),
        RemoveLabel(7, "needs backport to 1.2"),
        RecordBackport(7, "1.2", "opened", "", 50),
        Recheck(7, "its backport #50: opened"),
    ]


def test_a_core_developer_may_backport_by_hand() -> None:
    made = effects(happened("opened", 50), facts(by_core(), original=LABELLED))
    assert RemoveLabel(7, "needs backport to 1.2") in made


DOUBTFUL = {
    "a stranger": (its_backport(author=ADA), LABELLED, "ada is not a core developer"),
    "somebody else": (its_backport(author=BOB), LABELLED, "bob is not a core developer"),
    "a triager": (its_backport(author=TRIAGER), LABELLED, "triager is not a core developer"),
    "another base": (its_backport(base="1.1"), LABELLED, "the title says 1.2, the base is 1.1"),
    "an original that is open": (its_backport(), pull(labels=LABELLED.labels), "#7 is not merged"),
}


@pytest.mark.parametrize(("pr", "original", "why"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_a_title_alone_moves_nobodys_labels(pr: PullRequest, original: PullRequest, why: str) -> None:
    decision = decide(happened("opened", 50), facts(pr, original=original))
    assert decision.effects == () and why in decision.why


@pytest.mark.parametrize("title", ["gh-1: Close the file (GH-7)", "[1.2] gh-1: Close the file"])
def test_other_titles_are_no_backports(title: str) -> None:
    assert effects(happened("opened", 50), facts(its_backport(title=title))) == []


def test_a_second_look_writes_only_what_is_missing() -> None:
    whole = its_backport(labels=frozenset({"skip news", "type-bug", "topic-io"}))
    bare = merged("skip news", "type-bug", "topic-io")
    assert effects(happened("recheck", 50), facts(whole, original=bare)) == []
    assert RemoveLabel(7, "needs backport to 1.2") in effects(happened("recheck", 50), facts(whole, original=LABELLED))


def test_a_merged_backport_is_remembered_and_a_closed_one_may_be_tried_again() -> None:
    done = its_backport(state="closed", merged=True, merge_sha="d" * 40)
    assert RecordBackport(7, "1.2", "merged", "", 50) in effects(happened("closed", 50), facts(done, original=merged()))
    left = effects(happened("closed", 50), facts(its_backport(state="closed"), original=merged()))
    assert left == [
        RecordBackport(7, "1.2", "failed", "its pull request #50 was closed without a merge", 50),
        Recheck(7, "its backport #50: failed"),
    ]
