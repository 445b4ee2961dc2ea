"""What lands on a live branch is built, and each builder's result stands beside its commit in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.builds import decide
from core.results import Build
from forge.effects import SetStatus, StartBuild
from forge.events import BuildFinished, Pushed
from tests.backport_facts import BAD, FAIL, GOOD, LEAK, build, farm, red, verdict
from tests.bots_facts import facts

PUSH = Pushed("main", GOOD, BAD, (BAD,))


def test_a_push_to_a_live_branch_is_built_once_however_often_it_is_told() -> None:
    effects = decide(PUSH, facts()).effects
    about = "main", BAD, "", "1 new commit on main"
    assert effects == (
        StartBuild(f"push:main:{BAD}", *about, pace="quick"),
        StartBuild(f"push:main:{BAD}:slow", *about, pace="slow"),
    )
    assert decide(PUSH, facts()).effects == effects


@pytest.mark.parametrize(
    ("branch", "why"),
    [
        ("1.0", "1.0 reached its end of life on 2025-12-16"),
        ("backport-0123456-1.2", "not a branch that the farm builds"),
        ("1.3", "not a branch that the farm builds"),  # still developed on main
    ],
)
def test_a_push_to_any_other_branch_is_not_built_and_the_reason_is_kept(branch: str, why: str) -> None:
    decision = decide(Pushed(branch, GOOD, BAD, (GOOD, BAD)), facts())
    assert decision.effects == () and why in decision.why


def test_a_security_branch_is_built_too() -> None:
    effect, _ = decide(Pushed("1.1", GOOD, BAD, (GOOD, BAD)), facts()).effects
    assert isinstance(effect, StartBuild) and effect.reason == "2 new commits on 1.1"


@pytest.mark.row("A3")
def test_a_push_of_documentation_alone_is_not_built_and_the_reason_is_kept() -> None:
    papers = frozenset({"Doc/library/os.rst", "Misc/NEWS.d/next/Library/2026-11-20-10-00-00.gh-issue-1.Ab3dEf.rst"})
    decision = decide(replace(PUSH, files=papers), facts())
    assert decision.effects == () and "built or tested" in decision.why
    assert len(decide(replace(PUSH, files=papers | {"Lib/os.py"}), facts()).effects) == 2


RESULTS: dict[str, tuple[Build, str, str]] = {
    "green": (build(), "success", "431 tests passed in 12 s"),
    "green without tests": (build(verdict={}), "success", "Done in 12 s"),
    "a flaky test": (
        build(result="warnings", verdict=verdict(flaky=["test_io"])),
        "success",
        "431 tests passed in 12 s; passed only when run again: test_io",
    ),
    "a leak": (red(), "failure", "test_list leaked [3, 3, 3] references and [1, 1, 1] memory blocks"),
    "several failures": (red(FAIL, {**LEAK, "name": "test_b"}), "failure", "test_list failed (1 failure) and 1 more"),
    "no compilation": (red(failed_step="compile", verdict={}), "failure", "the step compile failed"),
    "a log without its end": (red(verdict=verdict(FAIL, complete=False)), "failure", "test failed"),
    "no checkout": (red(failed_step="git", verdict={}), "failure", "git failed"),
    "the farm's fault": (build(result="exception"), "error", "The farm failed, not the code: somebody looks into it"),
    "interrupted": (build(result="retry"), "pending", "The build was interrupted and runs again"),
}


@pytest.mark.parametrize(("now", "state", "text"), RESULTS.values(), ids=RESULTS)
def test_the_result_stands_beside_the_commit(now: Build, state: str, text: str) -> None:
    decision = decide(BuildFinished(now.key), farm(now))
    assert decision.effects == (SetStatus(BAD, "buildbot/refleak 1.3", state, text, now.url),)


@pytest.mark.parametrize("result", ["cancelled", "skipped"])
def test_a_build_without_a_verdict_says_nothing(result: str) -> None:
    decision = decide(BuildFinished("x"), farm(build(result=result)))
    assert decision.effects == () and result in decision.why


def test_a_build_of_a_pull_request_that_was_called_off_does_not_stay_pending() -> None:
    now = build(result="cancelled", branch="refs/pull/7/merge", commit=BAD)
    (effect,) = decide(BuildFinished(now.key), farm(now)).effects
    assert effect == SetStatus(BAD, "buildbot/refleak 1.3", "error", "The build was called off", now.url)


def test_a_merge_that_is_not_there_any_more_says_so_beside_the_commit() -> None:
    now = build(result="failure", failed_step="merge", branch="refs/pull/7/merge", verdict={})
    (effect,) = decide(BuildFinished(now.key), farm(now)).effects
    assert isinstance(effect, SetStatus) and "does not merge into its base" in effect.description


def test_a_build_that_nobody_stored_is_nothing() -> None:
    assert decide(BuildFinished("x"), facts()).effects == ()
