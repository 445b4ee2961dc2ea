"""A worker's trees borrow from one mirror and stay within a budget, with real git, whatever is killed or lost."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from workers import trees

MIB = 2**20
COMMITTER = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "ada"), ("EMAIL", "ada@example.org"))
}


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **COMMITTER}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def remote(tmp_path: Path) -> Path:
    """A repository with one MiB that no compression makes smaller."""
    made = tmp_path / "remote"
    made.mkdir()
    git(made, "init", "-q", "-b", "main")
    commit(made, "first", os.urandom(MIB))
    return made


@pytest.fixture
def basedir(tmp_path: Path) -> Path:
    made = tmp_path / "worker"
    made.mkdir()
    return made


def commit(remote: Path, name: str, content: bytes) -> str:
    (remote / name).write_bytes(content)
    git(remote, "add", ".")
    git(remote, "commit", "-q", "-m", name)
    return git(remote, "rev-parse", "HEAD")


def first_build(basedir: Path, remote: Path, builder: str = "debug") -> Path:
    """As the farm's git step does where there is no tree."""
    (basedir / builder).mkdir()
    git(basedir, "clone", "-q", f"file://{remote}", f"{builder}/build")
    return basedir / builder / "build"


def files(basedir: Path, builder: str, mib: int, age: int) -> Path:
    """A tree of that size whose last build began `age` seconds after 1970."""
    tree = basedir / builder / "build"
    tree.mkdir(parents=True)
    (tree / "objects").write_bytes(os.urandom(mib * MIB))
    (basedir / builder / trees.USED).touch()
    os.utime(basedir / builder / trees.USED, (age, age))
    return tree


@pytest.mark.row("B13")
def test_the_second_tree_borrows_all_and_a_build_in_it_fetches_only_what_is_new(basedir: Path, remote: Path) -> None:
    first_build(basedir, remote)
    assert trees.prepare(basedir, "release", 0, ()) == ["lent release/build", "lent release/proposed"]
    tree = basedir / "release" / "build"
    assert trees.size(tree) < MIB / 4, "nothing of the repository was copied"
    assert git(tree, "remote", "get-url", "origin") == f"file://{remote}"
    git(tree, "reset", "-q", "--hard", "origin/main")
    assert (tree / "first").read_bytes() == (remote / "first").read_bytes()

    new = commit(remote, "second", b"small\n")
    git(tree, "fetch", "-q", "origin")
    git(tree, "reset", "-q", "--hard", new)
    assert trees.size(tree / ".git" / "objects") < MIB / 4
    assert git(tree, "fsck", "--no-dangling") == ""
    assert trees.prepare(basedir, "release", 0, ()) == [], "the tree is kept, the mirror brought up to date"
    (mirror,) = (basedir / trees.MIRRORS).glob("*.git")
    assert git(mirror, "rev-parse", "main") == new


@pytest.mark.row("B13")
def test_a_commit_that_no_branch_holds_any_more_stays_for_the_trees_that_borrow_it(basedir: Path, remote: Path) -> None:
    first_build(basedir, remote)
    old = commit(remote, "wrong", os.urandom(1000))
    trees.prepare(basedir, "release", 0, ())
    tree = basedir / "release" / "build"
    git(remote, "reset", "-q", "--hard", "HEAD~1")
    commit(remote, "right", b"right\n")
    trees.prepare(basedir, "release", 0, ())
    (mirror,) = (basedir / trees.MIRRORS).glob("*.git")
    git(mirror, "gc", "-q")
    assert git(tree, "cat-file", "-t", old) == "commit"
    git(tree, "reset", "-q", "--hard", old)


@pytest.mark.row("B13")
def test_the_oldest_trees_go_first_and_never_one_in_use(basedir: Path) -> None:
    for builder, age in (("c", 1), ("a", 2), ("d", 3), ("b", 4)):
        files(basedir, builder, 1, age)
    assert trees.keep_budget(basedir, 0, ()) == [], "no budget, nothing to keep"
    assert trees.keep_budget(basedir, 5 * MIB, ()) == []
    assert trees.keep_budget(basedir, 2 * MIB + MIB // 2, {"c"}) == ["a/build", "d/build"]
    assert sorted(path.parent.name for path in basedir.glob("*/build")) == ["b", "c"]
    assert trees.size(basedir) <= 2 * MIB + MIB // 2
    assert trees.keep_budget(basedir, 1, {"b", "c"}) == [], "a budget that cannot be kept takes no tree from a build"
    assert trees.keep_budget(basedir, 1, ()) == ["c/build", "b/build"]


@pytest.mark.row("B13")
def test_the_build_that_begins_counts_as_in_use_and_as_the_youngest(basedir: Path) -> None:
    files(basedir, "a", 1, 1)
    files(basedir, "b", 1, 2)
    assert trees.prepare(basedir, "a", MIB + MIB // 2, ()) == ["removed b/build"]
    assert (basedir / "a" / "build" / "objects").exists()


def test_what_a_killed_worker_left_by_half_is_cleared_away(basedir: Path) -> None:
    for left in (basedir / "a" / f"{trees.HALF}1", basedir / trees.MIRRORS / f"{trees.HALF}2"):
        left.mkdir(parents=True)
    trees.prepare(basedir, "a", 0, ())
    assert not [*basedir.glob(f"*/{trees.HALF}*")]


def test_a_repository_that_is_gone_is_told_of_and_stops_no_build(basedir: Path, remote: Path) -> None:
    first_build(basedir, remote)
    shutil.rmtree(remote)
    (said,) = trees.prepare(basedir, "release", 0, ())
    assert said.startswith("not mirrored: ")
    assert not (basedir / "release" / "build").exists()
    assert not [*basedir.glob(f"*/{trees.HALF}*")]
