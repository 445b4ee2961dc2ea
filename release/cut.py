"""Cut a release: carry out the plan step by step, so that it cannot half-happen.

Every step is a row. A cut that was killed or that failed is taken up again by its version: what is done is not done
twice, and the step that was interrupted looks first how far it came. One cut at a time on a branch.
"""

from __future__ import annotations

import errno
import fcntl
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import Engine

from core.settings import Settings
from core.versions import Version
from release import gates, journal, repo, tasks
from release.asking import Waiting
from release.crashing import crash
from release.filesteps import Blocked
from release.gates import Tracker
from release.job import Evidence, Job, StepError, staging
from release.journal import Run, runs
from release.judging import Excuse
from release.news import NewsError
from release.patchlevel import PatchlevelError
from release.plan import Planned, changes, plan, ref_of
from release.repo import GitError
from release.steps import STEPS

__all__ = ["CutError", "Progress", "RunResult", "abandon", "cut", "runs"]

# What a step may end with; all else is a mistake of ours.
EXPECTED = (StepError, GitError, NewsError, PatchlevelError, OSError, subprocess.TimeoutExpired)
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNFINISHED = ("running", "undoing")


class CutError(RuntimeError):
    """The cut cannot begin; one sentence with the remedy."""


@dataclass(frozen=True)
class Progress:
    """A step began (`running`), ended (`done`, `waiting`, `failed`, `blocked`) or was found done (`skipped`)."""

    run: int
    step: Planned
    position: int
    of: int
    state: str
    took_s: float = 0.0
    error: str = ""
    evidence: Evidence | None = None


@dataclass(frozen=True)
class RunResult:
    """How a cut ended: `state` is done, paused, waiting (for a person), blocked or failed. `folder`: its files."""

    run: int
    version: str
    state: str
    error: str = ""
    excuses: tuple[Excuse, ...] = ()
    folder: Path | None = None


Report = Callable[[Progress], None]


def cut(
    settings: Settings,
    engine: Engine,
    version: str,
    actor: str,
    rehearse: bool = True,
    *,
    today: date,
    report: Report = lambda progress: None,
    tracker: Tracker | None = None,
    accept: bool = False,
    yes: str = "",
    until: str = "",
    group: str = "",
) -> RunResult:
    """Cut `version`, or resume its unfinished cut. Nothing leaves this machine in a rehearsal.

    A real cut asks people (release/tasks.py) unless `yes` says why not: the reason is written down in their place.
    With `until` it pauses before that step, or where it is if it is past it; `group` is written down with the run: see
    release/together.py.
    Raises ValueError for what is no version; CutError when somebody else is cutting from the branch, and when the plan
    was changed since the unfinished cut began, unless they `accept` the new one.
    """
    wanted = Version.parse(version)
    with alone(settings, wanted):
        run = _resume(engine, wanted, rehearse, accept)
        run = run or _begin(settings, engine, wanted, actor, rehearse, today, group)
        return _carry_on(job_of(settings, engine, run, tracker, yes), report, until)


def abandon(settings: Settings, engine: Engine, run: int) -> None:
    """Give an unfinished run up, so that the version can be cut anew. Raises CutError when it is not unfinished."""
    found = journal.find(engine, run)
    if found is None or found.state != "running":
        raise CutError(f"run {run} is {found.state if found else 'unknown'}: only an unfinished one can be abandoned")
    with alone(settings, Version.parse(found.version)):
        shutil.rmtree(staging(settings, run), ignore_errors=True)
        tasks.withdraw(engine, run)
        journal.finish(engine, run, "abandoned")


def _resume(engine: Engine, version: Version, rehearse: bool, accept: bool) -> Run | None:
    found = next((run for run in runs(engine) if run.branch == version.branch and run.state in UNFINISHED), None)
    if found is None:
        return None
    if found.state == "undoing":
        raise CutError(f"run {found.id} ({found.version}) is being undone: camelot release undo {found.id} --apply")
    if found.version != str(version) or found.mode != _mode(rehearse):
        raise CutError(
            f"run {found.id} ({found.version}, {found.mode}) of {found.branch} is unfinished: "
            f"cut {found.version} to resume it, or abandon it"
        )
    steps = plan(version, found.mode)
    begun = [Planned(*row) for row in found.inputs.get("plan", [])]  # runs of older versions did not note it
    differs = changes(begun, steps) if begun else []
    if differs and not accept:
        raise CutError(
            f"the plan of run {found.id} was changed since it began: {'; '.join(differs)}: "
            "accept the new plan with --accept-plan, or abandon the run"
        )
    journal.adopt(engine, found.id, steps)
    return journal.find(engine, found.id)


def _begin(
    settings: Settings, engine: Engine, version: Version, actor: str, rehearse: bool, today: date, group: str
) -> Run:
    steps, mode = plan(version, _mode(rehearse)), _mode(rehearse)
    inputs: dict[str, Any] = {
        "today": today.isoformat(),
        "ref": ref_of(version),
        "remote": gates.remote(settings),
        "plan": [[step.id, step.title, step.what] for step in steps],
        "planned": _planned(settings, version),
        "group": group,
    }
    made = journal.find(engine, journal.begin(engine, str(version), version.branch, mode, actor, inputs, steps))
    assert made is not None  # noqa: S101 - the row was committed a line above
    return made


def _planned(settings: Settings, version: Version) -> str:
    """The day that the registry has for it before it is cut; empty where there is none."""
    branch = settings.load_registry().find(version.branch)
    row = branch.release(version) if branch else None
    return row.date.isoformat() if row else ""


def _mode(rehearse: bool) -> str:
    return "rehearse" if rehearse else "real"


def job_of(settings: Settings, engine: Engine, run: Run, tracker: Tracker | None = None, yes: str = "") -> Job:
    """The run's own day and actor hold, also when it is resumed on another day by somebody else."""
    planned = str(run.inputs.get("planned", ""))
    return Job(
        settings=settings,
        engine=engine,
        run=run.id,
        version=Version.parse(run.version),
        ref=str(run.inputs["ref"]),
        mode=run.mode,
        actor=run.actor,
        today=date.fromisoformat(str(run.inputs["today"])),
        evidence={row.step: dict(row.evidence) for row in run.steps if row.state in ("done", "undoing")},
        tracker=tracker,
        yes=yes,
        planned=date.fromisoformat(planned) if planned else None,
    )


def _carry_on(job: Job, report: Report, until: str) -> RunResult:
    steps = plan(job.version, job.mode)
    repo.unlock(job.work / ".git")  # nobody else works there while we hold the branch's lock
    for position, step in enumerate(steps, start=1):
        if step.id in job.evidence:
            report(Progress(job.run, step, position, len(steps), "skipped", evidence=job.evidence[step.id]))
            continue
        if until and (step.id == until or until in job.evidence):
            return RunResult(job.run, str(job.version), "paused")
        report(Progress(job.run, step, position, len(steps), "running"))
        began = time.monotonic()
        try:
            _do(job, step)
        except EXPECTED as error:
            ended = _stopped(job, step, error)
            took_s = time.monotonic() - began
            report(Progress(job.run, step, position, len(steps), ended.state, took_s, ended.error))
            return ended
        took_s = time.monotonic() - began
        report(Progress(job.run, step, position, len(steps), "done", took_s, evidence=job.evidence[step.id]))
    journal.finish(job.engine, job.run, "done")
    answers = tuple(Excuse(*row) for row in job.evidence["gates"]["excuses"])
    return RunResult(job.run, str(job.version), "done", excuses=answers, folder=job.published)


def _do(job: Job, step: Planned) -> None:
    """Check, do, verify. Raises what EXPECTED names."""
    act = STEPS[step.id]
    journal.started(job.engine, job.run, step.id)
    if hindrance := act.check(job):
        raise StepError(hindrance)
    crash(step.id, "before")
    evidence = act.do(job)
    crash(step.id, "after")
    if lack := act.verify(job, evidence):
        raise StepError(f"it was done, but it does not hold: {lack}")
    journal.done(job.engine, job.run, step.id, evidence)
    job.evidence[step.id] = evidence


def _stopped(job: Job, step: Planned, error: Exception) -> RunResult:
    """A cut that did not pass its gates is over, for nothing was touched; another one waits to be resumed."""
    if isinstance(error, Waiting):
        journal.asked(job.engine, job.run, step.id, str(error))
        return RunResult(job.run, str(job.version), "waiting", str(error))
    if isinstance(error, Blocked):
        answers = [[excuse.gate, excuse.state, excuse.reason] for excuse in error.excuses]
        journal.failed(job.engine, job.run, step.id, str(error), {"excuses": answers})
        journal.finish(job.engine, job.run, "blocked")
        return RunResult(job.run, str(job.version), "blocked", str(error), tuple(error.excuses))
    words = _sentence(error)
    journal.failed(job.engine, job.run, step.id, words)
    if step.id == "gates":
        journal.finish(job.engine, job.run, "blocked")
    return RunResult(job.run, str(job.version), "failed", f"{step.id}: {words}")


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in FULL:
        where = error.filename or "the disk"
        return f"there is no room for {where} ({error.strerror}): make some, then cut again to go on here"
    return str(error)


@contextmanager
def alone(settings: Settings, version: Version) -> Iterator[None]:
    """The lock of a branch; the system gives it back when its holder dies."""
    path = settings.data.resolve() / "release" / f"{version.branch}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        _take(lock, version)
        yield


def _take(lock: TextIO, version: Version) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise CutError(f"somebody is cutting a release of {version.branch} at this moment: wait for them") from None
