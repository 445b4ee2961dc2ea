"""Several branches released as one: security fixes that become known on all of them come out on all of them at once.

Each version is brought up to its push before any is pushed, then all are; each is tried before any is published.
Where one stops, the others wait with it; cutting the same versions again goes on. Each is a run of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Engine

from core.versions import Version
from release import journal
from release.cut import CutError, RunResult

PHASES = ("push", "tarballs", "publish", "")  # the step before which all wait for each other; the last: to the end

Cutter = Callable[[str, str, str], RunResult]  # version, until, group: cut.cut with all else given


def together(engine: Engine, versions: Sequence[str], cutter: Cutter) -> list[RunResult]:
    """How each ended, up to the first that stopped. Raises ValueError for what is no version, CutError for no group."""
    _check(versions)
    group, ended = _group(engine, versions)
    results: dict[str, RunResult] = {}
    for until in PHASES:
        for version in versions:
            if version in ended:
                continue
            results[version] = cutter(version, until, group)
            if results[version].state == "done":
                ended.add(version)
            elif results[version].state != "paused":
                return list(results.values())
    return list(results.values())


def _check(versions: Sequence[str]) -> None:
    branches = [Version.parse(version).branch for version in versions]
    twice = next((branch for branch in branches if branches.count(branch) > 1), "")
    if twice:
        raise CutError(f"{twice} is named twice: one version of each branch can be released together")
    if len(branches) < 2:
        raise CutError("name two versions or more, of different branches, to release them together")


def _group(engine: Engine, versions: Sequence[str]) -> tuple[str, set[str]]:
    """The group's name, and which of its versions are out already: those of an unfinished one, or a new one."""
    runs = [run for run in journal.runs(engine) if run.version in versions]
    words = " ".join(versions)
    unfinished = {
        str(run.inputs.get("group", "")) for run in runs if run.state == "running" and run.inputs.get("group")
    }
    for name in unfinished:
        if name.partition(":")[2] == words:
            return name, {run.version for run in runs if run.inputs.get("group") == name and run.state == "done"}
    newest = max((run.id for run in journal.runs(engine)), default=0)
    return f"{newest + 1}:{words}", set()
