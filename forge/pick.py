"""Picks a commit onto another branch in the object store: no checkout, git's own merge, the trees that git would make.

`git merge-tree` of 2.38 takes no merge base, so it is given one: a commit with the target's tree whose parent is the
parent of what is picked. A merge commit is picked as what it brought into its first parent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

from forge import git

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%ad%x00%ce%x00%B"


@dataclass(frozen=True)
class Identity:
    name: str
    email: str


@dataclass(frozen=True)
class Source:
    """A commit as it was made. `date` is git's raw form, seconds and offset; `committer` an address."""

    sha: str
    parents: tuple[str, ...]
    author: Identity
    date: str
    committer: str
    message: str


@dataclass(frozen=True)
class Picked:
    tree: str
    commit: str


@dataclass(frozen=True)
class Conflict:
    """The files that a person must look at."""

    files: tuple[str, ...]


@dataclass(frozen=True)
class AlreadyThere:
    """The target has the whole change."""


Result: TypeAlias = Picked | Conflict | AlreadyThere


async def read(repo: Path, commit: str) -> Source:
    """The commit. Raises GitFailed when the repository does not have it."""
    shown = await git.output(repo, "show", "-s", "--date=raw", f"--format={_FORMAT}", f"{commit}^{{commit}}")
    sha, parents, name, email, date, committer, message = shown.split("\0")
    return Source(sha, tuple(parents.split()), Identity(name, email), date, committer, message.strip())


async def pick(repo: Path, source: Source, onto: str, message: str, committer: Identity, at: datetime) -> Result:
    """What `source` changed, on top of commit `onto`; the author stays the author, we commit it at `at`.

    A committer's date before the branch's own last commit would make every later walk over history slow.
    """
    there = await git.output(repo, "rev-parse", f"{onto}^{{tree}}")
    ours, theirs = await _sides(repo, source, there)
    options = ("--write-tree", "--name-only", "--no-messages", "-z")
    status, merged = await git.run(repo, "merge-tree", *options, ours, theirs, allow=(0, 1))
    tree, *files = merged.split("\0")
    if status == 1:
        return Conflict(tuple(dict.fromkeys(name for name in files if name)))
    if tree.strip() == there:
        return AlreadyThere()
    who = _people(source.author, source.date, committer, f"@{int(at.timestamp())} +0000")
    return Picked(tree.strip(), await _commit(repo, tree.strip(), onto, message, who))


async def patch_id(repo: Path, commit: str) -> str:
    """The same for two commits that change the same lines in the same way, wherever they stand; empty for a merge."""
    _, patch = await git.run(repo, "diff-tree", "--root", "--full-index", "-p", commit)
    _, found = await git.run(repo, "patch-id", "--stable", stdin=patch.encode("utf-8", "surrogateescape"))
    return found.partition(" ")[0]


async def _sides(repo: Path, source: Source, there: str) -> tuple[str, str]:
    """Two commits whose only merge base is the state before `source`: the target's tree, and `source`."""
    if source.parents:
        return await _commit(repo, there, source.parents[0], "target", _nobody()), source.sha
    before = await _commit(repo, EMPTY_TREE, "", "before", _nobody())
    tree = await git.output(repo, "rev-parse", f"{source.sha}^{{tree}}")
    ours = await _commit(repo, there, before, "target", _nobody())
    return ours, await _commit(repo, tree, before, "source", _nobody())


async def _commit(repo: Path, tree: str, parent: str, message: str, env: Mapping[str, str]) -> str:
    parents = ("-p", parent) if parent else ()
    text = message.encode("utf-8", "surrogateescape")
    return (await git.run(repo, "commit-tree", tree, *parents, "-F", "-", stdin=text, env=env))[1].strip()


def _people(author: Identity, date: str, committer: Identity, committed: str) -> dict[str, str]:
    return {
        "GIT_AUTHOR_NAME": author.name or "unknown",
        "GIT_AUTHOR_EMAIL": author.email,
        "GIT_AUTHOR_DATE": f"@{date}",
        "GIT_COMMITTER_NAME": committer.name,
        "GIT_COMMITTER_EMAIL": committer.email,
        "GIT_COMMITTER_DATE": committed,
    }


def _nobody() -> dict[str, str]:
    """Scaffolding bears no name and no time, so that making it again makes the same object."""
    nobody = Identity("nobody", "nobody")
    return _people(nobody, "0 +0000", nobody, "@0 +0000")
