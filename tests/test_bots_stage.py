"""The stage: whose turn it is, for every row of the table of transitions, whatever labels were there before."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from bots import stage
from bots.stage import PHRASE
from forge.effects import Comment, RememberPull, RequestReviews
from forge.events import Commented, Event
from forge.facts import PullRequest, Review, Said
from tests.bots_facts import (
    ADA,
    BOB,
    BOT,
    CORE,
    MANAGER,
    OLD,
    comment,
    facts,
    labels_after,
    opened,
    ours,
    pull,
    verdict,
)

NOBODY, REVIEW, CORE_REVIEW = "", "awaiting review", "awaiting core review"
CHANGES, AGAIN, MERGE = "awaiting changes", "awaiting change review", "awaiting merge"

WANTS = verdict(CORE, "changes_requested", 1)
SAYS = comment(ADA, f"Done! {PHRASE}.", 2)


def row(expected: str, reviews: tuple[Review, ...] = (), said: tuple[Said, ...] = (), **fields: Any) -> Any:
    return expected, pull(reviews=reviews, comments=said, **fields)


TABLE = {
    "opened by a contributor": row(REVIEW),
    "opened by a core developer": row(CORE_REVIEW, author=CORE),
    "a draft": row(NOBODY, draft=True),
    "a draft that was approved": row(NOBODY, (verdict(CORE, "approved", 1),), draft=True),
    "ready for review again, approved before": row(MERGE, (verdict(CORE, "approved", 1),)),
    "only commented on": row(REVIEW, (verdict(CORE, "commented", 1),)),
    "a reviewer who is no core developer approves": row(CORE_REVIEW, (verdict(BOB, "approved", 1),)),
    "a reviewer who is no core developer asks for changes": row(CORE_REVIEW, (verdict(BOB, "changes_requested", 1),)),
    "the author reviews the own work": row(REVIEW, (verdict(ADA, "approved", 1),)),
    "a program approves": row(REVIEW, (verdict(BOT, "approved", 1),)),
    "a core developer approves": row(MERGE, (verdict(CORE, "approved", 1),)),
    "a core developer approves, then only comments": row(
        MERGE, (verdict(CORE, "approved", 1), verdict(CORE, "commented", 2))
    ),
    "a core developer asks for changes": row(CHANGES, (WANTS,)),
    "one approves while the other's wish stands": row(CHANGES, (WANTS, verdict(MANAGER, "approved", 2))),
    "the author says the phrase": row(AGAIN, (WANTS,), (SAYS,)),
    "the author says it in other letters": row(AGAIN, (WANTS,), (comment(ADA, PHRASE.upper(), 2),)),
    "the author presses GitHub's button": row(AGAIN, (WANTS,), requested=frozenset({"core-dev"})),
    "the author said it before the wish": row(CHANGES, (verdict(CORE, "changes_requested", 3),), (SAYS,)),
    "somebody else says the phrase": row(CHANGES, (WANTS,), (comment(BOB, PHRASE, 2),)),
    "the author quotes it": row(CHANGES, (WANTS,), (comment(ADA, f"> {PHRASE}\n\nWhat does that mean?", 2),)),
    "the author shows it as code": row(CHANGES, (WANTS,), (comment(ADA, f"I must say `{PHRASE}`?", 2),)),
    "the author shows it in a block": row(CHANGES, (WANTS,), (comment(ADA, f"```\n{PHRASE}\n```\nthis?", 2),)),
    "one of two wishes is answered": row(CHANGES, (WANTS, verdict(MANAGER, "changes_requested", 3)), (SAYS,)),
    "said without a wish": row(REVIEW, (), (SAYS,)),
    "said after an approval": row(MERGE, (verdict(CORE, "approved", 1),), (SAYS,)),
    "after the changes the core developer approves": row(MERGE, (WANTS, verdict(CORE, "approved", 3)), (SAYS,)),
    "after the changes the core developer asks again": row(
        CHANGES, (WANTS, verdict(CORE, "changes_requested", 3)), (SAYS,)
    ),
    "the wish is dismissed, an approval is left": row(
        MERGE, (verdict(MANAGER, "approved", 1), verdict(CORE, "dismissed", 2))
    ),
    "the wish is dismissed, another reviewer is left": row(
        CORE_REVIEW, (verdict(BOB, "approved", 1), verdict(CORE, "dismissed", 2))
    ),
    "the wish is dismissed, nobody is left": row(REVIEW, (verdict(CORE, "dismissed", 2),)),
    "a state that we do not know": row(REVIEW, (verdict(CORE, "pending", 2),)),
    "new commits after the approval": row(CORE_REVIEW, (verdict(CORE, "approved", 1, OLD),)),
    "new commits after one of two approvals": row(
        MERGE, (verdict(CORE, "approved", 1, OLD), verdict(MANAGER, "approved", 2))
    ),
    "new commits while a wish stands": row(CHANGES, (verdict(CORE, "changes_requested", 1, OLD),)),
    "merged": row(NOBODY, (verdict(CORE, "approved", 1),), state="closed", merged=True),
    "merged, and then somebody says the phrase": row(NOBODY, (WANTS,), (SAYS,), state="closed", merged=True),
    "closed without a merge": row(NOBODY, (WANTS,), state="closed"),
}
BEFORE = [frozenset(), frozenset({CHANGES}), frozenset({MERGE, REVIEW}), frozenset({CORE_REVIEW, "type-bug"})]


@pytest.mark.parametrize(("expected", "pr"), TABLE.values(), ids=TABLE.keys())
def test_exactly_one_label_says_whose_turn_it_is(expected: str, pr: PullRequest) -> None:
    for before in BEFORE:
        there = pull(**{**vars(pr), "labels": before})
        after = labels_after(there, stage.decide(opened(), facts(there)).effects)
        assert after == (before & {"type-bug"}) | ({expected} if expected else set())


def test_the_order_in_which_reviews_are_listed_changes_nothing() -> None:
    reviews = (WANTS, verdict(MANAGER, "approved", 2), verdict(CORE, "approved", 3), verdict(BOB, "approved", 4))
    stages = {
        stage.compute(facts(), pull(reviews=order, comments=(SAYS,))).label for order in itertools.permutations(reviews)
    }
    assert stages == {MERGE}


@pytest.mark.parametrize(("expected", "pr"), TABLE.values(), ids=TABLE.keys())
def test_the_page_learns_the_stage_and_a_reason_in_words(expected: str, pr: PullRequest) -> None:
    decision = stage.decide(opened(), facts(pr))
    (snapshot,) = (effect for effect in decision.effects if isinstance(effect, RememberPull))
    assert (snapshot.number, snapshot.stage, snapshot.why) == (7, expected, decision.why)
    assert snapshot.why
    assert "@" not in snapshot.why


def words(pr: PullRequest, event: Event | None = None) -> list[Comment]:
    return [effect for effect in stage.decide(event or opened(), facts(pr)).effects if isinstance(effect, Comment)]


def asked(pr: PullRequest) -> list[str]:
    effects = stage.decide(opened(), facts(pr)).effects
    return [login for effect in effects if isinstance(effect, RequestReviews) for login in effect.reviewers]


def test_who_must_change_something_is_told_the_words_to_say() -> None:
    (told,) = words(pull(reviews=(WANTS,)))
    assert (told.topic, f"`{PHRASE}`" in told.body) == ("changes", True)
    assert "core-dev asked for changes" in told.body
    assert "@" not in told.body, "who asked for changes knows that already"


def test_what_was_said_already_is_not_said_again() -> None:
    (told,) = words(pull(reviews=(WANTS,)))
    assert words(pull(reviews=(WANTS,), comments=(ours("changes", told.body),))) == []


def test_a_stranger_who_copies_our_hidden_marker_does_not_silence_us() -> None:
    (told,) = words(pull(reviews=(WANTS,)))
    copied = comment(BOB, ours("changes", told.body).body, 1)
    assert words(pull(reviews=(WANTS,), comments=(copied,))) == [told]


def test_after_the_phrase_only_those_are_asked_again_whose_wish_stands() -> None:
    pr = pull(reviews=(verdict(MANAGER, "approved", 1), WANTS), comments=(SAYS,))
    assert asked(pr) == ["core-dev"]
    (told,) = words(pr)
    assert "@core-dev" in told.body
    assert "@release-manager" not in told.body


def test_nobody_is_asked_who_is_asked_already() -> None:
    assert asked(pull(reviews=(WANTS,), requested=frozenset({"core-dev"}))) == []


def test_new_commits_after_an_approval_are_told_once_to_those_who_approved() -> None:
    stale = pull(reviews=(verdict(CORE, "approved", 1, OLD), verdict(BOB, "approved", 2)))
    (told,) = words(stale)
    assert told.topic == "moved"
    assert asked(stale) == ["core-dev"]
    assert words(pull(reviews=stale.reviews, comments=(ours("moved", told.body),))) == []


def phrase_by(login: str) -> Commented:
    return Commented(7, login, 1, PHRASE)


def test_the_phrase_where_nobody_asked_for_anything_gets_one_short_hint() -> None:
    assert [told.topic for told in words(pull(comments=(SAYS,)), phrase_by("ada"))] == ["hint"]
    assert words(pull(comments=(SAYS, ours("hint"))), phrase_by("ada")) == []


@pytest.mark.parametrize(
    "pr",
    [
        pull(state="closed", merged=True),
        pull(draft=True),
        pull(reviews=(WANTS, verdict(CORE, "approved", 3))),  # answered while the phrase was on its way
    ],
    ids=["merged", "draft", "approved since"],
)
def test_no_hint_where_it_would_confuse(pr: PullRequest) -> None:
    assert words(pr, phrase_by("ada")) == []


def test_only_the_author_gets_the_hint() -> None:
    assert words(pull(), phrase_by("bob")) == []
