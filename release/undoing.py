"""Undo a cut: the last step first, up to the first one that is for good. That one is named before anything is touched.

Each step is a row here too: whoever is killed in between undoes the same step again. What lies before a step that is
for good stays as it is, and the cut can be resumed from there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Engine

from core.settings import Settings
from core.versions import Version
from release import cut, journal
from release.crashing import crash
from release.job import Job
from release.journal import Run
from release.plan import Planned, plan
from release.steps import STEPS

__all__ = ["Back", "branch_of", "show", "undo"]

TOUCHED = ("running", "asked", "done", "failed", "undoing")  # states of a step that may have left something


@dataclass(frozen=True)
class Back:
    """A step that was begun: to undo, nothing (it only looked), for good (`why` it cannot be undone), stays, undone."""

    step: Planned
    state: str
    why: str = ""


Report = Callable[[Back], None]


def show(settings: Settings, engine: Engine, run: int) -> list[Back]:
    """What an undo would do, in its order; nothing is touched. Raises CutError for a run that cannot be undone."""
    found = _found(engine, run)
    return _backwards(cut.job_of(settings, engine, found), found)


def undo(settings: Settings, engine: Engine, run: int, actor: str, report: Report = lambda back: None) -> list[Back]:
    """Take a run back as far as that goes; the steps that stay, the one that is for good first.

    Raises CutError for a run that cannot be undone, and what a step ends with when it cannot be done: asking again goes
    on there.
    """
    with cut.alone(settings, Version.parse(_found(engine, run).version)):
        found = _found(engine, run)
        job = cut.job_of(settings, engine, found)
        rows = _backwards(job, found)
        if not any(row.state == "to undo" for row in rows) and rows and rows[0].state == "for good":
            raise cut.CutError(f"{rows[0].why}: that cannot be undone, nor what led to it")
        journal.undoing(engine, run)
        _take_back(job, [row for row in rows if row.state in ("to undo", "nothing")], actor, report)
        left = [row for row in rows if row.state in ("for good", "stays")]
        if left:
            journal.reopen(engine, run)
        else:
            journal.finish(engine, run, "undone")
        return left


def branch_of(engine: Engine, run: int) -> str:
    """Raises CutError for a run that cannot be undone."""
    return _found(engine, run).branch


def _take_back(job: Job, rows: list[Back], actor: str, report: Report) -> None:
    for row in rows:
        name = row.step.id
        journal.undoing(job.engine, job.run, name)
        crash(f"undo-{name}", "before")
        STEPS[name].undo(job)
        crash(f"undo-{name}", "after")
        journal.undone(job.engine, job.run, name, actor)
        job.evidence.pop(name, None)
        report(Back(row.step, "undone"))


def _found(engine: Engine, run: int) -> Run:
    found = journal.find(engine, run)
    if found is None:
        raise cut.CutError(f"there is no run {run}: `camelot release runs` lists them")
    if found.state not in ("running", "done", "undoing"):
        raise cut.CutError(f"run {run} is {found.state}: there is nothing of it to undo")
    later = next((other for other in cut.runs(engine) if _follows(other, found)), None)
    if later:
        raise cut.CutError(
            f"run {later.id} ({later.version}) of {found.branch} came after run {run}: undo that one first"
        )
    return found


def _follows(other: Run, run: Run) -> bool:
    """It began later, from the same branch towards the same target, and left something."""
    same = (other.branch, other.mode) == (run.branch, run.mode)
    return same and other.id > run.id and other.state in ("running", "done", "undoing")


def _backwards(job: Job, run: Run) -> list[Back]:
    steps = {step.id: step for step in plan(job.version, job.mode)}
    begun = [row.step for row in run.steps if row.state in TOUCHED and row.step in steps]
    rows: list[Back] = []
    for name in reversed(begun):
        rows.append(_back(job, steps[name], rows))
    return rows


def _back(job: Job, step: Planned, after: list[Back]) -> Back:
    if any(row.state == "for good" for row in after):
        return Back(step, "stays")
    if why := STEPS[step.id].for_good(job):
        return Back(step, "for good", why)
    return Back(step, "nothing" if STEPS[step.id].leaves_nothing else "to undo")
