"""blurb is the judge: on the same entries it and we write the same bytes. It runs as a program, never imported."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from core import settings
from core.versions import Version
from release import news
from release.entries import NewsError, new

RULES = settings.load({}, "cpython").news
BLURB = Path(sys.executable).with_name("blurb")
A1 = Version.parse("3.17.0a1")
WORDS = (
    "Fix", "a crash in", ":func:`os.walk`", "when", "the", "folder", "is gone.", "``--with-pydebug``", "Patch by ada.",
    "It now raises :exc:`ValueError`", "instead of", "x" * 80, "re-entrant", "well-known", "two  spaces.", "naïve", "—",
)  # fmt: skip
LONG = "much longer than the seventy-six columns that a line of a news entry may have, and  oddly   spaced"
LIST = f"\n\n* one\n* two that is {LONG}\n\nend"
CODE = f"\n\nAs in::\n\n    code = {LONG}\n\nso."


def tree(root: Path) -> Path:
    """Enough of CPython's layout for blurb to believe it, under git, which it drives."""
    root.mkdir()
    for name in ("README.rst", "LICENSE", "Include/Python.h", "Python/ceval.c", "Misc/HISTORY"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("This is Python version 3.17.0 alpha 0\n", encoding="utf-8")
    (root / "LICENSE").write_text("A. HISTORY OF THE SOFTWARE\n", encoding="utf-8")
    (root / "Misc/NEWS.d/next").mkdir(parents=True)
    subprocess.run(["git", "init", "-q", str(root)], check=True, timeout=60)
    return root


def blurb(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env: Mapping[str, str] = {**os.environ, "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    subprocess.run(["git", "-C", str(root), "add", "--all"], check=True, timeout=60)
    return subprocess.run(
        [str(BLURB), *words], cwd=root, env=env, capture_output=True, text=True, check=False, timeout=120
    )


def fill(root: Path, seed: int, count: int = 60) -> None:
    """Entries of every section and shape, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for number in range(count):
        body = " ".join(chance.choices(WORDS, k=chance.randint(1, 40)))
        body = f"Change {number}. {body}" + chance.choice(["", "", LIST, CODE, "\n\nA second paragraph " + body])
        section = RULES.sections[number % len(RULES.sections)]
        moment = datetime(2026, 1 + number % 12, 1 + number % 28, number % 24, number % 60, tzinfo=UTC)
        cve = f"2026-{10000 + number}" if section == "Security" and number % 2 else ""
        news.add(root, new(section, str(32426 + chance.randint(0, 900)), body, moment, RULES, cve), RULES)
    odd = root / "Misc/NEWS.d/next/C API/2026-03-04.bpo-4711.abcdef.rst"  # as they were written before
    odd.parent.mkdir()
    odd.write_text("An old entry, from the time of bugs.python.org.\n", encoding="utf-8")


@pytest.mark.row("RL-10")
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_release_and_the_changelog_are_blurbs_bytes(tmp_path: Path, seed: int) -> None:
    theirs = tree(tmp_path / "theirs")
    fill(theirs, seed)
    ours = tmp_path / "ours"
    shutil.copytree(theirs, ours)
    before = datetime.now(UTC).date()
    done = blurb(theirs, "release", str(A1))
    assert done.returncode == 0, done.stdout + done.stderr
    judged = (theirs / f"Misc/NEWS.d/{A1}.rst").read_text(encoding="utf-8")
    day = before if f"release date: {before}" in judged else datetime.now(UTC).date()
    gathered = news.release(ours, A1, day, RULES)
    assert gathered.file.read_text(encoding="utf-8") == judged
    assert blurb(theirs, "merge", "-f").returncode == 0
    assert news.merge(ours, "Python", RULES) == (theirs / "Misc/NEWS").read_text(encoding="utf-8")


@pytest.mark.row("RL-10")
def test_what_waits_stands_above_all_releases_as_blurb_puts_it(tmp_path: Path) -> None:
    root = tree(tmp_path / "tree")
    fill(root, 4, 10)
    news.release(root, A1, date(2026, 10, 13), RULES)
    news.add(root, new("library", "gh-40000", "One more.", datetime(2026, 11, 1, tzinfo=UTC), RULES), RULES)
    assert blurb(root, "merge", "-f").returncode == 0
    assert news.merge(root, "Python", RULES, with_next=True) == (root / "Misc/NEWS").read_text(encoding="utf-8")


@pytest.mark.row("RL-10")
def test_an_empty_release_writes_the_file_that_blurb_writes(tmp_path: Path) -> None:
    theirs, ours = tree(tmp_path / "theirs"), tmp_path / "ours"
    done = blurb(theirs, "release", str(A1))
    assert done.returncode == 0, done.stdout + done.stderr
    judged = (theirs / f"Misc/NEWS.d/{A1}.rst").read_text(encoding="utf-8")
    day = date.fromisoformat(judged.partition(".. date: ")[2][:10])
    assert news.release(ours, A1, day, RULES).text == judged


WRONG = ["- a list", "gh-40000: a number", "bpo-1: old", "Issue #40000 done", ""]


@pytest.mark.row("RL-10")
@pytest.mark.parametrize("text", WRONG)
def test_what_blurb_refuses_we_refuse(tmp_path: Path, text: str) -> None:
    root = tree(tmp_path / "tree")
    path = root / "Misc/NEWS.d/next/Library/2026-11-01-10-00-00.gh-issue-40000.abcdef.rst"
    path.parent.mkdir()
    path.write_text(f"{text}\n", encoding="utf-8")
    assert blurb(root, "release", str(A1)).returncode != 0
    with pytest.raises(NewsError):
        news.plan(root, A1, date(2026, 11, 1), RULES)
