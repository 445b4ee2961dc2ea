"""A merged change goes to the branches that take it; one comment says where each stands; titles are not trusted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from bots.backport import TOPIC, decide
from core.branches import Status
from forge.effects import (
    AddLabel,
    Assign,
    Backport,
    Comment,
    DeleteBranch,
    Effect,
    Forecast,
    Recheck,
    RecordBackport,
    RemoveLabel,
)
from forge.events import BackportFinished, Event, PullRequestChanged
from forge.facts import DRAFT, BackportState, Facts, PullRequest
from tests.backport_facts import MERGE, by_core, happened, its_backport, merged, of, wants
from tests.bots_facts import ADA, BOB, CORE, HEAD, MANAGER, TRIAGER, commit, facts, ours, pull, verdict

CLOSED = happened("closed")
DONE = BackportFinished(7)


def effects(event: Event, about: Facts) -> list[Effect]:
    return list(decide(event, about).effects)


def picks(event: Event, about: Facts) -> list[str]:
    return [branch for each in effects(event, about) if isinstance(each, Backport) for branch in each.branches]


def table(event: Event, about: Facts) -> list[str]:
    (comment,) = [each for each in effects(event, about) if isinstance(each, Comment)]
    assert (comment.number, comment.topic) == (7, TOPIC)
    return [line for line in comment.body.splitlines() if line.startswith("| 1") or line.startswith("| m")]


# --- the merge ---


@pytest.mark.row("BP-1", "BP-3")
def test_a_merge_is_backported_to_a_branch_that_takes_it_and_refused_to_one_that_does_not() -> None:
    pr = merged(*wants("1.2", "1.0"), "type-bug", "docs", "topic-io")
    refusal = "1.0 reached its end of life on 2025-12-16 and takes no more changes"
    record, gone, pick = effects(CLOSED, of(pr))
    assert record == RecordBackport(7, "1.0", "refused", refusal)
    assert gone == RemoveLabel(7, "needs backport to 1.0")
    assert pick == Backport(7, MERGE, ("1.2",), "gh-1: Close the file", "main")
    ended = of(pr, BackportState("1.2", "opened", "", 50), BackportState("1.0", "refused", refusal))
    assert table(DONE, ended) == ["| 1.2 | opened | #50 |", f"| 1.0 | refused | {refusal} |"]


REFUSED = {
    "a security branch": ("1.1", "takes only security fixes since 2026-10-06"),
    "a branch past its end": ("1.0", "reached its end of life on 2025-12-16"),
    "an unknown branch": ("9.9", "there is no branch 9.9; the maintained ones are 1.1, 1.2"),
    "no branch at all": ("main", "there is no branch main"),
    "where it was merged": ("1.3", "1.3 is what this was merged into"),
}


@pytest.mark.row("BP-2")
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
    "one that was closed without a merge": merged(*wants("1.2"), merged=False, merge_sha=""),
    "no label": merged("docs"),
}


@pytest.mark.parametrize("pr", NOT_YET.values(), ids=NOT_YET)
def test_nothing_is_backported_for(pr: PullRequest) -> None:
    assert effects(CLOSED, of(pr)) == []


@pytest.mark.parametrize("event", [happened("labeled", label="needs backport to 1.2"), happened("recheck")])
def test_a_label_after_the_merge_and_a_second_look_do_the_same(event: PullRequestChanged) -> None:
    assert picks(event, of(merged(*wants("1.2")))) == ["1.2"]


@pytest.mark.row("BP-1")
def test_merge_and_label_at_once_make_one_backport() -> None:
    pr, row = merged(*wants("1.2")), BackportState("1.2", "opened", "", 50)
    assert picks(happened("labeled", label="needs backport to 1.2"), of(pr, row)) == []


STATES = dict.fromkeys(("opened", "merged", "already-there", "conflict", "failed", "declined"), False)
STATES |= {"refused": True, "asked": True, "allowed": True, "forecast-clean": True}


@pytest.mark.parametrize(("state", "again"), STATES.items())
def test_a_second_look_tries_again_only_what_was_refused_and_is_allowed_now(state: str, again: bool) -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", state, "because", None))
    assert (picks(happened("recheck"), about) == ["1.2"]) is again


@pytest.mark.parametrize("state", ["conflict", "failed"])
def test_a_label_put_on_again_tries_again(state: str) -> None:
    about = of(merged(*wants("1.2", "1.1"), "type-security"), BackportState("1.2", state), BackportState("1.1", state))
    assert picks(happened("labeled", label="needs backport to 1.1"), about) == ["1.1"]


# --- after an attempt ---


@pytest.mark.row("BP-3", "BP-4")
def test_once_its_pull_request_is_there_the_label_goes_and_the_comment_links_it() -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", "opened", "", 50), BackportState("1.0", "refused", "old"))
    assert RemoveLabel(7, "needs backport to 1.2") in effects(DONE, about)
    assert table(DONE, about) == ["| 1.2 | opened | #50 |", "| 1.0 | refused | old |"]


@pytest.mark.row("BP-7")
def test_what_was_there_already_is_a_success() -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", "already-there", "1.2 has this change already", 41))
    assert effects(DONE, about)[0] == RemoveLabel(7, "needs backport to 1.2")
    assert table(DONE, about) == ["| 1.2 | already-there | #41: 1.2 has this change already |"]


@pytest.mark.row("BP-5")
def test_a_conflict_keeps_its_label_and_gives_the_exact_command() -> None:
    row = BackportState("1.2", "conflict", "Lib/a|b.py must be merged by hand")
    comment, assigned = effects(DONE, of(merged(*wants("1.2")), row))
    assert isinstance(comment, Comment) and assigned == Assign(7, "core-dev")
    assert f"\ncherry_picker {MERGE} 1.2\n" in comment.body
    assert "| 1.2 | conflict | Lib/a\\|b.py must be merged by hand |" in comment.body


@pytest.mark.row("BP-6")
def test_a_draft_with_conflicts_is_linked_and_given_to_whoever_merged() -> None:
    comment, assigned = effects(DONE, of(merged(), BackportState("1.2", "opened", DRAFT, 50)))
    assert isinstance(comment, Comment) and assigned == Assign(7, "core-dev")
    assert f"| 1.2 | opened | #50: {DRAFT} |" in comment.body


@pytest.mark.row("BP-9")
def test_a_failure_says_why_and_how_to_try_again_without_a_command() -> None:
    row = BackportState("1.2", "failed", "the branch 1.2 does not exist in the repository")
    comment, assigned = effects(DONE, of(merged(*wants("1.2")), row))
    assert isinstance(comment, Comment) and assigned == Assign(7, "core-dev")
    assert row.why in comment.body and "take its label off and put it on" in comment.body
    assert "cherry_picker" not in comment.body


@pytest.mark.row("BP-3")
def test_a_comment_that_says_it_already_is_not_written_again() -> None:
    about = of(merged(), BackportState("1.2", "opened", "", 50))
    (comment,) = effects(DONE, about)
    assert isinstance(comment, Comment)
    pr = merged(comments=(ours(TOPIC, comment.body),))
    assert effects(DONE, of(pr, BackportState("1.2", "opened", "", 50))) == []


# --- the backport's own pull request ---

LABELLED = merged(*wants("1.2"), "skip news", "type-bug", "topic-io", "docs")


@pytest.mark.row("BP-4")
def test_a_backport_takes_over_labels_and_the_originals_label_goes() -> None:
    made = effects(happened("opened", 50), facts(its_backport(labels=frozenset({"skip news"})), original=LABELLED))
    assert made == [
        AddLabel(50, "topic-io"),
        AddLabel(50, "type-bug"),
        RemoveLabel(7, "needs backport to 1.2"),
        RecordBackport(7, "1.2", "opened", "", 50),
        Recheck(7, "its backport #50: opened"),
    ]


PICKED = (commit(BOB, f"[1.2] Close (GH-7)\n\n(cherry picked from commit {MERGE})"),)
BELIEVED = {
    "a core developer": by_core(),
    "a triager": its_backport(author=TRIAGER),
    "the original's author": its_backport(author=ADA),
    "who picked that very commit": its_backport(author=BOB, commits=PICKED),
}


@pytest.mark.row("BP-12")
@pytest.mark.parametrize("pr", BELIEVED.values(), ids=BELIEVED)
def test_a_backport_by_hand_is_believed_of(pr: PullRequest) -> None:
    made = effects(happened("opened", 50), facts(pr, original=LABELLED))
    assert RemoveLabel(7, "needs backport to 1.2") in made


DOUBTFUL = {
    "a stranger": (its_backport(author=BOB), LABELLED, "bob is no member of a team"),
    "a stranger who names another commit": (
        its_backport(author=BOB, commits=(commit(BOB, f"x\n\n(cherry picked from commit {'d' * 40})"),)),
        LABELLED,
        "bob is no member of a team",
    ),
    "another base": (its_backport(base="1.1"), LABELLED, "the title says 1.2, the base is 1.1"),
    "an original that is open": (its_backport(), pull(labels=LABELLED.labels), "#7 is not merged"),
}


@pytest.mark.row("BP-12")
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
        AddLabel(7, "backport declined"),
        RecordBackport(7, "1.2", "declined", "its pull request was closed without a merge", 50),
        Recheck(7, "its backport #50: declined"),
    ]


@pytest.mark.row("BP-15")
def test_a_closed_backport_leaves_a_label_until_it_is_reopened_and_its_branch_goes_only_after_the_merge() -> None:
    original = merged("backport declined")
    again = effects(happened("reopened", 50), facts(its_backport(), original=original))
    assert RemoveLabel(7, "backport declined") in again
    head = {"head_ref": "backport-ccccccc-1.2", "head_repo": "rabbit/rabbit"}
    closed = effects(happened("closed", 50), facts(its_backport(state="closed", **head), original=original))
    assert not any(isinstance(each, AddLabel | DeleteBranch) for each in closed)
    over = its_backport(state="closed", merged=True, merge_sha="d" * 40, **head)
    assert DeleteBranch("backport-ccccccc-1.2", HEAD) in effects(happened("closed", 50), facts(over, original=original))
    by_hand = by_core(state="closed", merged=True, merge_sha="d" * 40, **head)
    assert not any(
        isinstance(each, DeleteBranch) for each in effects(happened("closed", 50), facts(by_hand, original=original))
    )


@pytest.mark.row("BP-8")
def test_a_declined_one_waits_for_the_command_that_its_comment_names() -> None:
    about = of(merged(*wants("1.2")), BackportState("1.2", "declined", "its pull request was closed", 50))
    assert picks(happened("recheck"), about) == []
    (told,) = [each for each in effects(happened("recheck"), about) if isinstance(each, Comment)]
    assert "`/backport --again 1.2`" in told.body
    asked = of(merged(), BackportState("1.2", "asked"))
    (job,) = [each for each in effects(happened("recheck"), asked) if isinstance(each, Backport)]
    assert (job.branches, job.again) == (("1.2",), ("1.2",))


@pytest.mark.row("BP-2")
def test_a_release_manager_may_let_a_fix_into_a_security_branch() -> None:
    by_manager = verdict(replace(MANAGER, is_manager=True), "approved", 1)
    assert picks(CLOSED, of(merged(*wants("1.1"), reviews=(by_manager,)))) == ["1.1"]
    assert picks(CLOSED, of(merged(*wants("1.1"), reviews=(verdict(CORE, "approved", 1),)))) == []
    assert picks(happened("recheck"), of(merged(), BackportState("1.1", "allowed"))) == ["1.1"]
    assert picks(happened("recheck"), of(merged(), BackportState("1.1", "asked"))) == []
    (row,) = table(CLOSED, of(merged(*wants("1.1"))))
    assert "release manager: " in row and "a release manager's approval allows it" in row


# --- before the merge ---

OPEN = pull(labels=frozenset(wants("1.2", "1.0")))
CLEAN = BackportState("1.2", "forecast-clean")


def test_an_open_pull_request_is_looked_ahead_for_at_every_push_and_with_every_label() -> None:
    ahead = Forecast(7, HEAD, "main", ("1.2",), "gh-1: Close the file")
    for event in (happened("synchronize"), happened("labeled", label="needs backport to 1.2"), happened("opened")):
        assert effects(event, of(OPEN)) == [ahead]
    for event in (happened("labeled", label="docs"), happened("review_requested")):
        assert effects(event, of(OPEN, CLEAN)) == []
    assert effects(happened("opened"), of(pull())) == []


def test_the_forecast_is_one_comment_that_is_written_only_when_it_changes() -> None:
    assert table(DONE, of(OPEN, CLEAN)) == [
        "| 1.2 | clean |  |",
        "| 1.0 | refused | 1.0 reached its end of life on 2025-12-16 and takes no more changes |",
    ]
    (told,) = effects(DONE, of(OPEN, CLEAN))
    assert isinstance(told, Comment)
    known = pull(labels=OPEN.labels, comments=(ours(TOPIC, told.body),))
    assert effects(DONE, of(known, CLEAN)) == []
    worse = BackportState("1.2", "forecast-conflict", "`Lib/a.py` must be merged by hand; likely needed first: #5")
    assert table(DONE, of(known, worse))[0] == f"| 1.2 | conflict | {worse.why} |"


def test_without_a_label_the_forecast_says_so_and_nothing_is_said_where_there_was_none() -> None:
    assert effects(DONE, of(pull(), CLEAN)) == []
    (told,) = effects(happened("unlabeled", label="needs backport to 1.2"), of(pull(comments=(ours(TOPIC, "x"),))))
    assert isinstance(told, Comment) and told.only_update


def test_a_forecast_is_forgotten_once_the_change_is_merged() -> None:
    assert picks(CLOSED, of(merged(*wants("1.2")), BackportState("1.2", "forecast-conflict", "x"))) == ["1.2"]


@pytest.mark.row("BP-10")
def test_the_subjects_of_several_commits_go_with_the_job() -> None:
    several = merged(*wants("1.2"), commits=(commit(message="One\n\nfirst"), commit(message="Two")))
    (job,) = [each for each in effects(CLOSED, of(several)) if isinstance(each, Backport)]
    assert job.subjects == ("One", "Two")
