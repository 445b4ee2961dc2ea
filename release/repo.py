"""git, as far as a release needs it: every call names the repository, nothing changes directory."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings

WITHIN_S = 300


class GitError(RuntimeError):
    """git refused; the text is its last line, with the command."""


@dataclass(frozen=True)
class Blob:
    """A file of a commit: `mode` is git's (100644, 100755, 120000)."""

    path: str
    mode: str
    data: bytes


def git(where: Path, *words: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> str:
    """Run git in `where`; what it printed, without the last newline. Raises GitError."""
    return raw(where, *words, env=env, stdin=stdin).decode(errors="surrogateescape").rstrip("\n")


def raw(where: Path, *words: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> bytes:
    """The same, as bytes."""
    done = subprocess.run(
        ["git", "-C", str(where), *words],
        input=stdin,
        capture_output=True,
        timeout=WITHIN_S,
        env=_environment(env or {}),
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or [f"exit {done.returncode}"]
        raise GitError(f"git {' '.join(words[:3])}: {said[-1]}")
    return done.stdout


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    """Ours, without what would make git ask a person, or point it at another repository."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return {**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C", **more}


def answer(where: Path, *words: str) -> str:
    """What git printed, or nothing where it refused: for questions whose answer may be no."""
    try:
        return git(where, *words)
    except GitError:
        return ""


def mirror(where: Path, remote: str) -> None:
    """Make the bare repository `where` hold exactly the branches and tags of `remote`."""
    where.parent.mkdir(parents=True, exist_ok=True)
    with where.with_suffix(".lock").open("w") as lock:  # a page may ask while a release is being cut
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (where / "HEAD").exists():
            shutil.rmtree(where, ignore_errors=True)
            where.mkdir()
            git(where, "init", "--quiet", "--bare", "--initial-branch=main", ".")
        unlock(where)
        heads, tags = "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"
        git(where, "fetch", "--quiet", "--prune", "--no-auto-maintenance", remote, heads, tags)


def discard(where: Path) -> None:
    """Remove a work tree of ours, if it is there."""
    shutil.rmtree(where, ignore_errors=True)


def unlock(where: Path) -> None:
    """Take away the locks of a git that was killed; only for who knows that no other git works there."""
    for lock in where.rglob("*.lock"):
        lock.unlink()


def looking_glass(settings: Settings) -> Path:
    """Our own copy of the repository, for gates and drift; nothing is ever pushed from it."""
    return settings.data.resolve() / "release" / "mirror.git"


def read(where: Path, commit: str, path: str) -> str:
    """A file of a commit; empty where there is none."""
    return answer(where, "show", f"{commit}:{path}")


def names(where: Path, commit: str, folder: str) -> list[str]:
    """The files below a folder of a commit, sorted."""
    return [name for name in git(where, "ls-tree", "-r", "-z", "--name-only", commit, f"{folder}/").split("\0") if name]


def blobs(where: Path, commit: str) -> list[Blob]:
    """Every file of a commit, by name."""
    listing = raw(where, "ls-tree", "-r", "-z", commit).decode(errors="surrogateescape")
    rows = [row.split("\t", 1) for row in listing.split("\0") if row]
    kept = [(meta.split(), name) for meta, name in rows if meta.split()[1] == "blob"]
    asked = "".join(f"{meta[2]}\n" for meta, _ in kept).encode()
    stream = raw(where, "cat-file", "--batch", stdin=asked)
    found, at = [], 0
    for meta, name in kept:
        end = stream.index(b"\n", at)
        size = int(stream[at:end].split()[2])
        found.append(Blob(name, meta[0], stream[end + 1 : end + 1 + size]))
        at = end + 1 + size + 1
    return sorted(found, key=lambda blob: blob.path)


def commit_time(where: Path, commit: str) -> int:
    """When a commit was made, in seconds since 1970."""
    return int(git(where, "show", "--no-patch", "--format=%ct", f"{commit}^{{commit}}"))
