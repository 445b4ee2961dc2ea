"""What the history of two branches tells about a change: is it there already, and what may have to come before it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from forge import git
from forge.git import GitFailed
from forge.objects import Objects
from forge.pick import Source

MOST_FILES = 6  # of more files in conflict nobody needs to know every reason
MOST_NEEDS = 5
BLAME_S = 20.0  # blame on the largest files of a long history takes seconds

_HUNK = re.compile(r"^@@ -(\d+)(?:,(\d+))? \+", re.MULTILINE)
_ORIGIN = re.compile(r"^\(cherry picked from commit ([0-9a-f]{40})\)", re.MULTILINE)
_NUMBER = re.compile(r"\((?:GH-|#)(\d+)\)\s*$")


@dataclass(frozen=True)
class Need:
    """A commit that changed the same lines and that the target does not have; `number` is its pull request, or None."""

    sha: str
    number: int | None
    subject: str


async def merge_base(repo: Path, one: str, other: str, env: dict[str, str] | None = None) -> str:
    """The commit where two lines of history part; empty when they never met."""
    status, found = await git.run(repo, "merge-base", one, other, allow=(0, 1), env=env)
    return found.split()[0] if status == 0 else ""


async def brought(objects: Objects, source: Source, onto: str) -> tuple[str, int | None]:
    """The commit of `onto`'s history that says it was picked from `source`, and its pull request; empty when none."""
    options = ("-1", "--fixed-strings", f"--grep=cherry picked from commit {source.sha}", "--format=%h %s")
    found = await git.output(objects.repo, "log", *options, onto, *(f"^{parent}" for parent in source.parents))
    commit, _, subject = found.partition(" ")
    number = _NUMBER.search(subject)
    return commit, int(number[1]) if number else None


async def needs(objects: Objects, source: Source, onto: str, files: Iterable[str]) -> tuple[Need, ...]:
    """The likely prerequisites of a pick that conflicts, oldest first; none where history gives no answer in time."""
    if not source.parents:
        return ()
    before = source.parents[0]
    try:
        base = await merge_base(objects.repo, onto, before)
        if not base:
            return ()
        blamed: set[str] = set()
        for path in list(files)[:MOST_FILES]:
            blamed |= await _last_touched(objects, source, base, path)
        return await _absent(objects, base, before, onto, blamed) if blamed else ()
    except GitFailed:
        return ()


async def _last_touched(objects: Objects, source: Source, base: str, path: str) -> set[str]:
    """Who wrote, since `base`, the lines that `source` changes and the lines next to them."""
    before = source.parents[0]
    if objects.find(f"{before}:{path}") is None:
        return set()
    compare = ("diff", "-U0", "--no-color", "--no-ext-diff", "--no-textconv", before, source.sha, "--", path)
    _, patch = await git.run(objects.repo, *compare, env=objects.env)
    lines = len(objects.read(f"{before}:{path}").splitlines())
    ranges = [_around(int(start), int(count or 1), lines) for start, count in _HUNK.findall(patch)]
    if not ranges:
        return set()
    options = ("-s", "--porcelain", "--abbrev=40", *(f"-L{first},{last}" for first, last in ranges))
    asked = ("blame", *options, f"{base}..{before}", "--", path)
    _, told = await git.run(objects.repo, *asked, env=objects.env, timeout_s=BLAME_S, allow=(0, 128))
    return _blamed(told)


def _around(start: int, count: int, lines: int) -> tuple[int, int]:
    """The lines of a hunk and their neighbours: git takes changes of both for a conflict."""
    first = max(1, start - (1 if count else 0))
    return first, max(first, min(lines, start + max(count, 1)))


def _blamed(porcelain: str) -> set[str]:
    """The commits of a blame, without those that only stand for everything up to the base."""
    found: set[str] = set()
    outside: set[str] = set()
    current = ""
    for line in porcelain.split("\n"):
        if re.match(r"[0-9a-f]{40} \d+ \d+", line):
            current = line[:40]
            found.add(current)
        elif line == "boundary":
            outside.add(current)
    return found - outside


async def _absent(objects: Objects, base: str, before: str, onto: str, blamed: set[str]) -> tuple[Need, ...]:
    """Those of the commits of main that the target has not received as a backport."""
    there = set(_ORIGIN.findall(await git.output(objects.repo, "log", "--format=%B", f"{base}..{onto}")))
    wanted = sorted(blamed - there)
    if not wanted:
        return ()
    shown = await git.output(objects.repo, "log", "--no-walk", "--date-order", "--format=%H %s", *wanted)
    rows = [line.partition(" ") for line in reversed(shown.splitlines())]
    return tuple(_need(sha, subject) for sha, _, subject in rows)[-MOST_NEEDS:]


def _need(sha: str, subject: str) -> Need:
    number = _NUMBER.search(subject)
    return Need(sha, int(number[1]) if number else None, subject)
