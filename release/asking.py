"""The steps that a person does: the cut stops until they have answered, each for what only they can know.

Nobody is asked in a rehearsal, nor where the one who cuts has said in advance why not; that is what is written down.
"""

from __future__ import annotations

from release.job import Evidence, Job, StepError
from release.tasks import SHAPES, Question, Task, ask
from release.verify import CHECKSUMS

REHEARSED = "a rehearsal asks nobody"


class Waiting(StepError):
    """Somebody has to answer first."""

    def __init__(self, task: Task) -> None:
        super().__init__(
            f"task {task.id} waits for {task.owner}: {task.title}: `camelot release done {task.id} --evidence ...` "
            f"with {SHAPES[task.wants].words}, then cut {task.version} again to go on"
        )
        self.task = task


def go(job: Job) -> Evidence:
    """Go or no-go: a person looks at what the gates cannot see, and names the commit that they mean."""
    found = "\n".join(f"{state:<8} {gate}: {reason}" for gate, state, reason in job.evidence["gates"]["excuses"])
    return _answered(
        job,
        "go",
        f"Go or no-go for {job.version} from {job.head[:10]}",
        f"{_repository(job)}/commit/{job.head}",
        f"{job.version} would be cut from {job.head} of {job.ref}. The gates say:\n\n{found}\n\n"
        "Is anything known that they do not see: a crash that nobody has labelled, a fix that must come in first? "
        f"For a go, name the commit; for a no-go: camelot release abandon {job.run}",
        "commit",
        job.head,
    )


def approve(job: Job) -> Evidence:
    """The last look before everybody has the files."""
    total = str(job.evidence["checksums"]["files"][CHECKSUMS])
    files = "\n".join(f"{sha}  {name}" for name, sha in sorted(job.evidence["verify"]["files"].items()))
    return _answered(
        job,
        "approve",
        f"Approve the files of {job.version}",
        f"{job.settings.console.address}/releases",
        f"They were verified, built and run: {job.evidence['smoke']['shown']}. They lie in {job.stage.name} of the "
        f"staging folder:\n\n{files}\n\nOnce published they are never replaced. "
        f"To approve, give the SHA-256 of {CHECKSUMS}: {total}",
        "sha256",
        total,
    )


def told(job: Job) -> Evidence:
    """People hear of a release from a person."""
    return _answered(
        job,
        "told",
        f"Announce {job.version}",
        f"{_repository(job)}/issues/new",
        str(job.evidence["announce"]["text"]),
        "link",
    )


def _answered(job: Job, step: str, title: str, link: str, words: str, wants: str, expected: str = "") -> Evidence:
    """Raises Waiting while the task is open."""
    why = REHEARSED if job.rehearsal else job.yes
    if why:
        return {"asked": False, "why": why}
    task = ask(job.engine, job.run, Question(step, _owner(job), title, link, words, wants, expected))
    if task.state != "done":
        raise Waiting(task)
    return {"asked": True, "task": task.id, "actor": task.actor, "evidence": task.evidence, "at": task.finished}


def _owner(job: Job) -> str:
    branch = job.settings.load_registry().find(job.version.branch)
    return (branch.release_manager if branch else "") or job.actor


def _repository(job: Job) -> str:
    return f"{job.settings.github.web_url}/{job.settings.github.repository}"
