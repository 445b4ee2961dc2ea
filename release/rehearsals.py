"""Every night: may each branch be released, and does a release of it come out? The next version of each is rehearsed.

A release that broke since the last one is found the next morning, not on the day on which people wait for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from core.branches import Branch
from core.settings import Settings
from release import cut, journal
from release.gates import Tracker
from release.repo import GitError


@dataclass(frozen=True)
class Rehearsal:
    """How one went: `state` is done, blocked (by a gate), failed (in a step) or busy (somebody is cutting there)."""

    branch: str
    version: str
    state: str
    took_s: float
    reason: str = ""


def rehearse(
    settings: Settings,
    engine: Engine,
    today: date,
    tracker: Tracker | None = None,
    tell: Callable[[Rehearsal], None] = lambda rehearsal: None,
) -> list[Rehearsal]:
    """Rehearse the next release of each live branch that plans one, newest branch first; `tell` hears of each."""
    found = []
    for branch, version in coming(settings, today):
        began = time.monotonic()
        state, reason = _one(settings, engine, branch, version, today, tracker)
        found.append(Rehearsal(branch.version, version, state, round(time.monotonic() - began, 1), reason))
        tell(found[-1])
    return found


def coming(settings: Settings, today: date) -> Iterator[tuple[Branch, str]]:
    """The branches that live, each with the version that the registry plans next."""
    for branch in reversed(settings.load_registry().live(today)):
        if release := branch.next_release(today):
            yield branch, str(release.version)


def _one(
    settings: Settings, engine: Engine, branch: Branch, version: str, today: date, tracker: Tracker | None
) -> tuple[str, str]:
    """A rehearsal that failed is given up: it must not stand in the way of the release itself."""
    if begun := next((run for run in journal.runs(engine) if _stands(run, branch)), None):
        return "busy", f"run {begun.id} ({begun.version}, {begun.mode}) is unfinished: resume or abandon it"
    who = branch.release_manager or "somebody"
    try:
        ended = cut.cut(settings, engine, version, who, today=today, tracker=tracker)
    except (cut.CutError, GitError) as error:
        return "busy" if isinstance(error, cut.CutError) else "failed", str(error)
    if ended.state == "failed" and (run := journal.find(engine, ended.run)) and run.state in cut.UNFINISHED:
        cut.abandon(settings, engine, ended.run)
    return ended.state, ended.error


def _stands(run: journal.Run, branch: Branch) -> bool:
    return run.branch == branch.version and run.state in cut.UNFINISHED
