"""Builders of plain data for merged pull requests and finished builds: name what matters, the rest is ordinary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from core.results import Build
from forge.events import PullRequestChanged
from forge.facts import BackportState, Facts, FarmFacts, Notice, PullRequest, Suspect
from tests.bots_facts import BOT, CORE, facts, pull

MERGE = "c" * 40
GOOD, BAD, LATER = "1" * 40, "2" * 40, "3" * 40


# --- backports ---


def merged(*labels: str, **fields: Any) -> PullRequest:
    """Pull request 7 of ada, merged into main."""
    about = {
        "state": "closed",
        "merged": True,
        "merge_sha": MERGE,
        "merged_by": "core-dev",
        "labels": frozenset(labels),
    }
    return pull(**(about | fields))


def wants(*branches: str) -> tuple[str, ...]:
    return tuple(f"needs backport to {branch}" for branch in branches)


def of(pr: PullRequest, *rows: BackportState, **fields: Any) -> Facts:
    return facts(pr, backports=rows, **fields)


def its_backport(**fields: Any) -> PullRequest:
    """Pull request 50: our backport of 7 to 1.2."""
    about = {"number": 50, "title": "[1.2] gh-1: Close the file (GH-7)", "author": BOT, "base": "1.2"}
    return pull(**(about | fields))


def by_core(**fields: Any) -> PullRequest:
    return its_backport(author=CORE, **fields)


def happened(action: str, number: int = 7, **fields: Any) -> PullRequestChanged:
    return PullRequestChanged(action, number, "core-dev", **fields)


# --- builds ---

LEAK = {
    "name": "test_list",
    "state": "refleak",
    "reason": "",
    "rerun": None,
    "cases": [],
    "leaks": [{"resource": "references", "deltas": [3, 3, 3]}, {"resource": "memory blocks", "deltas": [1, 1, 1]}],
}
CASE = {"id": "test_pop (test.test_list.ListTest.test_pop)", "outcome": "FAIL", "traceback": "AssertionError: 1 != 2"}
FAIL = {"name": "test_list", "state": "failed", "reason": "1 failure", "rerun": "failed", "cases": [CASE], "leaks": []}


def verdict(*files: dict[str, Any], complete: bool = True, **fields: Any) -> dict[str, Any]:
    """As buildmaster's log reader gives it; every file given failed."""
    names = [file["name"] for file in files]
    whole = {
        "result": "failure" if names else "success",
        "complete": complete,
        "files": list(files),
        "failed": names if complete else [],
        "flaky": [],
        "env_changed": [],
        "leaked": [file["name"] for file in files if file["leaks"]] if complete else [],
        "totals": {"tests": {"run": 431, "failures": len(names), "skipped": 3}},
    }
    return whole | fields


def build(kind: str = "refleak", commit: str = BAD, number: int = 2, **fields: Any) -> Build:
    """A green build of a stable builder on main."""
    whole = Build(
        key=f"{kind} 1.3/{number}",
        builder=f"{kind} 1.3",
        kind=kind,
        tier=1,
        stable=True,
        branch="main",
        commit=commit,
        number=number,
        result="success",
        url=f"http://farm/#/builders/{kind}/builds/{number}",
        started="2026-11-20T10:00:00.000+00:00",
        finished="2026-11-20T10:00:12.000+00:00",
        worker="here",
        verdict=verdict(),
    )
    return replace(whole, **fields)


def red(*files: dict[str, Any], kind: str = "refleak", commit: str = BAD, number: int = 2, **fields: Any) -> Build:
    about = {"result": "failure", "failed_step": "test", "verdict": verdict(*(files or (LEAK,)))}
    return build(kind, commit, number, **(about | fields))


BOBS = Suspect(BAD, 8, "bob", "gh-2: Add a list method")
ADAS = Suspect(LATER, 9, "ada", "gh-3: Something else")


def farm(
    now: Build, *before: Build, suspects: tuple[Suspect, ...] = (BOBS,), notices: tuple[Notice, ...] = ()
) -> Facts:
    """`before` newest first."""
    return facts(farm=FarmFacts(now, before, suspects, notices))
