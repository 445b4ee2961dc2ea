"""The stage: whose turn it is, for every row of the table of transitions, whatever labels were there before."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots import stage
from bots.stage import PHRASE
from forge.effects import Comment, RememberPull, RequestReviews
from forge.events import Commented, Event, PullRequestChanged, Pushed, Reviewed
from forge.facts import PullRequest, Review, Said
from tests.bots_facts import (
    ADA,
    BOB,
    BOT,
    CORE,
    HEAD,
    MANAGER,
    OLD,
    comment,
    facts,
    labels_after,
    opened,
    ours,
    pull,
    rabbit,
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
    "new commits that change nothing": row(MERGE, (verdict(CORE, "approved", 1, OLD),), same_as=frozenset({OLD})),
    "approved, but in conflict with its base": row(CHANGES, (verdict(CORE, "approved", 1),), mergeable=False),
    "approved, and nobody knows yet whether it conflicts": row(MERGE, (verdict(CORE, "approved", 1),), mergeable=None),
    "a verdict that is not sent yet": row(REVIEW, (verdict(CORE, "pending", 1),)),
    "approved, and a core developer's other review is not sent yet": row(
        MERGE, (verdict(CORE, "approved", 1), verdict(MANAGER, "pending", 2))
    ),
    "the author edited an old comment into the phrase": row(CHANGES, (verdict(CORE, "changes_requested", 3),), (SAYS,)),
    "merged while the review is asked for": row(
        NOBODY, (WANTS,), state="closed", merged=True, requested=frozenset({"core-dev"})
    ),
    "the wish is dismissed on a closed one": row(NOBODY, (verdict(CORE, "dismissed", 2),), state="closed"),
    "merged": row(NOBODY, (verdict(CORE, "approved", 1),), state="closed", merged=True),
    "merged, and then somebody says the phrase": row(NOBODY, (WANTS,), (SAYS,), state="closed", merged=True),
    "closed without a merge": row(NOBODY, (WANTS,), state="closed"),
}
BEFORE = [frozenset(), frozenset({CHANGES}), frozenset({MERGE, REVIEW}), frozenset({CORE_REVIEW, "type-bug"})]


@pytest.mark.row("ST-1", "ST-2", "ST-3", "ST-4", "ST-5", "ST-7")
@pytest.mark.parametrize(("expected", "pr"), TABLE.values(), ids=TABLE.keys())
def test_exactly_one_label_says_whose_turn_it_is(expected: str, pr: PullRequest) -> None:
    for before in BEFORE:
        there = pull(**{**vars(pr), "labels": before})
        after = labels_after(there, stage.decide(opened(), facts(there)).effects)
        assert after == (before & {"type-bug"}) | ({expected} if expected else set())


@pytest.mark.row("ST-1")
def test_the_order_in_which_reviews_are_listed_changes_nothing() -> None:
    reviews = (WANTS, verdict(MANAGER, "approved", 2), verdict(CORE, "approved", 3), verdict(BOB, "approved", 4))
    stages = {
        stage.compute(facts(), pull(reviews=order, comments=(SAYS,))).label for order in itertools.permutations(reviews)
    }
    assert stages == {MERGE}


@pytest.mark.row("ST-10")
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


@pytest.mark.row("ST-2")
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


@pytest.mark.row("ST-6")
def test_after_the_phrase_only_those_are_asked_again_whose_wish_stands() -> None:
    pr = pull(reviews=(verdict(MANAGER, "approved", 1), WANTS), comments=(SAYS,))
    assert asked(pr) == ["core-dev"]
    (told,) = words(pr)
    assert "@core-dev" in told.body
    assert "@release-manager" not in told.body


@pytest.mark.row("ST-6")
def test_nobody_is_asked_who_is_asked_already() -> None:
    assert asked(pull(reviews=(WANTS,), requested=frozenset({"core-dev"}))) == []


@pytest.mark.row("ST-7")
def test_new_commits_after_an_approval_are_told_once_to_those_who_approved() -> None:
    stale = pull(reviews=(verdict(CORE, "approved", 1, OLD), verdict(BOB, "approved", 2)))
    (told,) = words(stale)
    assert told.topic == "moved"
    assert asked(stale) == ["core-dev"]
    assert words(pull(reviews=stale.reviews, comments=(ours("moved", told.body),))) == []


def phrase_by(login: str) -> Commented:
    return Commented(7, login, 1, PHRASE)


@pytest.mark.row("ST-5")
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


# --- any order, any number of times ---

PEOPLE = st.sampled_from([ADA, BOB, CORE, MANAGER, BOT])
STATES = st.sampled_from(["approved", "changes_requested", "dismissed", "commented"])
MINUTES = st.lists(st.integers(0, 59), unique=True, max_size=7)
EVENTS = st.sampled_from(
    [opened(action) for action in ("opened", "synchronize", "labeled", "recheck", "review_requested")]
    + [Reviewed("submitted", 7, "core-dev", "approved"), Commented(7, "ada", 1, PHRASE)]
)


@st.composite
def histories(draw: st.DrawFn) -> PullRequest:
    reviews, said = [], []
    for minute in draw(MINUTES):
        if draw(st.booleans()):
            reviews.append(verdict(draw(PEOPLE), draw(STATES), minute, draw(st.sampled_from([HEAD, OLD]))))
        else:
            said.append(comment(draw(PEOPLE), draw(st.sampled_from([PHRASE, f"> {PHRASE}", "hello"])), minute))
    labels = draw(st.frozensets(st.sampled_from([REVIEW, CORE_REVIEW, CHANGES, AGAIN, MERGE, "type-bug"])))
    about: dict[str, Any] = {
        "draft": draw(st.booleans()),
        "author": draw(st.sampled_from([ADA, CORE])),
        "labels": labels,
    }
    states: list[dict[str, Any]] = [{}, {"state": "closed"}, {"state": "closed", "merged": True}]
    state = draw(st.sampled_from(states))
    asked = draw(st.frozensets(st.sampled_from(["core-dev", "release-manager", "bob"])))
    return pull(reviews=tuple(reviews), comments=tuple(said), requested=asked, **about, **state)


@pytest.mark.row("ST-1", "ST-3", "ST-6")
@given(histories(), EVENTS, EVENTS, st.randoms())
def test_whatever_happened_in_whatever_order_the_label_is_the_same_and_one(
    pr: PullRequest, one: Event, other: Event, chance: Any
) -> None:
    shuffled = replace(pr, reviews=tuple(chance.sample(pr.reviews, len(pr.reviews))))
    decision = stage.decide(one, facts(pr))
    after = labels_after(pr, decision.effects)
    assert labels_after(pr, stage.decide(other, facts(shuffled)).effects) == after
    awaiting = {label for label in after if label.startswith("awaiting ")}
    assert len(awaiting) == (1 if pr.state == "open" and not pr.draft else 0)
    again = replace(pr, labels=after)
    assert labels_after(again, stage.decide(other, facts(again)).effects) == after
    called = {login for each in decision.effects if isinstance(each, RequestReviews) for login in each.reviewers}
    assert not called & {pr.author.login, BOT.login, *pr.requested}


# --- labels by hand ---


def by_hand(action: str, label: str, sender: str = "triager") -> PullRequestChanged:
    return PullRequestChanged(action, 7, sender, label)


@pytest.mark.row("ST-8")
def test_a_stage_that_a_person_sets_is_put_right_and_told_once() -> None:
    pr = pull(labels=frozenset({MERGE, REVIEW}))
    effects = stage.decide(by_hand("labeled", MERGE), facts(pr)).effects
    assert labels_after(pr, effects) == {REVIEW}
    (told,) = [each for each in effects if isinstance(each, Comment)]
    assert told.topic == "by-hand" and "`triager` set the label `awaiting merge`" in told.body
    assert "`awaiting review`, because nobody has reviewed it yet" in told.body
    (told,) = words(pull(), by_hand("unlabeled", REVIEW))
    assert "took away the label `awaiting review`" in told.body


@pytest.mark.row("ST-8")
@pytest.mark.parametrize(
    "event",
    [
        by_hand("labeled", REVIEW),  # it is what is computed
        by_hand("unlabeled", MERGE),
        by_hand("labeled", "type-bug"),
        by_hand("labeled", MERGE, "camelot[bot]"),
    ],
)
def test_nothing_is_said_of_a_label_that_agrees_or_is_no_stage_or_is_ours(event: PullRequestChanged) -> None:
    assert words(pull(labels=frozenset({REVIEW})), event) == []


@pytest.mark.row("ST-8")
def test_by_setting_a_stage_by_hand_is_left_until_something_else_happens() -> None:
    pr, keeps = pull(labels=frozenset({MERGE})), rabbit(stages={"by_hand": "keep"})
    kept = stage.decide(by_hand("labeled", MERGE), facts(pr, settings=keeps)).effects
    assert labels_after(pr, kept) == {MERGE}
    later = stage.decide(opened("synchronize"), facts(pr, settings=keeps)).effects
    assert labels_after(pr, later) == {REVIEW}


@pytest.mark.row("ST-9")
def test_a_conflict_with_the_base_is_told_once_and_taken_back_when_it_is_gone() -> None:
    approved = (verdict(CORE, "approved", 1),)
    (told,) = words(pull(reviews=approved, mergeable=False))
    assert told.topic == "clash" and "`main`" in told.body
    known = (ours("clash", told.body),)
    assert words(pull(reviews=approved, mergeable=False, comments=known)) == []
    (gone,) = words(pull(reviews=approved, mergeable=True, comments=known))
    assert gone.topic == "clash" and gone.only_update and "gone" in gone.body


@pytest.mark.row("ST-2")
def test_a_push_to_the_base_moves_no_stage() -> None:
    assert stage.decide(Pushed("main", "a", "b", ("b",)), facts()).effects == ()
