"""What a red build says is broken: one breakage for each test and way of failing, or for the step that failed.

An unfinished log accuses nobody: a test that failed so far may pass when it is run again. A flaky test did just that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.results import Build

CRASHED = ("worker_failed", "worker_bug", "timeout", "uncaught_exc")
TEST_STEP = "test"
NOT_THE_CODE = ("git",)  # steps that say something about the machine or the network only

WORDS = {
    "failed": "failed",
    "crashed": "crashed",
    "env_changed": "changed the environment and did not put it back",
    "leaked": "leaked",
}


@dataclass(frozen=True)
class Breakage:
    """`kind` is failed, leaked, env_changed, crashed, or `step:compile` (then `test` is empty).

    `leaks` are (resource, deltas); `cases` are (id, traceback); `again` says that it failed once more when run again.
    """

    test: str
    kind: str
    reason: str = ""
    leaks: tuple[tuple[str, tuple[int, ...]], ...] = ()
    cases: tuple[tuple[str, str], ...] = ()
    again: bool = False

    @property
    def sentence(self) -> str:
        """`test_list leaked [1, 1, 1] references`; names of tests and steps are the farm's, plain words."""
        if self.kind.startswith("step:"):
            return f"the step {self.kind.removeprefix('step:')} failed"
        if self.leaks:
            amounts = [f"{list(deltas)} {resource}" for resource, deltas in self.leaks]
            return f"{self.test} leaked {' and '.join(amounts)}"
        return f"{self.test} {WORDS[self.kind]}" + (f" ({self.reason})" if self.reason else "")

    def key(self, branch: str) -> str:
        """What makes two breakages the same one, on whatever builder."""
        return " ".join(part for part in (branch, self.test[:200], self.kind) if part)


def failures(build: Build) -> list[Breakage]:
    """What is broken in a red build, in the log's order; empty when it does not tell for certain."""
    if build.result != "failure":
        return []
    if build.failed_step and build.failed_step != TEST_STEP:
        known = build.failed_step not in NOT_THE_CODE
        return [Breakage("", f"step:{build.failed_step}")] if known else []
    verdict = build.verdict
    if not verdict.get("complete"):
        return []
    files = {str(file.get("name")): file for file in verdict.get("files") or ()}
    flaky = set(verdict.get("flaky") or ())
    broken = [name for name in verdict.get("failed") or () if name not in flaky]
    changed = [name for name in verdict.get("env_changed") or () if name not in broken and name not in flaky]
    leaking = set(verdict.get("leaked") or ())
    found = [_of_test(name, files.get(name) or {}, name in leaking) for name in broken]
    found += [Breakage(name, "env_changed", str((files.get(name) or {}).get("reason") or "")) for name in changed]
    return found or [Breakage("", f"step:{TEST_STEP}")]


def passed(build: Build, test: str, kind: str) -> bool:
    """Did it go well here? A build that stopped at a step before the tests, or tells nothing, cannot say so."""
    if build.green:
        return True
    found = failures(build)
    if not found or any(each.kind.startswith("step:") for each in found):
        return False
    return all((each.test, each.kind) != (test, kind) for each in found)


def duration_s(build: Build) -> float:
    """How long the build took."""
    return max(0.0, (datetime.fromisoformat(build.finished) - datetime.fromisoformat(build.started)).total_seconds())


def _of_test(name: str, file: Mapping[str, Any], leaking: bool) -> Breakage:
    state = str(file.get("state") or "failed")
    leaks = tuple((str(leak["resource"]), tuple(leak["deltas"])) for leak in file.get("leaks") or ())
    kind = "leaked" if leaking or state == "refleak" else "crashed" if state in CRASHED else "failed"
    reason = str(file.get("reason") or "")
    return Breakage(name, kind, reason, leaks, _cases(file.get("cases") or ()), file.get("rerun") == "failed")


def _cases(rows: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(row.get("id") or ""), str(row.get("traceback") or "")) for row in rows)
