"""A red build finds the one commit that can be to blame, tells it once, and says so when all is green again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bots.breakage import Breakage, failures
from bots.culprit import decide, topic
from bots.decision import Decision
from core.results import Build
from forge.effects import CloseNotice, Comment, Effect, OpenNotice
from forge.events import BuildFinished
from forge.facts import Facts, Notice, Suspect
from tests.backport_facts import ADAS, BAD, BOBS, CASE, FAIL, GOOD, LATER, LEAK, build, farm, red, verdict

KEY = "main test_list leaked"
LAST_GREEN = build(commit=GOOD, number=1)


def judged(facts: Facts) -> Decision:
    assert facts.farm
    return decide(BuildFinished(facts.farm.build.key), facts)


def opened(effects: Iterable[Effect]) -> dict[str, OpenNotice]:
    return {each.key: each for each in effects if isinstance(each, OpenNotice)}


def said(effects: Iterable[Effect]) -> Comment:
    (comment,) = [each for each in effects if isinstance(each, Comment)]
    return comment


def after(notices: Sequence[Notice], effects: Iterable[Effect]) -> tuple[Notice, ...]:
    """The open notices once the effects are carried out, as core/records keeps them."""
    known = {each.key: each for each in notices}
    for each in effects:
        if isinstance(each, OpenNotice):
            known[each.key] = Notice(each.key, each.number, each.commit, each.body)
        if isinstance(each, CloseNotice):
            del known[each.key]
    return tuple(known.values())


def leak_found() -> Decision:
    return judged(farm(red(), LAST_GREEN))


def test_the_only_commit_since_it_worked_is_told_once_with_all_that_helps() -> None:
    decision = leak_found()
    notice = opened(decision.effects)[KEY]
    comment = said(decision.effects)
    assert (notice.number, notice.commit, notice.body["branch"]) == (8, BAD, "main")
    assert (comment.number, comment.topic, comment.only_update) == (8, topic("main", BAD), False)
    for part in (
        "Hi @bob!",
        "- test_list leaked [3, 3, 3] references and [1, 1, 1] memory blocks",
        "| `refleak 1.3` | `here` | 1 | failing | [log](http://farm/#/builders/refleak/builds/2) |",
        f"Commit {BAD}, seen first at 2026-11-20 10:00 UTC.",
        f"the only change between {GOOD}",
        f"git checkout {BAD}\n",
        './configure --with-pydebug && make && make buildbottest TESTOPTS="-R 3:3 test_list"',
        "Don't worry",
    ):
        assert part in comment.body, part
    assert comment.body.count("@") == 1


def test_the_next_builder_with_the_same_breakage_joins_the_same_comment() -> None:
    one = judged(farm(red(FAIL, kind="debug"), build("debug", GOOD, 1)))
    notices = after((), one.effects)
    two = judged(farm(red(FAIL, kind="asan"), build("asan", GOOD, 1), notices=notices))
    assert said(two.effects).topic == said(one.effects).topic
    body = said(two.effects).body
    assert "| `asan 1.3` |" in body and "| `debug 1.3` |" in body and "2 builders agree." in body
    assert "It failed again" in body
    assert list(opened(two.effects)) == ["main test_list failed"]
    assert (
        "ASAN_OPTIONS" in body
        and './configure --with-pydebug && make && make buildbottest TESTOPTS="test_list"' in body
    )


def test_a_later_red_build_of_the_same_builder_accuses_nobody_anew() -> None:
    notices = after((), leak_found().effects)
    later = judged(farm(red(commit=LATER, number=3), red(), LAST_GREEN, suspects=(BOBS, ADAS), notices=notices))
    assert {each.number for each in opened(later.effects).values()} == {8}
    assert said(later.effects).number == 8
    assert "known already" in later.why


def test_all_that_one_commit_broke_is_one_comment() -> None:
    second = {**LEAK, "name": "test_dict"}
    decision = judged(farm(red(LEAK, second), LAST_GREEN))
    assert list(opened(decision.effects)) == [KEY, "main test_dict leaked"]
    body = said(decision.effects).body
    assert "- test_dict leaked" in body and "- test_list leaked" in body
    assert 'TESTOPTS="-R 3:3 test_dict test_list"' in body


def test_several_commits_of_one_pull_request_are_one_change() -> None:
    merge = Suspect(LATER, 8, "bob", BOBS.title)
    notice = opened(judged(farm(red(commit=LATER), LAST_GREEN, suspects=(BOBS, merge))).effects)[KEY]
    assert (notice.number, notice.commit) == (8, LATER)


@pytest.mark.parametrize(
    ("suspects", "why"),
    [
        ((Suspect(BAD, None, "core-dev", "Mend a typo"),), "came from no pull request"),
        ((Suspect(BAD, 8, "bob", "gh-2: Revert the list method (GH-6)"),), "is a revert"),
        ((Suspect(BAD, 8, "bob", '[1.2] Revert "gh-2: Add a list method"'),), "is a revert"),
        ((), "is not known"),
    ],
)
def test_who_is_not_certain_is_not_told_and_the_reason_is_kept(suspects: tuple[Suspect, ...], why: str) -> None:
    decision = judged(farm(red(), LAST_GREEN, suspects=suspects))
    (notice,) = decision.effects
    assert isinstance(notice, OpenNotice)
    assert notice.number is None and notice.why.startswith("nobody was told: ") and why in notice.why


def test_a_title_that_only_speaks_of_reverting_is_a_suspect_like_others() -> None:
    suspect = replace(BOBS, title="gh-2: Add list.revert")
    assert said(judged(farm(red(), LAST_GREEN, suspects=(suspect,))).effects).number == 8


def test_a_builder_that_never_worked_accuses_nobody() -> None:
    (notice,) = judged(farm(red(), red(number=1))).effects
    assert isinstance(notice, OpenNotice) and "never worked" in notice.why


def test_a_builder_that_is_red_for_another_reason_still_narrows_the_suspects() -> None:
    other = {**FAIL, "name": "test_dict"}
    before = red(other, commit=BAD, number=2)
    decision = judged(farm(red(LEAK, other, commit=LATER, number=3), before, LAST_GREEN, suspects=(BOBS, ADAS)))
    notices = opened(decision.effects)
    assert notices[KEY].number == 9 and notices[KEY].body["good"] == BAD
    assert notices["main test_dict failed"].number is None


def test_a_builder_that_knows_more_tells_what_was_told_to_nobody() -> None:
    vague = judged(farm(red(kind="slow", commit=LATER), build("slow", GOOD, 1), suspects=(BOBS, ADAS)))
    sure = judged(farm(red(), LAST_GREEN, notices=after((), vague.effects)))
    assert opened(sure.effects)[KEY].number == 8
    assert "2 builders agree." in said(sure.effects).body and "@bob" in said(sure.effects).body


SILENT = {
    "an unstable builder": red(stable=False),
    "a branch past its end of life": red(branch="1.0"),
    "a pull request's merge": red(branch="refs/pull/3/merge"),
    "a log without its end": red(verdict=verdict(LEAK, complete=False)),
    "no log at all": red(verdict={}),
    "a failed checkout": red(failed_step="git", verdict={}),
    "an accident of the farm": red(result="exception"),
    "a build that was stopped": red(result="cancelled"),
    "the commit was green before": red(commit=GOOD),
    "a test that passed when run again": build(result="warnings", verdict=verdict(flaky=["test_list"])),
    "a green build": build(),
}


@pytest.mark.parametrize("now", SILENT.values(), ids=SILENT)
def test_nobody_is_accused_by(now: Build) -> None:
    decision = judged(farm(now, LAST_GREEN))
    assert decision.effects == ()
    assert decision.why


def test_a_flaky_test_is_left_out_of_a_red_build() -> None:
    both = verdict(LEAK, {**FAIL, "name": "test_io"}, flaky=["test_io"])
    assert list(opened(judged(farm(red(verdict=both), LAST_GREEN)).effects)) == [KEY]


WAYS: dict[str, tuple[Build, Breakage]] = {
    "a step before the tests": (red(failed_step="compile", verdict={}), Breakage("", "step:compile")),
    "a crash": (
        red({**FAIL, "state": "worker_failed", "reason": "Exit code -11 (SIGSEGV)", "cases": [], "rerun": None}),
        Breakage("test_list", "crashed", "Exit code -11 (SIGSEGV)"),
    ),
    "an environment left changed": (
        red(verdict=verdict(env_changed=["test_os"])),
        Breakage("test_os", "env_changed"),
    ),
    "a failure with its case": (
        red(FAIL),
        Breakage("test_list", "failed", "1 failure", (), ((str(CASE["id"]), "AssertionError: 1 != 2"),), True),
    ),
    "a test run that names nothing": (red(verdict=verdict()), Breakage("", "step:test")),
}


@pytest.mark.parametrize(("now", "breakage"), WAYS.values(), ids=WAYS)
def test_what_is_broken_is_read_from_the_build(now: Build, breakage: Breakage) -> None:
    assert failures(now) == [breakage]


def test_a_build_that_does_not_compile_is_told_with_the_command_that_shows_it() -> None:
    decision = judged(farm(red(kind="release", failed_step="compile", verdict={}), build("release", GOOD, 1)))
    assert list(opened(decision.effects)) == ["main step:compile"]
    body = said(decision.effects).body
    assert "- the step compile failed" in body and "\n./configure && make\n" in body and "buildbottest" not in body


# --- green again ---


def test_a_green_build_closes_the_notice_in_the_same_comment_and_names_the_fix() -> None:
    first = leak_found()
    notices = after((), first.effects)
    fix = Suspect(LATER, 10, "core-dev", "Revert")
    decision = judged(farm(build(commit=LATER, number=3), red(), suspects=(fix,), notices=notices))
    assert [each for each in decision.effects if not isinstance(each, Comment)] == [CloseNotice(KEY)]
    comment = said(decision.effects)
    assert (comment.number, comment.topic, comment.only_update) == (8, said(first.effects).topic, True)
    assert comment.body.startswith("**Fixed.**")
    assert f"since {LATER} (#10)" in comment.body.splitlines()[0]
    assert "<details>" in comment.body and "test_list leaked [3, 3, 3] references" in comment.body


def test_only_when_every_builder_is_green_again_is_it_closed() -> None:
    one = judged(farm(red(FAIL, kind="debug"), build("debug", GOOD, 1)))
    two = judged(farm(red(FAIL, kind="asan"), build("asan", GOOD, 1), notices=after((), one.effects)))
    notices = after(after((), one.effects), two.effects)
    half = judged(farm(build("debug", LATER, 3), notices=notices))
    assert "| `debug 1.3` | `here` | 1 | green again |" in said(half.effects).body
    assert "| `asan 1.3` | `here` | 1 | failing |" in said(half.effects).body
    notices = after(notices, half.effects)
    whole = judged(farm(build("asan", LATER, 3), notices=notices))
    assert CloseNotice("main test_list failed") in whole.effects and said(whole.effects).body.startswith("**Fixed.**")


def test_a_builder_that_is_red_for_another_reason_still_mends_what_passes_there() -> None:
    notices = after((), leak_found().effects)
    other = red({**FAIL, "name": "test_io"}, commit=LATER, number=3)
    decision = judged(farm(other, red(), LAST_GREEN, suspects=(BOBS, ADAS), notices=notices))
    assert CloseNotice(KEY) in decision.effects
    assert opened(decision.effects)["main test_io failed"].number == 9


@pytest.mark.parametrize(
    "now",
    [
        build("debug", LATER, 3),  # it never saw the leak
        build(commit=LATER, number=3, branch="1.2"),
        red(commit=LATER, number=3, failed_step="compile", verdict={}),  # it never came to the tests
        red(commit=LATER, number=3, verdict=verdict(complete=False)),
    ],
    ids=["another builder", "another branch", "a build that stopped early", "a log without its end"],
)
def test_a_notice_is_not_closed_by(now: Build) -> None:
    notices = after((), leak_found().effects)
    decision = judged(farm(now, LAST_GREEN, notices=notices))
    assert not any(isinstance(each, CloseNotice) for each in decision.effects)


def test_what_was_told_to_nobody_closes_without_a_word() -> None:
    vague = judged(farm(red(), LAST_GREEN, suspects=()))
    decision = judged(farm(build(commit=LATER, number=3), red(), notices=after((), vague.effects)))
    assert decision.effects == (CloseNotice(KEY),)


def test_a_mended_test_that_breaks_again_is_told_on_the_newer_change() -> None:
    again = judged(farm(red(commit=LATER, number=4), build(commit=BAD, number=3), suspects=(ADAS,)))
    assert opened(again.effects)[KEY].number == 9


# --- what people write does nothing in a notice ---


def test_a_traceback_calls_nobody_and_closes_nothing() -> None:
    hostile: dict[str, Any] = {
        **FAIL,
        "reason": "@everybody fixes #1 `",
        "cases": [
            {**CASE, "id": "test_x (a.@core-dev)", "traceback": "```\n@core-dev closes #1\n<!-- camelot:cla -->"}
        ],
    }
    body = said(judged(farm(red(hostile), LAST_GREEN)).effects).body
    assert "<!--" not in body
    outside = "".join(body.split("````")[::2])  # what stands outside of the long fences
    assert "closes #1" not in outside
    assert "``test_list failed (@everybody fixes #1 `)``" in outside


@pytest.mark.parametrize("author", ["ghost", "", "x y", "a@b"])
def test_who_has_no_account_is_not_called(author: str) -> None:
    body = said(judged(farm(red(), LAST_GREEN, suspects=(replace(BOBS, author=author),))).effects).body
    assert body.startswith("Hi! ") and "@" not in body
