"""The steps that work in git. Each looks first whether it is done: a cut that was killed begins the same step again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from core.versions import Version
from release import docs, news, patchlevel, repo
from release.job import Evidence, Job, StepError
from release.plan import following, is_first_beta


def target(job: Job) -> Evidence:
    """A rehearsal's copy of the repository, its branch where the gates saw it, without the tags of earlier tries."""
    if not job.rehearsal:
        return {"target": job.target}
    where = Path(job.target)
    repo.mirror(where, job.settings.github.remote)
    repo.git(where, "update-ref", f"refs/heads/{job.ref}", job.head)
    return {"target": str(where.relative_to(job.settings.data.resolve())), "head": job.head}


def is_where_it_was(job: Job) -> str:
    """A branch that moved on since the gates looked would refuse the push at the end: better said now."""
    if job.rehearsal:
        return ""
    now = refs(job).get(f"refs/heads/{job.ref}", "nothing")
    if now == job.head:
        return ""
    return f"{job.ref} is at {now[:10]}, the gates looked at {job.head[:10]}: abandon run {job.run} and cut again"


def clone(job: Job) -> Evidence:
    """A clone of our own, made beside its place and moved there: a half-made one is never worked in."""
    if not job.work.exists():
        partial = job.home / "work.partial"
        shutil.rmtree(partial, ignore_errors=True)
        job.home.mkdir(parents=True, exist_ok=True)
        repo.git(job.home, "clone", "--quiet", "--no-checkout", job.target, partial.name)
        repo.git(partial, "checkout", "--quiet", "-B", job.ref, job.head)
        partial.rename(job.work)
    return {"head": job.head}


def is_cloned(job: Job, _: Evidence) -> str:
    there = repo.answer(job.work, "rev-parse", "--verify", "--quiet", f"{job.head}^{{commit}}")
    return "" if there == job.head else f"the clone lacks {job.head[:10]}"


def gather(job: Job) -> Evidence:
    """The news of this release, in one file; done already when the release commit stands."""
    if not _release_commit(job):
        back_to(job, job.head)
        news.release(job.work, job.version, job.today, job.settings.news)
    path = f"{job.settings.news.directory}/{job.version}.rst"
    entries, day = news.parse_release(path, (job.work / path).read_text(encoding="utf-8"))
    return {"file": path, "entries": len(entries), "release date": day}


def bump(job: Job) -> Evidence:
    wanted = job.settings.release
    if not _release_commit(job):
        repo.git(job.work, "checkout", "--quiet", job.head, "--", wanted.patchlevel, wanted.readme)  # whole again
        patchlevel.bump(job.work, job.version, wanted.patchlevel, wanted.readme, wanted.product)
        docs.bump(job.work, wanted.docs, job.version)
        return {"version": str(patchlevel.read((job.work / wanted.patchlevel).read_text(encoding="utf-8")))}
    return {"version": str(job.version)}


def commit(job: Job) -> Evidence:
    """One commit on the head that passed the gates."""
    made = _release_commit(job)
    if not made:
        made = _commit(job, _subject(job))
    if repo.git(job.work, "rev-parse", f"{made}^") != job.head:
        raise StepError(f"the release commit {made[:10]} does not follow {job.head[:10]}: abandon this run, cut again")
    return {"commit": made, "tree": repo.git(job.work, "rev-parse", f"{made}^{{tree}}")}


def is_committed(job: Job, evidence: Evidence) -> str:
    """The commit says the version and holds its news."""
    wanted, made = job.settings, str(evidence["commit"])
    said = patchlevel.read(repo.read(job.work, made, wanted.release.patchlevel))
    if said != job.version:
        return f"the release commit says {said}, not {job.version}"
    news_file = f"{wanted.news.directory}/{job.version}.rst"
    return "" if repo.read(job.work, made, news_file) else f"the release commit lacks {news_file}"


def is_free(job: Job) -> str:
    """The tag, where it is to be pushed: nobody else has put one there since the gates looked."""
    there = refs(job).get(f"refs/tags/{job.tag}", "")
    if there in ("", repo.answer(job.work, "rev-parse", "--verify", "--quiet", f"refs/tags/{job.tag}")):
        return ""
    return f"{job.tag} is there already, at {there[:10]}, not by this run: it is never moved; abandon run {job.run}"


def tag(job: Job) -> Evidence:
    """An annotated tag on exactly the release commit, after everything that goes into it."""
    made = str(job.evidence["commit"]["commit"])
    ref = f"refs/tags/{job.tag}"
    if not repo.answer(job.work, "rev-parse", "--verify", "--quiet", ref):
        words = f"{job.settings.release.product} {job.version}"
        repo.git(job.work, "tag", "--annotate", "--message", words, job.tag, made, env=job.identity())
    tagged = repo.git(job.work, "rev-parse", f"{ref}^{{commit}}")
    if tagged != made:
        raise StepError(f"{job.tag} is at {tagged[:10]}, not at the release commit {made[:10]}: it is never moved")
    return {"tag": job.tag, "object": repo.git(job.work, "rev-parse", ref), "commit": tagged}


def is_tagged(job: Job, evidence: Evidence) -> str:
    kind = repo.git(job.work, "cat-file", "-t", str(evidence["object"]))
    return "" if kind == "tag" else f"{job.tag} is a {kind}, not an annotated tag"


def post(job: Job) -> Evidence:
    """The tree after the release says so with a `+`."""
    made = repo.git(job.work, "rev-parse", "HEAD")
    if made == job.evidence["commit"]["commit"]:
        back_to(job, made)
        wanted, after = job.settings.release, replace(job.version, dev=True)
        patchlevel.bump(job.work, after, wanted.patchlevel, wanted.readme, wanted.product)
        made = _commit(job, f"Post {job.version}")
    if repo.git(job.work, "rev-parse", f"{made}^") != job.evidence["commit"]["commit"]:
        raise StepError(f"{made[:10]} does not follow the release commit: abandon this run and cut again")
    return {"commit": made, "tree": repo.git(job.work, "rev-parse", f"{made}^{{tree}}")}


def branch(job: Job) -> Evidence:
    """The first beta's commits are those of its own branch; one commit more begins the next version on main."""
    head, coming = repo.git(job.work, "rev-parse", "HEAD"), following(job.version)
    parent = str(job.evidence["post"]["commit"])
    if head == parent:
        back_to(job, parent)
        wanted = job.settings.release
        patchlevel.bump(job.work, coming, wanted.patchlevel, wanted.readme, wanted.product)
        _begin_whatsnew(job, coming)
        head = _commit(job, f"Begin {coming.branch}")
    if repo.git(job.work, "rev-parse", f"{head}^") != parent:
        raise StepError(f"{head[:10]} does not follow {parent[:10]}: abandon this run and cut again")
    return {"branch": job.version.branch, "at": parent, "main": head, "version": str(coming)}


def _begin_whatsnew(job: Job, coming: Version) -> None:
    """An empty page; one that somebody has begun already stays as it is."""
    page = job.work / job.settings.release.whatsnew.format(version=coming.branch)
    if not page.exists():
        page.parent.mkdir(parents=True, exist_ok=True)
        title = f"What's New in {job.settings.release.product} {coming.branch}"
        page.write_text(f"{title}\n{'=' * len(title)}\n\nNothing has been written here yet.\n", encoding="utf-8")


def heads(job: Job) -> dict[str, str]:
    """Where each git branch is to be after the release."""
    post = str(job.evidence["post"]["commit"])
    if is_first_beta(job.version):
        return {job.version.branch: post, job.ref: str(job.evidence["branch"]["main"])}
    return {job.ref: post}


def push(job: Job) -> Evidence:
    """Branches and tag, all or nothing; what is there already is not pushed again."""
    wanted = {f"refs/heads/{name}": sha for name, sha in heads(job).items()}
    wanted[f"refs/tags/{job.tag}"] = str(job.evidence["tag"]["object"])
    there = refs(job)
    if any(there.get(name) != sha for name, sha in wanted.items()):
        try:
            pairs = [f"{sha}:{name}" for name, sha in wanted.items()]
            repo.git(job.work, "push", "--quiet", "--atomic", job.target, *pairs, env=job.identity())
        except repo.GitError as error:
            raise StepError(f"the push was refused ({error}): mend the cause and resume, or abandon the run") from None
    return {"refs": wanted}


def is_pushed(job: Job, evidence: Evidence) -> str:
    there = refs(job)
    missing = [name for name, sha in evidence["refs"].items() if there.get(name) != sha]
    return f"after the push {missing[0]} is at {there.get(missing[0], 'nothing')}: look who moved it" if missing else ""


def refs(job: Job) -> dict[str, str]:
    """Every name of the target and what it points to."""
    rows = repo.git(job.settings.data.resolve(), "ls-remote", job.target).splitlines()
    return {name: sha for sha, _, name in (row.partition("\t") for row in rows)}


def _subject(job: Job) -> str:
    return f"{job.settings.release.product} {job.version}"


def _release_commit(job: Job) -> str:
    """The release commit, if it stands: the first after the gates' head."""
    since = repo.git(job.work, "rev-list", "--reverse", f"{job.head}..HEAD").splitlines()
    if since and repo.git(job.work, "show", "--no-patch", "--format=%s", since[0]) == _subject(job):
        return since[0]
    return ""


def back_to(job: Job, sha: str) -> None:
    repo.git(job.work, "reset", "--quiet", "--hard", sha)
    repo.git(job.work, "clean", "-fdxq")


def _commit(job: Job, subject: str) -> str:
    repo.git(job.work, "add", "--all")
    words = ("commit", "--quiet", "--no-verify", "--no-gpg-sign", "--message", subject)
    repo.git(job.work, *words, env=job.identity())
    return repo.git(job.work, "rev-parse", "HEAD")
