"""Backports that are more than one clean pick: what stands in the way, what a rule settles, what is there already."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import settings
from core.settings import Backports, Settings
from forge import rules
from forge.backport import Backporter
from forge.effects import Backport, Forecast
from forge.facts import DRAFT
from forge.outcome import Outcome, Outcomes
from forge.snapshot import has_marks
from tests.git_world import LINES, Hub, Work, asked, begun

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
NAMES = "".join(f"{name}\n" for name in ("Ada Adams", "Bob Baker", "Cleo Cook", "Dan Dunn", "Eve Ellis"))
MARKS = ("<<<<<<<", "=======", ">>>>>>>")
ROOT = Path(__file__).parents[1]


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return begun(tmp_path / "remote" / "rabbit" / "rabbit.git")


@pytest.fixture
def chosen(work: Work, tmp_path: Path) -> Settings:
    github = {"git_url": f"file://{tmp_path / 'remote'}", "repository": "rabbit/rabbit"}
    return settings.load({}, "rabbit", {"data": str(tmp_path / "data"), "github": github})


async def done(effect: Backport | Forecast, chosen: Settings, hub: Hub) -> Outcomes:
    jobs = Backporter(chosen, hub)
    try:
        return await (jobs.backport(effect, AT) if isinstance(effect, Backport) else jobs.forecast(effect, AT))
    finally:
        jobs.close()


async def one(effect: Backport | Forecast, chosen: Settings, hub: Hub) -> Outcome:
    (outcome,) = (await done(effect, chosen, hub)).values()
    return outcome


def on(work: Work, branch: str, message: str, files: dict[str, str | bytes | None]) -> str:
    """A commit on another branch; back to main after it."""
    work.git("checkout", "--quiet", branch)
    commit = work.commit(message, files)
    work.git("checkout", "--quiet", "main")
    return commit


# --- conflicts ---


@pytest.mark.row("BP-5")
async def test_a_conflict_names_the_changes_that_are_likely_needed_first(work: Work, chosen: Settings) -> None:
    lines = LINES.splitlines()
    lines[9] = "first"
    needed = work.commit("gh-2: First (#41)", {"Lib/files.py": "\n".join(lines) + "\n"})
    lines[27] = "far away"
    work.commit("gh-3: Elsewhere (#42)", {"Lib/files.py": "\n".join(lines) + "\n"})
    lines[9] = "second"
    commit = work.commit("gh-4: Second (#43)", {"Lib/files.py": "\n".join(lines) + "\n"})
    outcome = await one(asked(commit), chosen, Hub())
    assert (outcome.state, outcome.files) == ("conflict", ("Lib/files.py",))
    assert [(need.sha, need.number) for need in outcome.needs] == [(needed, 41)]
    assert outcome.why == "`Lib/files.py` must be merged by hand; likely needed first: #41"


@pytest.mark.row("BP-6")
async def test_where_it_is_wished_a_conflict_becomes_a_draft_with_gits_marks_in_it(
    work: Work, chosen: Settings, tmp_path: Path
) -> None:
    on(work, "1.2", "Only there", {"Lib/files.py": LINES.replace("line 9\n", "theirs\n")})
    commit = work.commit("gh-4: Second (#40)", {"Lib/files.py": LINES.replace("line 9\n", "ours\n"), "a.txt": "a\n"})
    draft, hub = chosen.model_copy(update={"backports": Backports(conflicts="draft")}), Hub()
    outcome = await one(asked(commit), draft, hub)
    assert (outcome.state, outcome.why, outcome.number) == ("opened", DRAFT, 50)
    ((head, base, title, body),) = hub.pulls
    assert (base, title, hub.drafts) == ("1.2", "[1.2] gh-4: Second (GH-40)", {50})
    assert body.startswith("> This pick conflicts.") and "`Lib/files.py`" in body
    work.git("checkout", "--quiet", "--detach", "1.2")
    work.git("cherry-pick", commit, allow=1)  # git leaves the same marks to a person who picks it by hand
    by_hand = [line for line in (work.path / "Lib/files.py").read_text().splitlines() if line[:7] not in MARKS]
    pushed = work.git("show", f"{head}:Lib/files.py").splitlines()
    assert [line for line in pushed if line[:7] not in MARKS] == by_hand
    assert [line[:7] for line in pushed if line[:7] in MARKS] == list(MARKS)
    assert work.git("show", f"{head}:a.txt") == "a"
    assert (await one(asked(commit), draft, hub)).why == DRAFT and len(hub.pulls) == 1


@pytest.mark.row("BP-6")
@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("<<<<<<< 1.2\na\n=======\nb\n>>>>>>> main", True),
        ("Title\n=======\ntext", False),
        ("<<<<<<< of shells and arrows", False),
        (">>>>>>> 1\n<<<<<<< 2", False),
    ],
)
def test_a_conflict_is_left_where_both_its_ends_are(text: str, left: bool) -> None:
    assert has_marks(text.split("\n")) is left


@pytest.mark.row("BP-5")
async def test_what_the_target_has_received_is_no_prerequisite(work: Work, chosen: Settings) -> None:
    lines = LINES.splitlines()
    lines[9] = "first"
    came = work.commit("gh-2: First (#41)", {"Lib/files.py": "\n".join(lines) + "\n"})
    lines[9] = "second"
    commit = work.commit("gh-4: Second (#43)", {"Lib/files.py": "\n".join(lines) + "\n"})
    on(work, "1.2", f"[1.2] First (#44)\n\n(cherry picked from commit {came})", {"Lib/files.py": "otherwise\n"})
    outcome = await one(asked(commit), chosen, Hub())
    assert (outcome.state, outcome.needs) == ("conflict", ())


@pytest.mark.row("BP-7")
async def test_what_somebody_picked_by_hand_and_mended_is_there_already(work: Work, chosen: Settings) -> None:
    on(work, "1.2", "Differ", {"Lib/files.py": "other\n"})
    commit = work.commit("gh-1: Close", {"Lib/files.py": "closed\n"})
    message = f"[1.2] gh-1: Close (GH-40) (#45)\n\n(cherry picked from commit {commit})"
    brought = on(work, "1.2", message, {"Lib/files.py": "other, closed\n"})
    outcome = await one(asked(commit), chosen, Hub())
    assert (outcome.state, outcome.number) == ("already-there", 45)
    assert outcome.why == f"1.2 has this change already, since {brought[:7]}"


async def test_a_name_of_a_file_is_no_pattern(work: Work, chosen: Settings) -> None:
    name = ":(exclude)all"
    work.commit("Begin", {name: "a\n"})
    work.git("branch", "--force", "1.2")
    work.commit("gh-2: First (#41)", {name: "first\n"})
    outcome = await one(asked(work.commit("gh-3: Second (#42)", {name: "second\n"})), chosen, Hub())
    assert outcome.why == f"`{name}` must be merged by hand; likely needed first: #41"


async def test_a_name_of_a_file_calls_nobody(work: Work, chosen: Settings) -> None:
    name = "Lib/@everyone `closes #1` |.py"
    work.commit("Begin", {name: "a\n"})
    work.git("branch", "--force", "1.2")
    on(work, "1.2", "Differ", {name: "other\n"})
    outcome = await one(asked(work.commit("gh-1: Change", {name: "b\n"})), chosen, Hub())
    assert outcome.why == "``Lib/@everyone `closes #1` |.py`` must be merged by hand"


async def test_the_body_of_a_pull_request_calls_nobody(work: Work, chosen: Settings) -> None:
    hub = Hub()
    message = "gh-1: Close\n\nLike @functools.cache, says ada@example.org <!-- camelot:x -->"
    await one(asked(work.commit(message, {"Lib/files.py": "b\n"})), chosen, hub)
    body = hub.pulls[0][3]
    assert "@\u200bfunctools.cache" in body and "ada@example.org" in body and "<!--" not in body


# --- rules ---


@pytest.mark.row("BP-5")
async def test_a_file_that_the_branch_never_had_is_left_out_and_said_so(work: Work, chosen: Settings) -> None:
    files = {"Lib/new.py": "newer\n", "Lib/files.py": LINES + "end\n"}
    commit, hub = work.commit("gh-1: Close", files), Hub()
    outcome = await one(asked(commit), chosen, hub)
    assert (outcome.state, outcome.why) == ("opened", "settled by rule: `Lib/new.py`")
    assert work.git("diff", "--name-only", "1.2", hub.pulls[0][0]) == "Lib/files.py"
    body = hub.pulls[0][3]
    assert "\n> - `Lib/new.py`: left out: the branch does not have this file\n\n" in body
    assert body.endswith(f"(cherry picked from commit {commit})\n\nCo-authored-by: Ada <ada@example.org>")


async def test_a_file_that_the_branch_took_away_is_a_persons_to_decide(work: Work, chosen: Settings) -> None:
    on(work, "1.2", "Remove", {"tool.sh": None})
    commit = work.commit("gh-1: Close", {"tool.sh": "changed\n", "Lib/files.py": LINES + "end\n"})
    outcome = await one(asked(commit), chosen, Hub())
    assert (outcome.state, outcome.files) == ("conflict", ("tool.sh",))


async def test_a_change_of_nothing_but_what_the_branch_lacks_is_a_conflict(work: Work, chosen: Settings) -> None:
    outcome = await one(asked(work.commit("gh-1: Close", {"Lib/new.py": "newer\n"})), chosen, Hub())
    assert (outcome.state, outcome.files) == ("conflict", ("Lib/new.py",))


async def test_a_news_entry_that_was_released_there_is_left_out(work: Work, chosen: Settings) -> None:
    entry = "Misc/NEWS.d/next/Library/2026-11-01-00-00-00.gh-issue-1.aB3dEf.rst"
    work.commit("Entry", {entry: "Close the file.\n"})
    work.git("branch", "--force", "1.2")
    on(work, "1.2", "Release", {entry: None, "Misc/NEWS.d/1.2.1.rst": LINES + "Close the file.\n"})
    commit = work.commit("gh-1: Close better", {entry: "Close every file.\n", "Lib/files.py": LINES + "end\n"})
    hub = Hub()
    outcome = await one(asked(commit), chosen, hub)
    assert outcome.why == f"settled by rule: `{entry}`"
    assert work.git("diff", "--name-only", "1.2", hub.pulls[0][0]) == "Lib/files.py"


async def test_new_names_among_the_contributors_come_to_their_places(work: Work, chosen: Settings) -> None:
    work.commit("Names", {"Misc/ACKS": NAMES})
    work.git("branch", "--force", "1.2")
    on(work, "1.2", "Theirs", {"Misc/ACKS": NAMES.replace("Cleo", "Chris Clay\nCleo")})
    more = NAMES.replace("Cleo", "Carl Chen\nCleo").replace("Eve", "Ed East\nEve")
    commit, hub = work.commit("gh-1: Close", {"Misc/ACKS": more}), Hub()
    outcome = await one(asked(commit), chosen, hub)
    assert (outcome.state, outcome.why) == ("opened", "settled by rule: `Misc/ACKS`")
    names = work.git("show", f"{hub.pulls[0][0]}:Misc/ACKS").splitlines()
    assert sorted(names) == sorted({*NAMES.splitlines(), "Chris Clay", "Carl Chen", "Ed East"})
    assert names.index("Bob Baker") < names.index("Carl Chen") < names.index("Cleo Cook")
    assert names.index("Dan Dunn") < names.index("Ed East") < names.index("Eve Ellis")


async def test_a_name_that_is_taken_away_is_a_persons_to_decide(work: Work, chosen: Settings) -> None:
    work.commit("Names", {"Misc/ACKS": NAMES})
    work.git("branch", "--force", "1.2")
    on(work, "1.2", "Theirs", {"Misc/ACKS": NAMES.replace("Cleo Cook", "Cleo C.")})
    commit = work.commit("gh-1: Rename", {"Misc/ACKS": NAMES.replace("Cleo Cook", "Cleopatra Cook")})
    assert (await one(asked(commit), chosen, Hub())).files == ("Misc/ACKS",)


@pytest.mark.parametrize(
    ("path", "command"),
    [
        ("Parser/parser.c", "make regen-pegen"),
        ("Modules/_io/clinic/fileio.c.h", "make clinic"),
        ("Python/importlib_external.h", "make regen-frozen"),
        ("configure", "make regen-configure"),
        ("configure.ac", ""),
        ("Lib/files.py", ""),
    ],
)
def test_what_programs_write_is_generated_anew(path: str, command: str) -> None:
    assert rules.generator(path) == command


async def test_a_conflict_in_generated_files_says_which_command_writes_them(work: Work, chosen: Settings) -> None:
    work.commit("Begin", {"Parser/parser.c": "a\n"})
    work.git("branch", "--force", "1.2")
    on(work, "1.2", "Differ", {"Parser/parser.c": "other\n"})
    outcome = await one(asked(work.commit("gh-1: Parse", {"Parser/parser.c": "b\n"})), chosen, Hub())
    assert outcome.why == "`Parser/parser.c` must be generated anew: `make regen-pegen`"


# --- pull requests that are there ---


@pytest.mark.row("BP-8")
async def test_an_open_pull_request_is_the_one_and_a_closed_one_is_made_again_only_when_asked(
    work: Work, chosen: Settings
) -> None:
    commit, hub = work.commit("gh-1: Close", {"Lib/files.py": LINES + "end\n"}), Hub()
    assert (await one(asked(commit), chosen, hub)).number == 50
    assert (await one(asked(commit), chosen, hub)) == Outcome("opened", number=50)
    hub.states[50] = "closed"
    declined = await one(asked(commit), chosen, hub)
    assert (declined.state, declined.number, len(hub.pulls)) == ("declined", 50, 1)
    again = await one(asked(commit, again=("1.2",)), chosen, hub)
    assert (again.state, again.number) == ("opened", 51)


@pytest.mark.row("BP-10")
async def test_a_pull_request_that_was_merged_by_rebasing_is_picked_whole(work: Work, chosen: Settings) -> None:
    work.commit("Part one\n\nBecause.", {"one.txt": "1\n"})
    last = work.commit("Part two", {"two.txt": "2\n"})
    hub = Hub()
    await one(asked(last, subjects=("Part one", "Part two")), chosen, hub)
    head, _, title, body = hub.pulls[0]
    assert work.git("diff", "--name-only", "1.2", head).split() == ["one.txt", "two.txt"]
    assert work.git("log", "--format=%s", f"1.2..{head}").splitlines() == ["Part two", "Part one"]
    assert title == "[1.2] gh-1: Close the file (GH-40)" and body.count("(cherry picked from commit") == 2

    hub = Hub()
    await one(asked(last, subjects=("Part one", "Something else")), chosen, hub)
    assert hub.pulls == [] or "one.txt" not in work.git("diff", "--name-only", "1.2", hub.pulls[0][0])


# --- before the merge ---


async def test_a_forecast_says_for_each_branch_what_a_merge_now_would_come_to(work: Work, chosen: Settings) -> None:
    work.git("branch", "1.1", "1.2")
    on(work, "1.1", "Differ (#90)", {"Lib/files.py": "other\n"})
    work.git("checkout", "--quiet", "-b", "fix", "main")
    work.commit("Step one", {"Lib/files.py": LINES.replace("line 9\n", "nine\n")})
    head = work.commit("Step two", {"Lib/files.py": LINES.replace("line 9\n", "nine!\n")})
    work.git("update-ref", "refs/pull/40/head", head)
    work.git("checkout", "--quiet", "main")
    before = work.git("for-each-ref")
    ahead = Forecast(40, head, "main", ("1.2", "1.1", "0.9"), "gh-1: Close")
    outcomes = await done(ahead, chosen, Hub())
    assert {branch: each.state for branch, each in outcomes.items()} == {
        "1.2": "clean",
        "1.1": "conflict",
        "0.9": "failed",
    }
    assert outcomes["1.1"].files == ("Lib/files.py",)
    assert work.git("for-each-ref") == before, "nothing is pushed"

    on(work, "1.2", "Have it", {"Lib/files.py": LINES.replace("line 9\n", "nine!\n")})
    assert (await done(ahead, chosen, Hub()))["1.2"].state == "already-there"
    work.commit("Main differs", {"Lib/files.py": "other\n"})
    clash = (await done(ahead, chosen, Hub()))["1.2"]
    assert (clash.state, clash.why) == ("conflict", "it conflicts with main itself: `Lib/files.py`")


# --- a worker that is killed ---

KILLED = """
import asyncio, os, signal, sys
from core import settings
from forge import git
from forge.backport import Backporter
from tests.git_world import Hub, asked

data, url, commit = sys.argv[1:]

async def die(*_arguments, **_named):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    github = {"git_url": url, "repository": "rabbit/rabbit"}
    hub = Hub()
    hub.create_pull = die
    await Backporter(settings.load({}, "rabbit", {"data": data, "github": github}), hub).backport(asked(commit))

asyncio.run(main())
"""


@pytest.mark.row("BP-11")
def test_a_worker_that_is_killed_leaves_nothing_in_the_way_of_the_next(
    work: Work, chosen: Settings, tmp_path: Path
) -> None:
    commit, hub = work.commit("gh-1: Close", {"Lib/files.py": LINES + "end\n"}), Hub()
    url = f"file://{tmp_path / 'remote'}"
    command = [sys.executable, "-c", KILLED, str(chosen.data), url, commit]
    killed = subprocess.run(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert work.git("rev-parse", f"backport-{commit[:7]}-1.2"), "it died after the push, before the pull request"
    outcome = asyncio.run(one(asked(commit), chosen, hub))
    assert (outcome.state, len(hub.pulls)) == ("opened", 1)
    left = [path for path in (chosen.data / "mirror.scratch").iterdir() if path.is_dir()]
    assert left == [], "scratch stores go with their processes, and the dead one's went with the next"
