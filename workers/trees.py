"""The git trees of a worker: one mirror a repository, from which new trees borrow, within a budget of disk space.

A build's tree holds only what the mirror lacks. A mirror never drops an object, whatever happens to its branches:
trees rely on it. Everything that is made or removed takes its name in one step, so that a kill leaves nothing by half.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

MIRRORS = "mirrors"
TREES = ("build", "proposed")  # of the branches, of proposed changes: what buildmaster/factories.py calls them
USED = ".used"  # its time of change is when a build of that folder last began
HALF = ".half-"  # begins the name of what is being made or removed
GIT_S = 3600
NO_QUESTIONS = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_NOSYSTEM": "1"}


def prepare(basedir: Path, builddir: str, budget: int, in_use: Collection[str]) -> list[str]:
    """Before a build in `basedir/builddir`: room for it, a fresh mirror, and trees that borrow where there are none.

    `budget` is in bytes, 0 for none; `in_use` are folders that builds are in now. Returns what was done, a line each;
    a mirror that cannot be reached is such a line too, because the build's own git says best what is wrong.
    """
    with _alone(basedir):
        (basedir / builddir).mkdir(exist_ok=True)
        (basedir / builddir / USED).touch()
        done = [f"removed {name}" for name in keep_budget(basedir, budget, {*in_use, builddir})]
        try:
            if url := origin(basedir):
                found = mirror(basedir, url)
                lent = [f"{builddir}/{name}" for name in TREES if lend(found, url, basedir / builddir / name)]
                done += [f"lent {tree}" for tree in lent]
        except (OSError, subprocess.SubprocessError) as error:
            said = getattr(error, "stderr", "") or str(error)
            done.append(f"not mirrored: {said.strip().splitlines()[-1] if said.strip() else error!r}")
    return done


def origin(basedir: Path) -> str:
    """Where the tree that was used last came from; empty before the first build."""
    trees = [tree for name in TREES for tree in basedir.glob(f"*/{name}") if (tree / ".git").is_dir()]
    for tree in sorted(trees, key=_age, reverse=True):
        done = subprocess.run(
            ["git", "-C", str(tree), "config", "--get", "remote.origin.url"],
            capture_output=True,
            text=True,
            check=False,
            timeout=GIT_S,
        )
        if url := done.stdout.strip():
            return url
    return ""


def mirror(basedir: Path, url: str) -> Path:
    """The mirror of `url`, made or brought up to date. Raises CalledProcessError with what git said."""
    place = basedir / MIRRORS / f"{hashlib.sha256(url.encode()).hexdigest()[:16]}.git"
    if not place.is_dir():
        with _half(place) as half:
            _git(None, "clone", "--quiet", "--bare", url, str(half))
            _git(half, "config", "gc.pruneExpire", "never")
            _git(half, "config", "core.logAllRefUpdates", "false")
        return place
    _git(place, "fetch", "--quiet", "--force", url, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
    return place


def lend(found: Path, url: str, tree: Path) -> bool:
    """Make `tree` one without files, whose objects are those of the mirror `found`; False where it is there already."""
    if tree.exists():
        return False
    with _half(tree) as half:
        _git(None, "clone", "--quiet", "--no-checkout", "--shared", str(found), str(half))
        _git(half, "config", "remote.origin.url", url)
    return True


def keep_budget(basedir: Path, budget: int, in_use: Collection[str]) -> list[str]:
    """Remove trees, those first whose last build is longest ago, until all is within `budget` bytes; what was removed.

    Mirrors stay, and every tree in a folder of `in_use`.
    """
    for left in [*basedir.glob(f"{HALF}*"), *basedir.glob(f"*/{HALF}*")]:
        shutil.rmtree(left, ignore_errors=True)
    if not budget or shutil.disk_usage(basedir).used <= budget:
        return []  # no more is taken here than on the whole disk, and that is known at once
    trees = [tree for name in TREES for tree in basedir.glob(f"*/{name}") if tree.parent.name not in in_use]
    removed, taken = list[str](), size(basedir)
    for tree in sorted(trees, key=_age):
        if taken <= budget:
            break
        taken -= size(tree)
        removed.append(str(tree.relative_to(basedir)))
        _remove(tree)
    return removed


def size(folder: Path) -> int:
    """Bytes on the disk below `folder`; a file with two names counts twice, one that goes meanwhile does not."""
    total = 0
    for path, _, files in os.walk(folder):
        for name in files:
            with contextlib.suppress(OSError):
                total += os.lstat(Path(path) / name).st_blocks * 512
    return total


def _age(tree: Path) -> float:
    used = tree.parent / USED
    return (used if used.exists() else tree).stat().st_mtime


def _remove(tree: Path) -> None:
    gone = Path(tempfile.mkdtemp(dir=tree.parent, prefix=HALF))
    tree.rename(gone / "tree")
    shutil.rmtree(gone, ignore_errors=True)  # a test may have left what cannot be removed now; it is tried again


@contextlib.contextmanager
def _half(place: Path) -> Iterator[Path]:
    """A name beside `place` to make it under; it takes its own when all went well."""
    place.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=HALF))
    try:
        yield folder / "made"
        (folder / "made").rename(place)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _alone(basedir: Path) -> Iterator[None]:
    """One at a time in a worker's folder; the kernel lets go of the lock when its holder dies."""
    with (basedir / "trees.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _git(folder: Path | None, *arguments: str) -> None:
    where = ["-C", str(folder)] if folder else []
    subprocess.run(
        ["git", *where, *arguments],
        env={**os.environ, **NO_QUESTIONS},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=GIT_S,
    )
