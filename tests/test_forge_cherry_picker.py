"""Our picks beside those of `git cherry-pick` and of the cherry_picker program itself, on histories made for it.

The judges are run for real, in clones of their own; nothing here is expected because we once printed it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as bounds
from hypothesis import strategies as st

from core import settings
from forge import pick
from forge.backport import Backporter
from forge.objects import Objects
from forge.pick import AlreadyThere, Conflict, Identity, Picked
from tests.git_world import LINES, Hub, Work, asked

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
US = Identity("camelot[bot]", "camelot[bot]@users.noreply.github.com")
LINK = "5" * 40  # a commit of some submodule; nobody needs to have it


@dataclass
class Tree:
    """Files as (mode, content); a submodule is a mode 160000 with its commit."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def changed(self, *changes: Change) -> Tree:
        files = dict(self.files)
        for change in changes:
            change(files)
        return Tree(files)


Files = dict[str, tuple[str, bytes]]
Change = Callable[[Files], None]


def put(path: str, content: bytes, mode: str = "100644") -> Change:
    def change(files: Files) -> None:
        files[path] = (mode, content)

    return change


def edit(path: str, line: int, words: bytes) -> Change:
    """Replace a line; nothing where there is no such file or line."""

    def change(files: Files) -> None:
        if path in files and files[path][0] != "160000":
            mode, content = files[path]
            lines = content.splitlines(keepends=True)
            if line < len(lines):
                lines[line] = words + (b"\r\n" if lines[line].endswith(b"\r\n") else b"\n")
                files[path] = (mode, b"".join(lines))

    return change


def remove(path: str) -> Change:
    return lambda files: files.pop(path, None) and None


def rename(path: str, new: str) -> Change:
    def change(files: Files) -> None:
        if path in files:
            files[new] = files.pop(path)

    return change


def runnable(path: str) -> Change:
    def change(files: Files) -> None:
        if path in files and files[path][0] == "100644":
            files[path] = ("100755", files[path][1])

    return change


def dos(path: str) -> Change:
    def change(files: Files) -> None:
        if path in files:
            files[path] = (files[path][0], files[path][1].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))

    return change


@dataclass(frozen=True)
class History:
    """`begin` is where main and 1.2 part; `main` and `target` came since; `change` is the commit to pick."""

    begin: Tree
    main: tuple[Change, ...]
    change: tuple[Change, ...]
    target: tuple[Change, ...]
    message: str = "gh-1: Change it (#12345)"

    def write(self, path: Path) -> tuple[Work, str]:
        """The repository, and the commit to pick."""
        work = Work.make(path)
        before = self.begin.changed(*self.main)
        marks = [
            ("refs/heads/main", None, self.begin, "Begin"),
            ("refs/heads/main", 1, before, "Since"),
            ("refs/heads/1.2", 1, self.begin.changed(*self.target), "On the branch"),
            ("refs/heads/main", 2, before.changed(*self.change), self.message),
        ]
        stream = b"".join(_command(n, *mark) for n, mark in enumerate(marks, 1))
        work.git("config", "core.autocrlf", "false")
        subprocess.run(["git", "-C", path, "fast-import", "--quiet", "--force"], input=stream, check=True)
        return work, work.git("rev-parse", "main")


def _command(mark: int, ref: str, parent: int | None, tree: Tree, message: str) -> bytes:
    lines = [f"commit {ref}\nmark :{mark}\nauthor Ada <ada@example.org> {1700000000 + mark} +0530\n".encode()]
    lines.append(f"committer Core <core@example.org> {1700000000 + mark} +0000\n".encode() + _data(message.encode()))
    lines += [f"from :{parent}\n".encode()] if parent else []
    lines.append(b"deleteall\n")
    for path, (mode, content) in tree.files.items():
        if mode == "160000":
            lines.append(f"M {mode} {content.decode()} {path}\n".encode())
        else:
            lines.append(f"M {mode} inline {path}\n".encode() + _data(content))
    return b"".join(lines) + b"\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%s\n" % (len(content), content)


def ours(work: Work, commit: str) -> pick.Result:
    objects = Objects(work.path / ".git")
    try:
        source = pick.read(objects, commit)
        return pick.pick(objects, source, work.git("rev-parse", "1.2"), "x", US, AT, lambda _path: False)
    finally:
        objects.close()


def by_git(work: Work, commit: str) -> str | set[str] | None:
    """What a person's `git cherry-pick` comes to: a tree, the paths in conflict, or None for nothing to do."""
    work.git("checkout", "--quiet", "--force", "--detach", "1.2")
    work.git("cherry-pick", commit, allow=1)
    unmerged = work.git("ls-files", "--unmerged", "-z")
    if unmerged:
        names = (row.partition("\t")[2] for row in unmerged.split("\0") if row)
        return {re.sub(r"~(HEAD|[0-9a-f]{7,} \(.*\))$", "", name) for name in names}
    tree = work.git("write-tree")
    return None if tree == work.tree("1.2") else tree


TEXT = LINES.encode()
BEGIN = Tree(
    {
        "a.txt": ("100644", TEXT),
        "Lib/b.py": ("100644", TEXT.replace(b"line", b"code")),
        "Lib/c.py": ("100644", b"one\ntwo\nthree\n"),
        "d.bin": ("100644", bytes(range(256)) * 3),
        "module": ("160000", LINK.encode()),
    }
)

OURS = edit("a.txt", 9, b"ours")
THEIRS = edit("a.txt", 9, b"theirs")
FOLDER = (rename("Lib/b.py", "L/b.py"), rename("Lib/c.py", "L/c.py"))
TWO = (edit("Lib/c.py", 1, b"x"), edit("a.txt", 1, b"x"))
UNION = put(".gitattributes", b"a.* merge=union\n")

NAMED = {
    "a change": History(BEGIN, (), (edit("a.txt", 9, b"new"),), (edit("a.txt", 25, b"theirs"),)),
    "renamed on the target": History(BEGIN, (), (edit("a.txt", 9, b"new"),), (rename("a.txt", "Doc/a.txt"),)),
    "renamed by the change": History(BEGIN, (), (rename("Lib/b.py", "Lib/sub/b.py"),), (edit("Lib/b.py", 3, b"x"),)),
    "moved as a folder": History(BEGIN, (), (put("Lib/n.py", b"n\n"),), FOLDER),
    "made a program": History(BEGIN, (), (runnable("Lib/c.py"),), (edit("Lib/c.py", 0, b"ONE"),)),
    "carriage returns": History(BEGIN, (dos("a.txt"),), (edit("a.txt", 9, b"new"),), (dos("a.txt"),)),
    "carriage returns on one side": History(BEGIN, (), (edit("a.txt", 9, b"new"),), (dos("a.txt"),)),
    "a union driver": History(
        BEGIN.changed(put(".gitattributes", b"*.txt merge=union\n")),
        (), (edit("a.txt", 9, b"ours"),), (edit("a.txt", 9, b"theirs"),),
    ),
    "a union driver in a folder": History(
        BEGIN.changed(put("Lib/.gitattributes", b"b.py merge=union\n")),
        (), (edit("Lib/b.py", 9, b"ours"),), (edit("Lib/b.py", 9, b"theirs"),),
    ),
    "a driver that only the target has": History(
        BEGIN, (), (OURS,), (THEIRS, UNION),
    ),
    "a driver that only main has": History(
        BEGIN, (UNION,), (OURS,), (THEIRS,),
    ),
    "taken for binary": History(
        BEGIN.changed(put(".gitattributes", b"*.txt -merge\n")),
        (), (edit("a.txt", 2, b"ours"),), (edit("a.txt", 25, b"theirs"),),
    ),
    "a binary file": History(BEGIN, (), (put("d.bin", b"\0\1" * 99),), (edit("a.txt", 1, b"x"),)),
    "a binary file on both sides": History(BEGIN, (), (put("d.bin", b"\0\1" * 99),), (put("d.bin", b"\0\2" * 99),)),
    "a submodule": History(BEGIN, (), (put("module", b"6" * 40, "160000"),), (edit("a.txt", 1, b"x"),)),
    "a submodule on both sides": History(
        BEGIN, (), (put("module", b"6" * 40, "160000"),), (put("module", b"7" * 40, "160000"),)
    ),
    "there already": History(BEGIN, (), (edit("a.txt", 9, b"new"),), (edit("a.txt", 9, b"new"),)),
    "an empty commit": History(BEGIN, (), (), ()),
    "deleted on the target": History(BEGIN, (), TWO, (remove("Lib/c.py"),)),
    "deleted by the change": History(BEGIN, (), (remove("Lib/c.py"),), (edit("Lib/c.py", 1, b"x"),)),
    "added on both sides": History(BEGIN, (), (put("n.txt", b"n\n"),), (put("n.txt", b"other\n"),)),
    "a file where there is a folder": History(BEGIN, (), (put("Doc", b"n\n"),), (put("Doc/x", b"x\n"),)),
    "the same lines": History(BEGIN, (), (edit("a.txt", 9, b"ours"),), (edit("a.txt", 9, b"theirs"),)),
    "odd names": History(BEGIN, (), (put("ä b\t.txt", b"n\n"),), (edit("a.txt", 1, b"x"),)),
}  # fmt: skip


def agree(result: pick.Result, judged: str | set[str] | None) -> None:
    match result:
        case Picked(tree):
            assert tree == judged
        case Conflict(files):
            assert set(files) == judged
        case AlreadyThere():
            assert judged is None


@pytest.mark.row("BP-4", "BP-18", "BP-19")
@pytest.mark.parametrize("history", NAMED.values(), ids=NAMED)
def test_a_pick_comes_to_what_git_cherry_pick_comes_to(history: History, tmp_path: Path) -> None:
    work, commit = history.write(tmp_path / "work")
    agree(ours(work, commit), by_git(work, commit))


PATHS = ("a.txt", "Lib/b.py", "Lib/c.py", "d.bin", "Lib/sub/e.py", "f.txt")
WORDS = (b"one", b"two", b"three")
RULES = (b"*.txt merge=union\n", b"*.py -merge\n", b"b.py merge=union\n", b"* merge=binary\n", b"*.bin merge=text\n")

paths = st.sampled_from(PATHS)
changes = st.one_of(
    st.builds(edit, paths, st.integers(0, 12), st.sampled_from(WORDS)),
    st.builds(rename, paths, paths),
    st.builds(remove, paths),
    st.builds(runnable, paths),
    st.builds(dos, paths),
    st.builds(put, paths, st.sampled_from((b"", b"one\n", b"one\ntwo\n", b"\0binary", TEXT))),
    st.builds(put, st.sampled_from((".gitattributes", "Lib/.gitattributes")), st.sampled_from(RULES)),
    st.builds(put, st.just("module"), st.sampled_from((b"6" * 40, b"7" * 40)), st.just("160000")),
)
some = st.lists(changes, max_size=4).map(tuple)
histories = st.builds(History, st.just(BEGIN), some, st.lists(changes, min_size=1, max_size=3).map(tuple), some)


@pytest.mark.row("BP-4", "BP-18", "BP-19")
@bounds(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_so_it_does_on_any_history(history: History) -> None:
    with TemporaryDirectory() as folder:
        work, commit = history.write(Path(folder) / "work")
        agree(ours(work, commit), by_git(work, commit))


# --- the program ---

TOML = 'team = "rabbit"\nrepo = "rabbit"\ncheck_sha = "{first}"\n'


def program(clone: Path, *arguments: str) -> int:
    """cherry_picker itself, as a person runs it in a clone; its exit status."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "GH_"))}
    env |= {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_EDITOR": "true", "LC_ALL": "C.UTF-8"}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "Core", f"GIT_{who}_EMAIL": "core@example.org"}
    command = [sys.executable, "-m", "cherry_picker", "--no-auto-pr", *arguments]
    return subprocess.run(command, cwd=clone, env=env, capture_output=True, check=False).returncode


@dataclass(frozen=True)
class Place:
    """A remote with the history, and what a person and we have of it."""

    remote: Work
    commit: str
    folder: Path

    @property
    def head(self) -> str:
        return f"backport-{self.commit[:7]}-1.2"

    def clone(self) -> Path:
        path = self.folder / "clone"
        subprocess.run(["git", "clone", "--quiet", self.remote.url, path], check=True, capture_output=True)
        subprocess.run(["git", "-C", path, "config", "core.autocrlf", "false"], check=True)
        return path

    def take_up(self, clone: Path) -> None:
        """As the program leaves a clone that it stopped in."""
        paused = (("state", "BACKPORT_PAUSED"), ("previous-branch", "main"))
        configured = [("config", f"cherry-picker.{key}", word) for key, word in paused]
        for command in (("checkout", "--quiet", self.head), *configured):
            subprocess.run(["git", "-C", clone, *command], check=True, capture_output=True)

    async def ours(self) -> Hub:
        """Our backport, pushed to the remote."""
        github = {"git_url": f"file://{self.folder}", "repository": "remote/rabbit"}
        jobs = Backporter(
            settings.load({}, "rabbit", {"data": str(self.folder / "data"), "github": github}), hub := Hub()
        )
        await jobs.backport(asked(self.commit, title="gh-1: Change it"), AT)
        jobs.close()
        return hub

    def shown(self, what: str) -> str:
        return self.remote.git("show", "-s", f"--format={what}", self.head)


def place(history: History, folder: Path) -> Place:
    """The first commit has to be named in a file of a later one: it is made before the rest."""
    probe, _ = History(history.begin, (), (), ()).write(folder / "probe")
    first = probe.git("rev-list", "--max-parents=0", "main")
    toml = put(".cherry_picker.toml", TOML.format(first=first).encode())
    whole = History(history.begin, (toml, *history.main), history.change, (toml, *history.target), history.message)
    remote, commit = whole.write(folder / "remote" / "rabbit.git")
    remote.git("checkout", "--quiet", "--force", "--detach", "main")
    return Place(remote, commit, folder)


MESSAGES = {
    "a subject": "gh-1: Change it (GH-40)",
    "a body": "gh-1: Change it (GH-40)\n\nIt was wrong, see #12345, #7 and gh-#99999.\n\nAnd so on.",
    "trailers": "gh-1: Change it (GH-40)\n\nIt was wrong.\n\nReviewed-by: Core <core@example.org>\n"
    "Co-authored-by: Bob <bob@example.org>",
    "only trailers": "gh-1: Change it (GH-40)\n\nCo-authored-by: Bob <bob@example.org>",
    "a line that looks like one": "gh-1: Change it (GH-40)\n\nNote: this is text.\nMore of it.",
    "a backport of a backport": "[1.3] gh-1: Change it (GH-40)\n\n(cherry picked from commit " + "a" * 40 + ")\n\n"
    "Co-authored-by: Bob <bob@example.org>",
    "other scripts": "gh-1: Änderung 変更 (GH-40)\n\nnaïve — “quoted”",
}


def apart(message: str) -> tuple[str, str]:
    """Subject and body; where a commit has no body, the program leaves out the empty line between them."""
    subject, _, body = message.partition("\n")
    return subject, body.lstrip("\n")


@pytest.mark.row("BP-4")
@pytest.mark.parametrize("message", MESSAGES.values(), ids=MESSAGES)
async def test_title_message_branch_and_tree_are_those_of_the_program(message: str, tmp_path: Path) -> None:
    history = History(BEGIN, (), (edit("a.txt", 9, b"new"),), (rename("a.txt", "Doc/a.txt"),), message)
    there = place(history, tmp_path)
    assert program(there.clone(), there.commit, "1.2") == 0
    theirs = there.shown("%T|%an|%ae|%at"), there.shown("%B")
    there.remote.git("update-ref", "-d", f"refs/heads/{there.head}")
    (pull,) = (await there.ours()).pulls
    mine = there.shown("%T|%an|%ae|%at"), there.shown("%B")
    assert mine[0] == theirs[0]
    subject, body = apart(theirs[1])
    assert apart(mine[1]) == (subject, body)
    assert pull == (there.head, "1.2", subject, body)


@pytest.mark.row("BP-5")
async def test_where_we_stop_the_program_stops_and_a_person_goes_on_with_it(tmp_path: Path) -> None:
    there = place(NAMED["the same lines"], tmp_path)
    assert (await there.ours()).pulls == []
    clone = there.clone()
    assert program(clone, there.commit, "1.2") != 0
    (clone / "a.txt").write_bytes(TEXT.replace(b"line 9\n", b"both\n"))
    assert program(clone, "--continue") == 0
    subject, body = apart(there.shown("%B"))
    assert subject == "[1.2] gh-1: Change it (GH-12345)"
    assert body.startswith(f"(cherry picked from commit {there.commit})")


@pytest.mark.row("BP-4")
async def test_the_program_goes_on_with_a_branch_of_ours_and_changes_nothing_about_it(tmp_path: Path) -> None:
    there = place(History(BEGIN, (), (edit("a.txt", 9, b"new"),), (), "gh-1: Change it (GH-40)\n\nWhy."), tmp_path)
    await there.ours()
    before = there.shown("%T"), there.shown("%B")
    clone = there.clone()
    there.take_up(clone)
    assert program(clone, "--continue") == 0
    assert (there.shown("%T"), there.shown("%B")) == before
