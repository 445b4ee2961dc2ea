"""Git on one bare repository, through the git command: objects, refs, diffs and merges, without a work tree."""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

NONE = "0" * 40  # what git and GitHub write for "no commit"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_FIELDS = "%x1e%H%x1f%T%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%B"
_STATES = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}


class GitError(Exception):
    """A git command failed; the text is the command's verb and what it said."""


@dataclass(frozen=True)
class Signature:
    name: str
    email: str
    date: str  # ISO 8601 with offset


@dataclass(frozen=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True)
class FileChange:
    """`status` is GitHub's word; `patch` is None for binary files; `blob` is the old one when the file is removed."""

    path: str
    status: str
    blob: str
    additions: int
    deletions: int
    patch: str | None
    previous: str | None = None


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for git: this machine's own settings of git have no say in what the forge does."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    fixed = {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": "*",
        "LC_ALL": "C",
        "no_proxy": ",".join(filter(None, (kept.get("no_proxy", ""), "127.0.0.1,localhost,::1"))),
    }
    return {**kept, **fixed, **(extra or {})}


@dataclass(frozen=True)
class GitRepo:
    path: Path

    async def run(
        self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None, allow: Sequence[int] = (0,)
    ) -> tuple[int, bytes]:
        """Exit status and output. Raises GitError for a status that is not among `allow`."""
        process = await asyncio.create_subprocess_exec(
            "git",
            f"--git-dir={self.path}",
            *arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(env),
        )
        out, err = await process.communicate(stdin)
        status = process.returncode or 0
        if status not in allow:
            raise GitError(f"git {arguments[0]}: {err.decode(errors='replace').strip() or f'exit status {status}'}")
        return status, out

    async def text(self, *arguments: str, stdin: bytes = b"", env: Mapping[str, str] | None = None) -> str:
        return (await self.run(*arguments, stdin=stdin, env=env))[1].decode(errors="replace").strip()

    async def create(self, default_branch: str, hooks: Path, parent: Path | None = None) -> None:
        """Make the bare repository, as a copy of `parent`'s branches and tags when there is one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        await self.text("init", "--bare", "--quiet", f"--initial-branch={default_branch}", str(self.path))
        settings = {
            "core.hooksPath": str(hooks),
            "http.receivepack": "true",
            "uploadpack.allowFilter": "true",
            "uploadpack.allowAnySHA1InWant": "true",
            "receive.hideRefs": "refs/pull",
            "receive.denyDeleteCurrent": "ignore",  # the forge refuses what is protected; git need not
            "receive.autogc": "false",
            "gc.auto": "0",
        }
        for name, value in settings.items():
            await self.text("config", name, value)
        if parent is not None:
            await self.text("fetch", "--quiet", str(parent), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")

    async def refs(self, *prefixes: str) -> dict[str, str]:
        """Name to object; an annotated tag is its tag object."""
        lines = await self.text("for-each-ref", "--format=%(objectname) %(refname)", *prefixes)
        return {name: sha for sha, _, name in (line.partition(" ") for line in lines.splitlines())}

    async def tip(self, branch: str) -> str | None:
        """The commit that a branch is at; None when there is no such branch."""
        name = f"refs/heads/{branch}"
        return (await self.refs(name)).get(name)

    async def resolve(self, revision: str) -> str | None:
        """The commit that a branch, tag or (shortened) hash means; None when there is none."""
        if not revision or revision.startswith("-"):
            return None
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            status, out = await self.run(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}", allow=(0, 1, 128)
            )
            if status == 0:
                return out.decode().strip().splitlines()[-1]
        return None

    async def update_ref(self, ref: str, new: str, old: str | None = None) -> None:
        """Raises GitError when the ref no longer is at `old`."""
        if new == NONE:
            await self.text("update-ref", "-d", ref, *([old] if old else []))
            return
        await self.text("update-ref", ref, new, *([old] if old else []))

    async def update_refs(self, refs: Mapping[str, str | None]) -> None:
        """Several at once; None takes a ref away, if it is there."""
        lines = [f"update {ref} {sha}" if sha else f"delete {ref}" for ref, sha in refs.items()]
        await self.text("update-ref", "--stdin", stdin="".join(f"{line}\n" for line in lines).encode())

    async def valid_ref(self, ref: str) -> bool:
        return (await self.run("check-ref-format", ref, allow=(0, 1)))[0] == 0

    async def log(self, *revisions: str, count: int | None = None, skip: int = 0, path: str = "") -> list[Commit]:
        limits = ([f"--max-count={count}"] if count else []) + ([f"--skip={skip}"] if skip else [])
        paths = ["--", path] if path else ["--"]
        text = (await self.run("log", *limits, f"--format={_FIELDS}", "--end-of-options", *revisions, *paths))[1]
        return [_commit(part) for part in text.decode(errors="replace").split("\x1e")[1:]]

    async def names(self, *revisions: str, count: int) -> dict[str, list[tuple[str, str]]]:
        """For each commit (letter, path) of every file that it adds, changes or deletes; none for merges."""
        flags = ("--name-status", "--no-renames", f"--max-count={count}", "--format=%x1e%H")
        out = (await self.run("-c", "core.quotePath=false", "log", *flags, "--end-of-options", *revisions, "--"))[1]
        parts = (part.splitlines() for part in out.decode(errors="replace").split("\x1e")[1:])
        return {sha: [(row[0], row.partition("\t")[2]) for row in rows if row] for sha, *rows in parts}

    async def commit(self, sha: str) -> Commit:
        return (await self.log(sha, count=1))[0]

    async def count(self, *revisions: str) -> int:
        return int(await self.text("rev-list", "--count", "--end-of-options", *revisions))

    async def apart(self, one: str, other: str) -> tuple[int, int]:
        """How many commits each has that the other has not."""
        mine, theirs = (await self.text("rev-list", "--left-right", "--count", f"{one}...{other}", "--")).split()
        return int(mine), int(theirs)

    async def merge_base(self, one: str, other: str) -> str | None:
        status, out = await self.run("merge-base", one, other, allow=(0, 1))
        return out.decode().split()[0] if status == 0 else None

    async def is_ancestor(self, old: str, new: str) -> bool:
        return (await self.run("merge-base", "--is-ancestor", old, new, allow=(0, 1, 128)))[0] == 0

    async def diff(self, old: str, new: str, patches: bool = True) -> list[FileChange]:
        """What changed from one commit or tree to another, renames found."""
        raw = (await self.run("diff", "-M", "--raw", "--numstat", "-z", "--abbrev=40", old, new, "--"))[1]
        texts = await self._patches(old, new) if patches else []
        return _changes(raw.decode(errors="replace").split("\0"), texts)

    async def _patches(self, old: str, new: str) -> list[str | None]:
        out = (await self.run("diff", "-M", "--patch", "--no-color", "--no-ext-diff", old, new, "--"))[1]
        parts = ("\n" + out.decode(errors="replace")).split("\ndiff --git ")[1:]
        return [part[part.index("\n@@") + 1 :].rstrip("\n") if "\n@@" in part else None for part in parts]

    async def merge_tree(self, ours: str, theirs: str) -> str | None:
        """The tree that merging would give; None when it conflicts."""
        status, out = await self.run("merge-tree", "--write-tree", "--no-messages", ours, theirs, allow=(0, 1))
        return out.decode().split("\n", 1)[0].strip() if status == 0 else None

    async def commit_tree(
        self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature
    ) -> str:
        who = {}
        for role, signature in (("AUTHOR", author), ("COMMITTER", committer)):
            who[f"GIT_{role}_NAME"] = signature.name or signature.email
            who[f"GIT_{role}_EMAIL"] = signature.email
            who[f"GIT_{role}_DATE"] = signature.date
        flags = [flag for parent in parents for flag in ("-p", parent)]
        return await self.text("commit-tree", tree, *flags, "-F", "-", stdin=message.encode(), env=who)

    async def pick(self, commit: Commit, onto: str, committer: Signature) -> str | None:
        """`commit` again on top of `onto`; None when it conflicts.

        git 2.39 cannot be told the merge base, so a commit is made that has `onto`'s tree and the picked one's parent.
        """
        base = commit.parents[0]
        stand_in = await self.commit_tree(f"{onto}^{{tree}}", [base], "stand-in", committer, committer)
        tree = await self.merge_tree(stand_in, commit.sha)
        if tree is None:
            return None
        return await self.commit_tree(tree, [onto], commit.message, commit.author, committer)

    async def tree(self, revision: str, path: str = "") -> list[tuple[str, str, str, int, str]]:
        """(mode, type, hash, size, path) of each entry directly under `path`."""
        where = f"{revision}:{path}" if path else f"{revision}^{{tree}}"
        status, out = await self.run("ls-tree", "-z", "--long", "--end-of-options", where, allow=(0, 128))
        if status:
            return []
        rows = (line.partition("\t") for line in out.decode(errors="replace").split("\0") if line)
        prefix = f"{path}/" if path else ""
        return [(*_entry(meta), prefix + name) for meta, _, name in rows]

    async def entry(self, revision: str, path: str) -> tuple[str, str] | None:
        """(type, hash) of what is at `path`; None when nothing is."""
        status, out = await self.run(
            "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}:{path}", allow=(0, 1, 128)
        )
        if status:
            return None
        sha = out.decode().strip().splitlines()[-1]
        return await self.text("cat-file", "-t", sha), sha

    async def blob(self, sha: str) -> bytes:
        return (await self.run("cat-file", "blob", sha))[1]

    async def write_blob(self, data: bytes) -> str:
        return await self.text("hash-object", "-w", "--stdin", stdin=data)

    async def tree_with(self, revision: str | None, path: str, blob: str | None) -> str:
        """The tree of `revision` with `path` set to `blob` (or taken away when None)."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            await self.text("read-tree", *([revision] if revision else ["--empty"]), env=env)
            mode, sha = ("100644", blob) if blob else ("0", NONE)
            line = f"{mode} {sha}\t{path}\n".encode()
            await self.text("update-index", "--index-info", stdin=line, env=env)
            return await self.text("write-tree", env=env)


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _entry(meta: str) -> tuple[str, str, str, int]:
    mode, kind, sha, size = meta.split()
    return mode, kind, sha, 0 if size == "-" else int(size)


def _commit(part: str) -> Commit:
    sha, tree, parents, an, ae, ad, cn, ce, cd, message = part.split("\x1f", 9)
    return Commit(
        sha=sha,
        tree=tree,
        parents=tuple(parents.split()),
        author=Signature(an, ae, ad),
        committer=Signature(cn, ce, cd),
        message=message.rstrip("\n"),
    )


def _changes(fields: list[str], patches: Sequence[str | None]) -> list[FileChange]:
    """Join git's two lists (what happened to each file; lines added and deleted) with the patches, all in one order."""
    files: list[tuple[str, str, str, str | None]] = []
    counts: list[tuple[int, int]] = []
    at = 0
    while at < len(fields) and fields[at].strip():
        head = fields[at]
        if head.startswith(":"):
            _, _, old, new, letter = head.split()
            renamed = letter[0] in "RC"
            path = fields[at + 2] if renamed else fields[at + 1]
            blob = old if letter == "D" else new
            files.append((path, _STATES.get(letter[0], "changed"), blob, fields[at + 1] if renamed else None))
            at += 3 if renamed else 2
            continue
        added, deleted, name = head.split("\t", 2)
        counts.append((0, 0) if added == "-" else (int(added), int(deleted)))
        at += 1 if name else 3
    texts = [*patches, *([None] * len(files))]
    return [
        FileChange(path, status, blob, *counts[i], texts[i], previous)
        for i, (path, status, blob, previous) in enumerate(files)
    ]
