"""The steps that make files, from the tag to the published folder. A file is written whole, or not at all."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, time
from pathlib import Path

from sqlalchemy import delete, insert, select

from core.models import released
from core.store import text
from release import (
    announce,
    artifacts,
    bundled,
    gates,
    index,
    judging,
    keys,
    repo,
    sbom,
    signsteps,
    smoke,
    verify,
)
from release.job import Evidence, Job, StepError

OTHER_WORLD = {"TZ": "Asia/Seoul", "LC_ALL": "C", "PYTHONHASHSEED": "4711"}  # what must not reach the bytes
OTHER_UMASK = 0o077
ROOM = 64 << 20  # bytes that must be free: tarballs, lists, an unpacked tree and its build


class Blocked(StepError):
    """A gate says no. `excuses` are all answers, those that pass included."""

    def __init__(self, found: list[judging.Excuse], rehearse: bool) -> None:
        stops = judging.blocking(found, rehearse)
        super().__init__("; ".join(f"{excuse.gate}: {excuse.reason}" for excuse in stops))
        self.excuses = found


def ask_gates(job: Job) -> Evidence:
    """Raises Blocked with every answer when one of them stops this cut; StepError where its actor may not sign it."""
    signsteps.may_sign(job)
    found = gates.excuses(job.settings, job.engine, str(job.version), job.today, job.tracker, own_run=job.run)
    if judging.blocking(found, job.rehearsal):
        raise Blocked(found, job.rehearsal)
    head = next(excuse.evidence["head"] for excuse in found if excuse.gate == "branch")
    return {"head": head, "excuses": [[excuse.gate, excuse.state, excuse.reason] for excuse in found]}


def has_room(job: Job) -> str:
    """Better said before than in the middle of a file."""
    job.staging.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(job.staging).free
    if free >= ROOM:
        return ""
    return f"{job.downloads} has {free >> 20} MiB of room, a release needs {ROOM >> 20}: make some, then resume"


def lie_there(job: Job, evidence: Evidence) -> str:
    """The files that a step made, with the checksums that it noted."""
    there = _sums(job.stage)
    wrong = [name for name, total in evidence["files"].items() if there.get(name) != total]
    return f"{wrong[0]} is not in the staging folder as it was made" if wrong else ""


def tarballs(job: Job) -> Evidence:
    made = artifacts.make(job.recipe, job.stage)
    return {"files": {path.name: artifacts.sha256(path) for path in made}}


def reproduce(job: Job) -> Evidence:
    """Make them again in another process under other circumstances."""
    recipe, wanted = job.recipe, job.evidence["tarballs"]["files"]
    with tempfile.TemporaryDirectory() as spare:
        words = (recipe.repository, recipe.commit, recipe.version, recipe.product, recipe.rules.directory, spare)
        done = subprocess.run(
            [sys.executable, "-m", "release.artifacts", *map(str, words)],
            cwd=Path(__file__).parent.parent,
            env={**os.environ, **OTHER_WORLD},
            umask=OTHER_UMASK,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise StepError(f"making the tarballs again failed: {done.stderr.strip().splitlines()[-1]}")
    again = {name: value for value, name in (line.split("  ", 1) for line in done.stdout.splitlines())}
    differing = [name for name in wanted if again.get(name) != wanted[name]]
    if differing:
        raise StepError(f"{differing[0]} came out differently the second time: do not publish it; find out why")
    return {"same": True, "files": again, "under": {**OTHER_WORLD, "umask": oct(OTHER_UMASK)}}


def inventories(job: Job) -> Evidence:
    recipe, made = job.recipe, {}
    moment = repo.commit_time(recipe.repository, recipe.commit)
    for name in recipe.names:
        home = f"{job.settings.github.web_url}/{job.settings.github.repository}"
        try:
            tree = sbom.document(job.stage / name, recipe.product, str(job.version), moment, home)
        except bundled.BundledError as error:
            raise StepError(str(error)) from None
        path = artifacts.put(job.stage / f"{name}{verify.SBOM}", sbom.text(tree))
        made[path.name] = artifacts.sha256(path)
    return {"files": made, "listed": len(tree["files"])}


def checksums(job: Job) -> Evidence:
    """Of everything so far, in the format of sha256sum."""
    made = {**job.evidence["tarballs"]["files"], **job.evidence["sbom"]["files"]}
    lines = "".join(f"{made[name]}  {name}\n" for name in sorted(made))
    path = artifacts.put(job.stage / verify.CHECKSUMS, lines.encode())
    return {"files": {path.name: artifacts.sha256(path)}}


def verified(job: Job) -> Evidence:
    """As a user does it, by the registry's policy and with the key of the log."""
    _no_leftovers(job)
    problems = verify.verify(job.stage, trust=signsteps.trust(job))
    if problems:
        raise StepError(f"the files do not verify: {'; '.join(map(str, problems))}")
    return {"files": _sums(job.stage)}


def _no_leftovers(job: Job) -> None:
    for path in job.stage.glob(".*.partial"):
        path.unlink()


def _sums(folder: Path) -> dict[str, str]:
    return {path.name: artifacts.sha256(path) for path in sorted(folder.iterdir())}


def tried(job: Job) -> Evidence:
    """From the staged folder, over HTTP, as a user: nothing is published that was not built and run.

    In a new folder each time: a compiler of a cut that was killed may still be writing into the old one.
    """
    for old in job.home.glob("smoke-*"):
        shutil.rmtree(old, ignore_errors=True)
    spare = Path(tempfile.mkdtemp(prefix="smoke-", dir=job.home))
    evidence = smoke.run(job.staging, job.version, job.recipe.stem, job.settings.release.program, spare)
    shutil.rmtree(spare, ignore_errors=True)
    return evidence


def publish(job: Job) -> Evidence:
    """One rename, then the index. A rehearsal of the same version gives way; a real release never does."""
    wanted = job.evidence["verify"]["files"]
    if job.stage.exists():
        if job.published.exists():
            index.retire(job.published, job.staging)
        job.stage.rename(job.published)
    if not job.published.is_dir() or _sums(job.published) != wanted:
        raise StepError(f"downloads/{job.version} holds other files than were verified: move it away and resume")
    index.add(job.downloads, job.version, job.mode, wanted, job.today)
    artifacts.put(job.downloads / keys.RING, keys.document(keys.ring(job.settings)))
    shutil.rmtree(job.staging, ignore_errors=True)
    return {"folder": str(job.version), "files": wanted, "purge": index.purge(job.version, wanted)}


def is_unpublished(job: Job) -> str:
    """Only a rehearsal's files give way; those of this run, killed behind its rename, are its own."""
    if job.stage.exists() and job.published.exists() and not index.is_listed(job.downloads, job.version, "rehearse"):
        return f"downloads/{job.version} is published already: a published version is never replaced"
    return ""


def is_published(job: Job, evidence: Evidence) -> str:
    entry = index.entries(job.downloads).get(str(job.version), {})
    if entry.get("files") != evidence["files"] or _sums(job.published) != evidence["files"]:
        return f"downloads/{job.version} and its index do not agree with what was verified"
    return ""


def fetched(job: Job) -> Evidence:
    """What people get now is what was tried."""
    with tempfile.TemporaryDirectory() as spare:
        got = smoke.download(job.downloads, job.version, Path(spare))
        problems = verify.verify(got, trust=signsteps.trust(job))
        if problems or _sums(got) != job.evidence["verify"]["files"]:
            raise StepError(f"the published files differ from those tried: {'; '.join(map(str, problems))}")
    return {"files": len(job.evidence["verify"]["files"]), "same": True}


def record(job: Job) -> Evidence:
    """One row a version; a real release replaces a rehearsal's row, never the other way round."""
    files, commit = dict(job.evidence["publish"]["files"]), str(job.evidence["commit"]["commit"])
    row = {"branch": job.version.branch, "commit": commit, "mode": job.mode, "files": files}
    noon = datetime.combine(job.today, time(12), UTC)  # of the release's own day: the registry takes it from here
    with job.engine.begin() as connection:
        mine = released.c.version == str(job.version)
        before = connection.execute(select(released).where(mine)).first()
        if before is not None and before.mode == "real" and (before.commit != commit or job.rehearsal):
            raise StepError(f"{job.version} was released already from {before.commit[:10]}")
        connection.execute(delete(released).where(mine))
        connection.execute(insert(released).values(version=str(job.version), **row, at=text(noon)))
    return {"version": str(job.version), "commit": commit, "mode": job.mode}


def announcement(job: Job) -> Evidence:
    coming = announce.next_dates(job.settings.load_registry(), job.version)
    words = announce.text(job.settings.release.product, job.version, job.today, job.evidence, coming, job.mode)
    path = artifacts.put(job.home / "announcement.txt", words.encode())
    return {"file": path.name, "text": words}
