"""Picks and pushes on real repositories: the trees that git makes, the author kept, no secret anywhere."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import settings
from core.settings import Settings
from forge import convention, git, pick
from forge.backport import Backporter
from forge.effects import Backport
from forge.git import Fault, GitFailed, Remote
from forge.objects import Objects
from forge.outcome import Outcome
from forge.pick import AlreadyThere, Conflict, Identity, Picked
from tests.git_world import LINES, Hub, Work, asked, begun

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
US = Identity("camelot[bot]", "camelot[bot]@users.noreply.github.com")
ROOT = Path(__file__).parents[1]


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return begun(tmp_path / "remote" / "rabbit" / "rabbit.git")


@pytest.fixture
def chosen(work: Work, tmp_path: Path) -> Settings:
    github = {"git_url": f"file://{tmp_path / 'remote'}", "repository": "rabbit/rabbit"}
    return settings.load({}, "rabbit", {"data": str(tmp_path / "data"), "github": github})


def picked(work: Work, commit: str, onto: str = "1.2") -> pick.Result:
    """Pick by git's merge alone, without a rule; what was made is unpacked into the work's own repository."""
    objects = Objects(work.path / ".git")
    try:
        source, there = pick.read(objects, commit), work.git("rev-parse", onto)
        result = pick.pick(objects, source, there, "picked", US, AT, lambda _path: False)
        if isinstance(result, Picked):
            keep(work, objects)
        return result
    finally:
        objects.close()


def keep(work: Work, objects: Objects) -> None:
    """What lies in the scratch store would go with it."""
    made = Path(objects.env["GIT_OBJECT_DIRECTORY"])
    shutil.copytree(made, work.path / ".git" / "objects", dirs_exist_ok=True)


async def done(effect: Backport, chosen: Settings, hub: Hub) -> dict[str, Outcome]:
    """One backport, by a process of its own as it were."""
    jobs = Backporter(chosen, hub)
    try:
        return await jobs.backport(effect, AT)
    finally:
        jobs.close()


async def one(effect: Backport, chosen: Settings, hub: Hub) -> Outcome:
    (outcome,) = (await done(effect, chosen, hub)).values()
    return outcome


def changed(work: Work) -> str:
    return work.commit("gh-1: Close", {"Lib/files.py": LINES.replace("line 9\n", "line nine\n")})


def renamed_there(work: Work) -> str:
    """The file that main changes has another name on 1.2."""
    work.git("checkout", "--quiet", "1.2")
    work.git("mv", "Lib/files.py", "Lib/older.py")
    work.record("Rename")
    work.git("checkout", "--quiet", "main")
    return changed(work)


def renamed_here(work: Work) -> str:
    work.git("mv", "Lib/files.py", "Lib/files with spaces\tand é.py")
    return work.record("Rename")


def made_executable(work: Work) -> str:
    (work.path / "tool.sh").chmod(0o755)
    return work.record("Make the tool a program")


def binary(work: Work) -> str:
    return work.commit("Add a picture", {"Doc/picture.bin": bytes(range(256)) * 9})


def deleted(work: Work) -> str:
    return work.commit("Remove", {"tool.sh": None})


MAKERS = (changed, renamed_there, renamed_here, made_executable, binary, deleted)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: str(make.__name__))
def test_a_pick_has_the_tree_of_git_cherry_pick(work: Work, make: Callable[[Work], str]) -> None:
    commit = make(work)
    result = picked(work, commit)
    assert isinstance(result, Picked)
    assert result.tree == work.cherry_picked(commit, "1.2") == work.tree(result.commit)
    assert work.git("rev-parse", f"{result.commit}^") == work.git("rev-parse", "1.2")


def test_a_repository_whose_path_has_colons_and_quotes_is_read_too(tmp_path: Path) -> None:
    work = begun(tmp_path / 'a:b"c\\d' / "rabbit.git")
    assert isinstance(picked(work, changed(work)), Picked)


@pytest.mark.row("BP-10")
async def test_a_merge_commit_is_picked_as_what_it_brought_into_its_first_parent(work: Work) -> None:
    work.git("checkout", "--quiet", "-b", "side", "HEAD~1")
    work.commit("One", {"Lib/files.py": LINES + "one\n"})
    work.commit("Two", {"Lib/files.py": LINES + "one\ntwo\n"})
    work.git("checkout", "--quiet", "main")
    work.git("merge", "--quiet", "--no-ff", "-m", "Merge the side", "side")
    merge = work.git("rev-parse", "HEAD")
    result = picked(work, merge)
    assert isinstance(result, Picked)
    assert result.tree == work.cherry_picked(merge, "1.2", "--mainline=1")


async def test_a_commit_without_a_parent_is_picked_too(work: Work) -> None:
    work.git("checkout", "--quiet", "--orphan", "island")
    work.git("rm", "--quiet", "-r", "--force", ".")
    commit = work.commit("An island", {"island.txt": "sand\n"})
    result = picked(work, commit)
    assert isinstance(result, Picked)
    assert work.git("diff", "--name-status", "1.2", result.commit) == "A\tisland.txt"


async def test_a_conflict_names_its_files_and_makes_no_commit(work: Work) -> None:
    work.git("checkout", "--quiet", "1.2")
    work.commit("Theirs", {"both.txt": "other\n", "Lib/files.py": LINES.replace("line 9\n", "9!\n")})
    work.git("checkout", "--quiet", "main")
    files = {"both.txt": "ours\n", "Lib/files.py": LINES.replace("line 9\n", "nine\n"), "free.txt": "free\n"}
    result = picked(work, work.commit("Ours", files))
    assert isinstance(result, Conflict)
    assert sorted(result.files) == ["Lib/files.py", "both.txt"]


async def test_what_the_target_has_already_is_found_out(work: Work) -> None:
    commit = changed(work)
    work.cherry_picked(commit, "1.2")
    work.git("branch", "--force", "1.2", "HEAD")
    assert picked(work, commit) == AlreadyThere()


async def test_the_author_is_kept_and_we_commit_it_now(work: Work) -> None:
    result = picked(work, changed(work))
    assert isinstance(result, Picked)
    shown = work.git("show", "-s", "--format=%an <%ae> %aI|%cn <%ce> %cI|%B", result.commit)
    assert shown == (
        "Ada <ada@example.org> 2026-11-18T09:30:00+05:30|"
        "camelot[bot] <camelot[bot]@users.noreply.github.com> 2026-11-20T12:00:00+00:00|picked"
    )


MESSAGE = """gh-1: Close the file (#40)

It stayed open, see #12345 and #7.

Reviewed-by: Core <core@example.org>
Co-authored-by: Bob <bob@example.org>
Co-authored-by: Ada L. <ADA@example.org>"""

BODY = """It stayed open, see GH-12345 and #7.
(cherry picked from commit {sha})

Co-authored-by: Ada <ada@example.org>
Reviewed-by: Core <core@example.org>
Co-authored-by: Bob <bob@example.org>"""


@pytest.mark.row("BP-4")
async def test_a_backport_is_pushed_and_opened_by_the_conventions(work: Work, chosen: Settings) -> None:
    commit = work.commit(MESSAGE, {"Lib/files.py": LINES + "end\n"})
    hub = Hub()
    outcome = await one(asked(commit), chosen, hub)
    head = f"backport-{commit[:7]}-1.2"
    body = BODY.format(sha=commit)
    assert outcome == Outcome("opened", number=50)
    assert hub.pulls == [(head, "1.2", "[1.2] gh-1: Close the file (GH-40)", body)]
    assert work.git("show", "-s", "--format=%B", head) == f"[1.2] gh-1: Close the file (GH-40)\n\n{body}"
    assert work.tree(head) == work.cherry_picked(commit, "1.2")


@pytest.mark.row("BP-8", "BP-11")
async def test_done_again_it_uses_the_branch_that_is_there(work: Work, chosen: Settings) -> None:
    commit, hub = changed(work), Hub()
    await one(asked(commit), chosen, hub)
    before = work.git("rev-parse", f"backport-{commit[:7]}-1.2")
    work.git("checkout", "--quiet", "1.2")
    work.commit("The target moves on", {"more.txt": "more\n"})
    outcome = await one(asked(commit), chosen, hub)
    assert outcome.state == "opened" and len(hub.pulls) == 1
    assert work.git("rev-parse", f"backport-{commit[:7]}-1.2") == before


async def test_a_stale_branch_of_ours_is_replaced_and_somebody_elses_is_not(work: Work, chosen: Settings) -> None:
    commit, hub = changed(work), Hub()
    head = f"backport-{commit[:7]}-1.2"
    work.git("checkout", "--quiet", "-b", head, "1.2")
    work.commit("By hand", {"Lib/files.py": "by hand\n"})
    by_hand = work.git("rev-parse", head)
    work.git("checkout", "--quiet", "main")
    outcome = await one(asked(commit), chosen, hub)
    assert (outcome.state, hub.pulls) == ("failed", []) and "other work" in outcome.why
    assert work.git("rev-parse", head) == by_hand

    stale = picked(work, work.commit("Another change", {"stale.txt": "stale\n"}))
    assert isinstance(stale, Picked)
    work.git("update-ref", f"refs/heads/{head}", stale.commit)
    outcome = await one(asked(commit), chosen, hub)
    assert outcome.state == "opened"
    assert work.tree(head) == work.cherry_picked(commit, "1.2")


@pytest.mark.row("BP-7")
async def test_already_there_says_since_when_and_by_which_pull_request(work: Work, chosen: Settings) -> None:
    commit = changed(work)
    work.git("checkout", "--quiet", "1.2")
    work.git("cherry-pick", "--no-commit", commit)
    brought = work.record(f"[1.2] gh-1: Close (GH-40) (#41)\n\n(cherry picked from commit {commit})")
    outcome = await one(asked(commit), chosen, Hub())
    assert (outcome.state, outcome.number) == ("already-there", 41)
    assert brought[:7] in outcome.why


@pytest.mark.row("BP-9")
async def test_each_failure_has_its_own_sentence(work: Work, chosen: Settings, tmp_path: Path) -> None:
    commit, hub = changed(work), Hub()
    missing = await one(asked(commit, "0.9"), chosen, hub)
    assert missing.why == "the branch 0.9 does not exist in the repository" and not missing.retry

    unknown = await one(asked("0" * 39 + "1"), chosen, hub)
    assert unknown.why == "the commit 0000000000 is no longer in the repository"

    hook = work.path / ".git" / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch\nexit 1\n")
    hook.chmod(0o755)
    rejected = await one(asked(commit), chosen, hub)
    assert rejected.why.startswith(f"the push of the branch `backport-{commit[:7]}-1.2` was rejected: ")
    assert "pre-receive hook declined" in rejected.why and not rejected.retry

    away = chosen.model_copy(update={"github": chosen.github.model_copy(update={"git_url": "http://127.0.0.1:1"})})
    network = await one(asked(commit), away, hub)
    assert network.why.startswith("the repository could not be reached") and network.retry
    assert {outcome.state for outcome in (missing, unknown, rejected, network)} == {"failed"}
    assert hub.pulls == []


async def test_cherry_pickers_own_settings_are_honoured(work: Work, chosen: Settings) -> None:
    work.commit("Settings", {".cherry_picker.toml": "fix_commit_msg = false\n"})
    commit, hub = work.commit("gh-1: Close\n\nSee #12345.", {"Lib/files.py": "closed\n"}), Hub()
    await one(asked(commit), chosen, hub)
    assert "See #12345." in hub.pulls[0][3]


@pytest.mark.parametrize(
    ("subject", "title"),
    [
        ("gh-1: Close", "[1.2] gh-1: Close (GH-40)"),
        ("gh-1: Close (#40)", "[1.2] gh-1: Close (GH-40)"),
        ("[1.3] gh-1: Close (GH-40)", "[1.2] gh-1: Close (GH-40)"),
        ("[1.3] [main] Close", "[1.2] [main] Close (GH-40)"),
        ("Revert gh-1 (GH-39) (#40)", "[1.2] Revert gh-1 (GH-39) (GH-40)"),
    ],
)
def test_a_title_names_its_branch_and_its_original_once(subject: str, title: str) -> None:
    assert convention.title(subject, "1.2", 40) == title


@pytest.mark.row("BP-11")
async def test_several_backports_at_once_do_not_disturb_each_other(work: Work, chosen: Settings) -> None:
    branches = ("1.0", "1.1", "1.2")
    for branch in branches[:2]:
        work.git("branch", branch, "1.2")
    commits = [work.commit(f"gh-{n}: File {n}", {f"file-{n}.txt": f"{n}\n"}) for n in range(3)]
    hub = Hub()
    jobs = Backporter(chosen, hub)
    outcomes = await asyncio.gather(*(jobs.backport(asked(commit, *branches), AT) for commit in commits))
    jobs.close()
    assert {each.state for outcome in outcomes for each in outcome.values()} == {"opened"}
    for n, commit in enumerate(commits):
        for branch in branches:
            head = f"backport-{commit[:7]}-{branch}"
            assert work.git("diff", "--name-only", branch, head) == f"file-{n}.txt"


# --- secrets ---

FAILING_PUSH = """
import asyncio, sys
from pathlib import Path
from forge import git

async def main(data, url, token):
    repo = await git.mirror(Path(data))
    remote = git.Remote(url, token)
    try:
        await git.fetch(repo, remote, "refs/heads/main:refs/heads/main")
    except git.GitFailed as failed:
        print(failed, failed.fault, remote)
    try:
        await git.push(repo, remote, "0" * 40, "main")
    except git.GitFailed as failed:
        print(failed, failed.fault)

asyncio.run(main(*sys.argv[1:3], sys.stdin.read()))
"""


async def test_a_token_is_in_no_argument_file_or_error_also_when_all_fails(tmp_path: Path) -> None:
    token, seen = "ghs-SesameOpen", []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A server that refuses, and repeats in its refusal what it was sent."""
        request = await reader.readuntil(b"\r\n\r\n")
        seen.append(request)
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n" + request)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    recorder = tmp_path / "bin" / "git"
    recorder.parent.mkdir()
    real = shutil.which("git")
    recorder.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/argv\nexec {real} "$@"\n')
    recorder.chmod(0o755)
    env = {**os.environ, "PATH": f"{recorder.parent}:{os.environ['PATH']}", "GIT_TRACE_CURL": "1", "GIT_TRACE": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", FAILING_PUSH, str(tmp_path / "data"), f"http://127.0.0.1:{port}/o/r.git",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=ROOT,
    )  # fmt: skip
    said, _ = await process.communicate(token.encode())
    server.close()
    header = Remote("http://x", token)._header
    assert f"Authorization: Basic {header}".encode() in seen[0]  # it was sent, and nowhere else
    text = said.decode()
    assert text.count(Fault.DENIED) == 2, text
    written = [path.read_bytes().decode(errors="replace") for path in (tmp_path / "data").rglob("*") if path.is_file()]
    for place in (text, (tmp_path / "argv").read_text(), *written):
        assert token not in place and header not in place
    assert f"http://127.0.0.1:{port}" in (tmp_path / "argv").read_text()


def test_the_header_goes_to_its_own_remote_only() -> None:
    remote = Remote("https://forge.example/o/r.git", "secret")
    assert [key for key, _ in remote.config()] == ["http.https://forge.example/o/r.git.extraHeader"]
    assert "secret" not in repr(remote)
    assert Remote("file:///somewhere", "secret").config() == ()


@pytest.mark.parametrize("said", ["git version 2.39.5", "git version 2.38.0.windows.1", "git version 3.0"])
def test_a_git_that_is_new_enough_will_do(said: str) -> None:
    git.judge_version(said)


@pytest.mark.parametrize("said", ["git version 2.37.9", "git version 1.99", ""])
def test_a_git_that_is_too_old_is_told_so(said: str) -> None:
    with pytest.raises(GitFailed, match=r"install git 2\.38 or later"):
        git.judge_version(said)


async def test_this_machines_git_will_do() -> None:
    await git.check_version()
