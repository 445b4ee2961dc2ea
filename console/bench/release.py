"""Figures of the release room, measured and counted in this run: `make release-report`.

Schedules against the first published plans, the linter's faults, and how long registry, chart and news take. blurb is
timed as a program on the same entries; a program that does nothing is timed beside it, because starting takes time too.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from core import branches, branches_lint, settings
from core.branches import Registry
from core.versions import Version
from release import calendar, formats, news, schedule
from release.entries import file_of, new, path_of
from release.formats import Names

PLANS = Path(__file__).parents[2] / "tests" / "release_plans.toml"
AS_OF = date(2026, 8, 22)  # the day of the published data
NAMES = Names("Python", "python", "python/cpython")
ENTRIES, A1 = 1000, Version.parse("3.17.0a1")
REPEATS, NEWS_REPEATS = 200, 5
CPYTHON_FILES = {
    "README.rst": "This is Python version 3.17.0 alpha 0\n",
    "LICENSE": "A. HISTORY OF THE SOFTWARE\n",
    "Include/Python.h": "\n",
    "Python/ceval.c": "\n",
    "Misc/NEWS.d/next/Library/README.rst": "Entries.\n",
}


def main(today: date) -> int:
    """Print everything; 1 when a figure misses its limit."""
    registry = branches.load(branches.registry_path("cpython"))
    missed = [*_schedules(registry), *_faults(registry), *_speed(registry, today), *_news()]
    for sentence in missed:
        print(f"MISSED  {sentence}")
    return 1 if missed else 0


# --- counted ---

WANTED = {
    "3.9": (10, 12),
    "3.10": (11, 14),
    "3.11": (7, 14),
    "3.12": (12, 14),
    "3.13": (13, 13),
    "3.14": (12, 14),
    "3.15": (13, 14),
    "3.16": (14, 14),
}


def _schedules(registry: Registry) -> Iterator[str]:
    print("Schedules: days of the first published plan that the template alone gives, and with named exceptions")
    published = tomllib.loads(PLANS.read_text(encoding="utf-8"))
    for branch, days in published.items():
        cycle = schedule.cycle_of(registry, branch)
        ruled, whole = (_exact(branch, cycle, days, exceptions) for exceptions in (False, True))
        slip = schedule.slip(known) if (known := registry.find(branch)) else None
        late = f"; {slip.within_week} of {slip.compared} out within a week" if slip else ""
        print(f"  {branch:<5} {cycle.template:<15} {ruled:>2}/{len(days)}  {whole:>2}/{len(days)}{late}")
        if (ruled, len(days)) != WANTED[branch] or whole != len(days):
            yield f"schedule of {branch}: {ruled}/{len(days)} by the rules, {whole} with exceptions"


def _exact(branch: str, cycle: branches.Cycle, days: dict[str, date], exceptions: bool) -> int:
    planned = {row.version: row.date for row in schedule.plan(branch, cycle, exceptions)}
    return sum(1 for version, day in days.items() if planned.get(version) == day)


def _faults(registry: Registry) -> Iterator[str]:
    found = branches_lint.lint(registry, AS_OF)
    print(f"\nRegistry: {len(found)} faults in the published data of {AS_OF}")
    for fault in found:
        print(f"  {fault}")
    if {fault.branch for fault in found} != {"3.9", "3.11", "3.16"}:
        yield "the linter does not find exactly the known faults"


# --- timed ---


def _speed(registry: Registry, today: date) -> Iterator[str]:
    path = branches.registry_path("cpython")

    def statuses() -> object:
        return [branch.status(today) for branch in branches.load(path)]

    rows = (
        ("registry and status of all branches, warm", statuses, 1.0),
        ("chart of all branches", lambda: formats.svg(registry, today, NAMES), 50.0),
        ("calendar", lambda: calendar.ical(registry, today, NAMES), 0.0),
        ("every document", lambda: [make(registry, today, NAMES) for _, make in formats.FORMATS.values()], 0.0),
    )
    print("\nSpeed, the median and the worst of many")
    for what, work, limit_ms in rows:
        times = _timed(work, REPEATS if limit_ms else 10)
        bound = f"  (at most {limit_ms:.0f} ms)" if limit_ms else ""
        print(f"  {what:<45} {statistics.median(times):>8.3f} ms  {max(times):>8.3f} ms{bound}")
        if limit_ms and statistics.median(times) > limit_ms:
            yield f"{what}: {statistics.median(times):.3f} ms"


def _timed(work: Callable[[], object], times: int) -> list[float]:
    """Milliseconds, after one time that does not count."""
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _news() -> Iterator[str]:
    blurb = Path(sys.executable).with_name("blurb")
    ours, theirs, empty = [], [], []
    for _ in range(NEWS_REPEATS):
        with _tree() as root:
            ours.append(_seconds(lambda root=root: news.release(root, A1, AS_OF, _rules())))  # type: ignore[misc]
            text = (root / f"Misc/NEWS.d/{A1}.rst").read_text(encoding="utf-8")
        with _tree() as root:
            theirs.append(_seconds(lambda root=root: _run(root, str(blurb), "release", str(A1))))  # type: ignore[misc]
            judged = (root / f"Misc/NEWS.d/{A1}.rst").read_text(encoding="utf-8")
            empty.append(_seconds(lambda root=root: _run(root, str(blurb), "version")))  # type: ignore[misc]
    mine, blurbs, start = (statistics.median(times) for times in (ours, theirs, empty))
    print(f"\nNews: {ENTRIES} entries gathered into a release, the median of {NEWS_REPEATS}")
    print(f"  ours, in this process                         {mine:>8.3f} s  (at most 1 s)")
    print(f"  blurb release, the program                    {blurbs:>8.3f} s  (of it to start: {start:.3f} s)")
    ratios = f"{blurbs / mine:>8.1f}, without the start {(blurbs - start) / mine:.1f}"
    print(f"  ratio                                         {ratios}")
    same = _undated(text) == _undated(judged)
    print(f"  the same bytes, but for the day               {'yes' if same else 'NO'}")
    if mine > 1 or not same:
        yield f"news: {mine:.3f} s, {'the same bytes' if same else 'other bytes'}"


def _rules() -> settings.News:
    return settings.load({}, "cpython").news


def _undated(text: str) -> str:
    """blurb writes its own day."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(".. release date:"))


@contextmanager
def _tree() -> Iterator[Path]:
    """A tree that blurb takes for CPython's, with its entries, under git."""
    with tempfile.TemporaryDirectory() as spare:
        root = Path(spare)
        for name, text in CPYTHON_FILES.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        rules, first = _rules(), datetime(2026, 1, 1, tzinfo=UTC)
        for number in range(ENTRIES):
            section = rules.sections[number % len(rules.sections)]
            body = f"Change {number}: " + "a sentence of the usual length about what users will notice. " * (
                1 + number % 4
            )
            entry = new(section, str(40000 + number), body.strip(), first + timedelta(minutes=37 * number), rules)
            target = root / path_of(entry, rules)
            target.parent.mkdir(exist_ok=True)
            target.write_text(file_of(entry), encoding="utf-8")  # as git checks it out: not forced onto the disk
        _run(root, "git", "init", "-q")
        _run(root, "git", "add", "--all")
        yield root


def _run(root: Path, *command: str) -> None:
    env = {**os.environ, "TZ": "UTC"}
    subprocess.run(command, cwd=root, env=env, check=True, capture_output=True, timeout=300)


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
