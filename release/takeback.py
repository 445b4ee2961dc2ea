"""Taking back what the steps of a cut did. Each may be asked again, also of a step that was only begun.

What people outside have seen is never taken back: a tag that is pushed, files that are published, words that were sent.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from sqlalchemy import delete

from core.models import released
from release import gitsteps, index, repo, tasks, verify
from release.job import Job


def question(step: str) -> Callable[[Job], None]:
    """Nobody is asked any longer."""
    return lambda job: tasks.withdraw(job.engine, job.run, step)


def told_for_good(job: Job) -> str:
    sent = job.evidence.get("told", {}).get("asked", False)
    return f"people were told of {job.version}" if sent else ""


# --- in git ---


def target(job: Job) -> None:
    """The next rehearsal makes its copy anew."""
    if job.rehearsal:
        shutil.rmtree(job.target, ignore_errors=True)


def clone(job: Job) -> None:
    shutil.rmtree(job.home, ignore_errors=True)


def tree(job: Job) -> None:
    """As it was at the commit that passed the gates."""
    _reset(job, job.head)


def version(job: Job) -> None:
    if job.work.exists():
        wanted = job.settings.release
        repo.git(job.work, "checkout", "--quiet", job.head, "--", wanted.patchlevel, wanted.readme)
        if (job.work / wanted.docs).is_dir():
            repo.git(job.work, "checkout", "--quiet", job.head, "--", wanted.docs)


def back_to(step: str) -> Callable[[Job], None]:
    """The tree as that step left it."""
    return lambda job: _reset(job, str(job.evidence[step]["commit"]))


def tag(job: Job) -> None:
    """The one in our own clone; nobody else has it."""
    ref = f"refs/tags/{job.tag}"
    if job.work.exists() and repo.answer(job.work, "rev-parse", "--verify", "--quiet", ref):
        repo.git(job.work, "tag", "--delete", job.tag)


def _reset(job: Job, sha: str) -> None:
    if job.work.exists():
        gitsteps.back_to(job, sha)


def push(job: Job) -> None:
    """Of a rehearsal's copy: its branches as the gates saw them, and no tag."""
    if not job.rehearsal:
        return  # nothing of it has arrived: else it would be for good
    where = Path(job.target)
    repo.git(where, "update-ref", "-d", f"refs/tags/{job.tag}")
    for name in gitsteps.heads(job):
        if name == job.ref:
            repo.git(where, "update-ref", f"refs/heads/{name}", job.head)
        else:
            repo.git(where, "update-ref", "-d", f"refs/heads/{name}")


def pushed_for_good(job: Job) -> str:
    """Asked of the repository: a push that was killed may have arrived."""
    if job.rehearsal or "tag" not in job.evidence:
        return ""
    ours = str(job.evidence["tag"]["object"])
    if gitsteps.refs(job).get(f"refs/tags/{job.tag}") != ours:
        return ""
    return f"{job.tag} is pushed, and a tag that people have is never moved"


# --- files and rows ---


def files(job: Job) -> None:
    shutil.rmtree(job.staging, ignore_errors=True)


def inventories(job: Job) -> None:
    _remove(job.stage.glob(f"*{verify.SBOM}"))


def checksums(job: Job) -> None:
    _remove([job.stage / verify.CHECKSUMS])


def signature(job: Job) -> None:
    """The files; what the log was told stays there for good."""
    beside = [path for end in (verify.ENVELOPE, verify.PROOF, ".asc") for path in job.stage.glob(f"*{end}")]
    _remove([job.stage / verify.KEY_FILE, job.stage / verify.LOG_KEY, *beside])


def _remove(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def tries(job: Job) -> None:
    for spare in job.home.glob("smoke-*"):
        shutil.rmtree(spare, ignore_errors=True)


def published(job: Job) -> None:
    """A rehearsal's files go back into its staging folder, out of the index first."""
    if not job.rehearsal or not index.is_listed(job.downloads, job.version, "rehearse"):
        return
    if job.published.exists() and not job.stage.exists():
        job.staging.mkdir(parents=True, exist_ok=True)
        job.published.rename(job.stage)
    index.drop(job.downloads, job.version)


def published_for_good(job: Job) -> str:
    if job.rehearsal or not job.published.exists():
        return ""
    return f"downloads/{job.version} is published, and what people have downloaded is never replaced"


def record(job: Job) -> None:
    """Our own row only."""
    mine = (released.c.version == str(job.version)) & (released.c.mode == job.mode)
    mine &= released.c.commit == str(job.evidence["commit"]["commit"])
    with job.engine.begin() as connection:
        connection.execute(delete(released).where(mine))


def announcement(job: Job) -> None:
    (job.home / "announcement.txt").unlink(missing_ok=True)
