"""The day on which a version came out goes into the registry, from its tag: nobody types it.

A rehearsal writes into a copy of the registry, made anew each time.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from core import branches, branches_edit
from release import repo
from release.job import Evidence, Job


def write(job: Job) -> Evidence:
    """The row says that the version is out since its tag's day; writing it again changes nothing."""
    file, day = _file(job), tagged_on(job)
    with alone(job):
        if job.rehearsal:
            _copy(_real(job), file)
        branches_edit.edit(file, branches_edit.released(job.version, day))
    return {"version": str(job.version), "date": day.isoformat(), "file": file.name}


def is_written(job: Job, evidence: Evidence) -> str:
    branch = branches.load(_file(job)).find(job.version.branch)
    row = branch.release(job.version) if branch else None
    if row is None or (row.state, row.date.isoformat()) != ("actual", evidence["date"]):
        return f"{_file(job).name} does not say that {job.version} is out since {evidence['date']}"
    return ""


def take_back(job: Job) -> None:
    """The row as it was planned when the cut began; where there was none, none again."""
    if job.rehearsal:
        _file(job).unlink(missing_ok=True)
        return
    with alone(job):
        branches_edit.edit(_file(job), branches_edit.unreleased(job.version, job.planned))


def tagged_on(job: Job) -> date:
    """The day of the tag: what people see of the release, and what a clone can be asked for."""
    form = "--format=%(creatordate:short)"
    return date.fromisoformat(repo.git(job.work, "for-each-ref", form, f"refs/tags/{job.tag}"))


@contextmanager
def alone(job: Job) -> Iterator[None]:
    """Releases of two branches may end at the same moment, and the registry is one file: they write in turn."""
    with (job.settings.data.resolve() / "release" / "registry.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _file(job: Job) -> Path:
    if job.rehearsal:
        return job.settings.data.resolve() / "rehearsal" / job.version.branch / "registry.toml"
    return _real(job)


def _real(job: Job) -> Path:
    return job.settings.registry or branches.registry_path(job.settings.profile)


def _copy(registry: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(".registry.toml.partial")
    shutil.copyfile(registry, partial)
    partial.replace(file)
