"""What holds a merge back, and pull requests that are no work of anybody's."""

from __future__ import annotations

from typing import Any

import pytest

from bots import configuration, guard, operators, reactions, spam
from core.settings import SettingsError, with_repository
from forge.effects import AdoptConfiguration, ClosePull, Comment, FreeReviewers, Recheck, SetStatus, TellOperators
from forge.events import Parked, Pushed, ReleaseMoved, Reviewed
from forge.facts import Facts, PullRequest
from tests.bots_facts import CORE, HEAD, facts, opened, pull, rabbit, verdict


def held(pr: PullRequest, **more: Any) -> SetStatus:
    (status,) = guard.decide(opened(), facts(pr, **more)).effects
    assert isinstance(status, SetStatus)
    assert (status.sha, status.context) == (HEAD, "merge-guard")
    return status


@pytest.mark.row("MG-1", "BP-6")
@pytest.mark.parametrize(
    ("pr", "more", "why"),
    [
        (pull(labels=frozenset({"DO-NOT-MERGE"})), {}, "label DO-NOT-MERGE"),
        (pull(reviews=(verdict(CORE, "changes_requested", 1),)), {}, "awaiting changes"),
        (pull(), {"unsigned": ("ada",)}, "contributor agreement not signed"),
        (pull(unmerged=("Lib/a.py", "Lib/b.py")), {}, "conflicts are unresolved in Lib/a.py, Lib/b.py"),
        (pull(), {"frozen": {"main": "1.3.0a2"}}, "main is frozen for the release 1.3.0a2"),
    ],
)
def test_the_guard_is_red_and_says_why(pr: PullRequest, more: dict[str, Any], why: str) -> None:
    status = held(pr, **more)
    assert (status.state, status.description) == ("failure", why)


@pytest.mark.row("MG-1")
def test_the_guard_is_green_where_nothing_holds_the_merge_back_and_says_nothing_of_what_is_closed() -> None:
    assert held(pull(), frozen={"1.2": "1.2.9"}).state == "success"
    assert guard.decide(opened(), facts(pull(state="closed", merged=True))).effects == ()


@pytest.mark.row("MG-1")
def test_after_talk_the_label_tells_whether_the_agreement_is_signed() -> None:
    said = Reviewed("submitted", 7, "core-dev", "approved")
    (status,) = guard.decide(said, facts(pull(labels=frozenset({"CLA not signed"})), unsigned=())).effects
    assert isinstance(status, SetStatus)
    assert status.state == "failure"


@pytest.mark.row("MG-1")
def test_when_a_release_begins_or_ends_every_open_pull_request_is_looked_at_again() -> None:
    effects = guard.decide(ReleaseMoved("1.3.0a2", "1.3", "began"), facts(open_pulls=(3, 7))).effects
    assert [effect.number for effect in effects if isinstance(effect, Recheck)] == [3, 7]


WHOLE = pull(head_label="stranger:1.2", requested=frozenset({"core-dev"}), requested_teams=frozenset({"core"}))


def decided(pr: PullRequest) -> dict[str, list[str]]:
    rows = reactions.answering(opened(), "camelot[bot]")
    return {each.reaction: [kind for kind, _ in each.effects] for each in reactions.react(opened(), facts(pr), rows)}


@pytest.mark.row("OP-4")
def test_a_whole_maintenance_branch_is_closed_its_reviewers_are_freed_and_nothing_else_is_done() -> None:
    found = spam.decide(opened(), facts(WHOLE)).effects
    assert found[0] == FreeReviewers(7, ("core-dev",), ("core",))
    assert [type(effect) for effect in found[-2:]] == [Comment, ClosePull]
    answers = decided(WHOLE)
    assert answers.pop("spam")
    assert set(map(tuple, answers.values())) == {()}


@pytest.mark.row("OP-4")
@pytest.mark.parametrize("other", [{"head_label": "ada:fix-1.2"}, {"head_label": "ada:1.2", "base": "1.2"}])
def test_real_work_is_no_spam(other: dict[str, str]) -> None:
    assert spam.decide(opened(), facts(pull(**other))).effects == ()
    assert any(decided(pull(**other)).values())


@pytest.mark.row("OP-4")
def test_what_is_closed_already_is_not_closed_or_commented_on_again() -> None:
    assert spam.decide(opened(), facts(pull(head_label="stranger:1.2", state="closed"))).effects == ()


PUSH = Pushed("main", "a" * 40, "b" * 40, ("b" * 40,), frozenset({".github/camelot.toml"}))


def configured(text: str | None) -> tuple[list[type], str]:
    found = configuration.decide(PUSH, facts(configuration=text)).effects
    told = [effect.description for effect in found if isinstance(effect, SetStatus)]
    return [type(effect) for effect in found], told[0] if told else ""


@pytest.mark.row("OP-2")
def test_settings_of_the_repository_are_taken_over_and_the_commit_says_so() -> None:
    assert configured('[labels]\ndocs = "documentation"\n') == ([AdoptConfiguration, SetStatus], "In force")
    assert configured("")[0] == [AdoptConfiguration, SetStatus]
    assert configured(None) == ([], "")
    changed = with_repository(rabbit(), '[labels]\ndocs = "documentation"\n')
    assert (changed.labels.docs, changed.labels.tests) == ("documentation", rabbit().labels.tests)


@pytest.mark.row("OP-2")
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[labels]\ndoc = 'x'\n", "labels.doc is not a setting"),
        ("[github]\napi_url = 'http://elsewhere'\n", "github cannot be set here"),
        ("[database]\n", "database cannot be set here"),
        ("labels = 5\n", "labels is not a table"),
        ("[labels\n", "not a TOML file"),
        ("[news]\nlowest_issue = 'many'\n", "news.lowest_issue is 'many'"),
    ],
)
def test_settings_that_cannot_be_used_leave_the_ones_before_and_name_the_mistake(text: str, says: str) -> None:
    kinds, told = configured(text)
    assert kinds == [SetStatus]
    assert told.startswith("Kept the one before: ")
    with pytest.raises(SettingsError, match=says):
        with_repository(rabbit(), text)
    assert says in told


@pytest.mark.row("IN-11")
def test_operators_are_told_of_what_waits_for_them_and_how_to_go_on() -> None:
    (told,) = operators.decide(Parked("guid-1", "push", "KeyError: 'x'"), Facts.__new__(Facts)).effects
    assert isinstance(told, TellOperators)
    assert "camelot replay guid-1" in told.words
    assert "KeyError: 'x'" in told.words
