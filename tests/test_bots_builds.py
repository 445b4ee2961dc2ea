"""What lands on a live branch is built, and each builder's result stands beside its commit in words."""

from __future__ import annotations

import pytest

from bots.builds import decide
from core.results import Build
from forge.effects import SetStatus, StartBuild
from forge.events import BuildFinished, Pushed
from tests.backport_facts import BAD, FAIL, GOOD, LEAK, build, farm, red, verdict
from tests.bots_facts import facts

PUSH = Pushed("main", GOOD, BAD, (BAD,))


def test_a_push_to_a_live_branch_is_built_once_however_often_it_is_told() -> None:
    (effect,) = decide(PUSH, facts()).effects
    assert effect == StartBuild(f"push:main:{BAD}", "main", BAD, reason="1 new commit on main")
    assert decide(PUSH, facts()).effects == (effect,)


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
    (effect,) = decide(Pushed("1.1", GOOD, BAD, (GOOD, BAD)), facts()).effects
    assert isinstance(effect, StartBuild) and effect.reason == "2 new commits on 1.1"


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


def test_a_build_that_nobody_stored_is_nothing() -> None:
    assert decide(BuildFinished("x"), facts()).effects == ()
