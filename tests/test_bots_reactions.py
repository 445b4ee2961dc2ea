"""The table of reactions: a declared order, one failure that silences nobody, and echoes that are let pass."""

from __future__ import annotations

from datetime import date

import pytest

from bots import reactions
from bots.decision import Decision
from bots.reactions import Row
from forge.effects import AddLabel
from forge.events import BuildFinished, Commented, DayBegan, Event, PullRequestChanged, Pushed, Reviewed, Signed
from forge.facts import Facts
from forge.snapshot import Read
from tests.bots_facts import facts, opened, pull

BOT = "camelot[bot]"


def broken(_event: Event, _facts: Facts) -> Decision:
    raise ValueError("the milk is sour")


def fine(_event: Event, _facts: Facts) -> Decision:
    return Decision((AddLabel(7, "docs"),), "it is fine")


def names(event: Event) -> list[str]:
    return [row.name for row in reactions.answering(event, BOT)]


@pytest.mark.row("IN-7")
def test_a_reaction_that_fails_says_so_and_the_others_decide_all_the_same() -> None:
    rows = [Row("broken", broken, ()), Row("fine", fine, ())]
    first, second = reactions.react(opened(), facts(pull()), rows)
    assert (first.reaction, first.effects) == ("broken", ())
    assert "the milk is sour" in first.error
    assert (second.effects, second.why, second.error) == (
        (("AddLabel", {"number": 7, "label": "docs"}),),
        "it is fine",
        "",
    )


def test_the_names_under_which_decisions_are_stored_are_all_different() -> None:
    stored = [row.name for row in reactions.TABLE]
    assert len(set(stored)) == len(stored)


@pytest.mark.row("IN-7")
def test_a_pull_request_is_looked_at_as_a_whole_in_a_declared_order() -> None:
    expected = ["stage", "paths", "issue", "news", "cla", "welcome"]
    for action in ("opened", "synchronize", "edited", "labeled", "recheck", "closed"):
        assert [name for name in names(opened(action)) if name in expected] == expected


def test_a_review_and_a_comment_move_the_stage_alone() -> None:
    assert "stage" in names(Reviewed("submitted", 7, "core-dev", "approved"))
    assert "stage" in names(Commented(7, "ada", 1, "hello"))
    assert not {"news", "cla"} & set(names(Commented(7, "ada", 1, "hello")))


@pytest.mark.parametrize(
    "event",
    [
        PullRequestChanged("labeled", 7, BOT, "docs"),
        PullRequestChanged("edited", 7, BOT),
        PullRequestChanged("assigned", 7, "ada"),
        PullRequestChanged("auto_merge_enabled", 7, "ada"),
        Commented(7, BOT, 1, "hello"),
    ],
)
def test_echoes_of_our_own_writes_and_what_changes_nothing_are_let_pass(event: Event) -> None:
    assert names(event) == []


def test_what_we_open_or_push_ourselves_is_looked_at_like_anybody_elses() -> None:
    assert "stage" in names(PullRequestChanged("opened", 7, BOT))
    assert "stage" in names(PullRequestChanged("synchronize", 7, BOT))


def test_only_what_the_answering_reactions_read_is_fetched() -> None:
    talk = reactions.reads(reactions.answering(Reviewed("submitted", 7, "core-dev", "approved"), BOT))
    assert {Read.REVIEWS, Read.COMMENTS} <= talk
    assert not {Read.FILES, Read.COMMITS, Read.OPEN_PULLS} & talk
    assert Read.WAITING_FOR_SIGNATURE not in reactions.reads(reactions.answering(opened(), BOT))
    assert Read.WAITING_FOR_SIGNATURE in reactions.reads(reactions.answering(Signed("ada"), BOT))


@pytest.mark.parametrize(
    "event",
    [Pushed("main", "a", "b", ("b",)), BuildFinished("x"), DayBegan(date(2026, 11, 20)), Signed("ada"), opened()],
)
def test_every_reaction_takes_every_event_and_every_emptiness_without_failing(event: Event) -> None:
    answers = reactions.react(event, facts(), reactions.TABLE)
    assert [answer.error for answer in answers] == [""] * len(reactions.TABLE)
