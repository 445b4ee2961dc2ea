"""What the lines of a test log mean: regrtest 3.11 to 3.13 and Rabbit's runner, which prints the same.

Every pattern is anchored and linear: no pattern can be made slow by what a test prints.
Source of the formats: CPython's Lib/test/libregrtest (single.py, results.py, runtest_mp.py, refleak.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

# How a result reads after the test's name, and the state of libregrtest that it stands for.
STATES = {
    "failed (uncaught exception)": "uncaught_exc",
    "failed (reference leak)": "refleak",
    "failed (env changed)": "env_changed",
    "failed": "failed",
    "passed": "passed",
    "finished": "passed",  # 3.11.2
    "skipped (resource denied)": "resource_denied",
    "skipped": "skipped",
    "interrupted": "interrupted",
    "ran no tests": "did_not_run",
    "run no tests": "did_not_run",
    "worker non-zero exit code": "worker_failed",
    "crashed": "worker_failed",  # 3.11.2
    "worker bug": "worker_bug",
    "timed out": "timeout",
}
BAD = frozenset({"failed", "uncaught_exc", "refleak", "worker_failed", "worker_bug", "timeout"})
UNWELL = BAD | {"env_changed"}  # a re-run with one of these did not clear the test

UNEXPECTED, LEAK = "unexpected_success", "leak"
ENDINGS = {"Fatal": "crash", "Timeout": "timeout"}  # how the words begin that faulthandler writes -> a case's outcome

# The lists of the closing summary: how the heading goes on after its number, and our name for the list.
LISTS = {
    "omitted:": "omitted",
    "skipped:": "skipped",
    "skipped (resource denied):": "resource_denied",
    "run no tests:": "did_not_run",
    "altered the execution environment (env changed):": "env_changed",
    "altered the execution environment:": "env_changed",
    "failed:": "failed",
    "failed again:": "failed",
}

_RESULT = re.compile(rf"(\S+) ({'|'.join(map(re.escape, sorted(STATES, key=len, reverse=True)))})(?: (\(.*|in .*))?")
_PROGRESS = re.compile(r"(?:\d+:\d\d:\d\d )?(?:load avg: \d+\.\d+ )?\[ *(\d+)(?:/(\d+))?(?:/\d+)?\] (\S.*)")
_PASSED = re.compile(  # what nearly all of them are
    r"(?:\d+:\d\d:\d\d )?(?:load avg: \d+\.\d+ )?\[ *(\d+)(?:/(\d+))?(?:/\d+)?\] (\S+) passed"
    r"(?: \((\d+(?:\.\d+)?) sec\))?(?: -- running \(.*)?"
)
_ANNOUNCED = re.compile(r"\bRun (\d+) tests? ")
_INDENTED = re.compile(r"(?:\n {4}[^\n]*+)*+")
_SKIPPED = re.compile(r"(\S+) skipped -- (.{1,200})")
_SINGLE = re.compile(r"test (\S+) (failed|crashed) -- (.*)")
_FATAL = re.compile(r"(?:(\S+) \((\S+)\).* \.\.\. )?((?:Fatal Python error: |Timeout \().*)")
_HEADING = re.compile(r"(\d+) (re-run tests?:|tests? (?:omitted|skipped|run no|altered|failed)\b.*)")
_LEAK = re.compile(
    r"(\S+) leaked \[(-?\d{1,18}(?:, -?\d{1,18}){0,999}+)\] (references|memory blocks|file descriptors),"
    r" sum=-?\d+( \(this is fine\))?"
)
_CASE = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\S+) \(([^()\s]+)\)( .*)?")
_MODIFIED = re.compile(r"Warning -- (\S+) was modified by (\S+)")
_LEFT_FILES = re.compile(r"Warning -- (\S+) leaked temporary files \(\d+\): .*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) (hour|min|sec|ms)")
_SECONDS = {"hour": 3600.0, "min": 60.0, "sec": 1.0, "ms": 0.001}
_NUMBER = re.compile(r"(\w+)=([\d,]+)(?:/([\d,]+))?")


class Result(NamedTuple):
    """What became of one test file. `duration_s` is None where the line is silent (under 30 seconds)."""

    name: str
    state: str
    reason: str
    duration_s: float | None


@dataclass(frozen=True)
class Leak:
    """Deltas of the counted repetitions, of `references`, `memory blocks` or `file descriptors`."""

    name: str
    resource: str
    deltas: tuple[int, ...]
    fine: bool


class Step(NamedTuple):
    """A progress line: the test that it begins with, the result that it reports, and its place among all tests."""

    started: str
    result: Result | None
    position: int
    of: int | None


def progress(line: str) -> Step | None:
    """What a progress line says; None: another kind of line.

    One process prints the test that starts and, after `--`, the result of the one before it; workers print results.
    """
    if found := _PASSED.fullmatch(line):
        position, of, name, took_s = found.groups()
        passed = Result(name, "passed", "", float(took_s) if took_s else None)
        return Step(name, passed, int(position), int(of) if of else None)
    found = _PROGRESS.fullmatch(line)
    if found is None:
        return None
    body = found[3].partition(" -- running (")[0]
    started, _, earlier = body.partition(" -- ")
    of = int(found[2]) if found[2] else None
    return Step(started.partition(" ")[0], result(earlier or started), int(found[1]), of)


def result(text: str) -> Result | None:
    """`test_x failed (2 failures) (33.2 sec)` taken apart; None where there is no result in it."""
    found = _RESULT.fullmatch(text)
    if found is None:
        return None
    return Result(found[1], STATES[found[2]], *(_remarks(found[3]) if found[3] else ("", None)))


@lru_cache(4096)  # most lines say nothing new
def _remarks(text: str) -> tuple[str, float | None]:
    """The reason in brackets, and the duration, which is in brackets too or follows `in`."""
    head, found, tail = text.rpartition("in ")
    if found and seconds(tail) is not None:
        return _unbracket(head.strip()), seconds(tail)
    head, found, tail = text.rpartition("(")
    if found and tail.endswith(")") and seconds(tail[:-1]) is not None:
        return _unbracket(head.strip()), seconds(tail[:-1])
    return _unbracket(text), None


def _unbracket(text: str) -> str:
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def seconds(text: str) -> float | None:
    """`1 min 30 sec` in seconds; None where the text is anything else."""
    parts = _DURATION.findall(text)
    if not parts or " ".join(f"{number} {unit}" for number, unit in parts) != text.strip():
        return None
    return round(sum(float(number) * _SECONDS[unit] for number, unit in parts), 3)


def heading(line: str) -> tuple[str, int] | None:
    """The summary list that a line opens (`rerun` or a name of LISTS) and how many names it announces."""
    found = _HEADING.fullmatch(line)
    if found is None:
        return None
    if found[2].startswith("re-run"):
        return "rerun", int(found[1])
    name = LISTS.get(found[2].partition(" ")[2])
    return (name, int(found[1])) if name else None


def leak(line: str) -> Leak | None:
    """A line of `-R`; `fine` ones are noise that the runner itself did not count."""
    found = _LEAK.fullmatch(line)
    if found is None:
        return None
    deltas = tuple(int(delta) for delta in found[2].split(", "))
    return Leak(found[1], found[3], deltas, fine=bool(found[4]))


def case(line: str) -> tuple[str, str] | None:
    """The id and outcome that the head of a traceback names: `test_m (mod.Cls.test_m)` is `mod.Cls.test_m`.

    Before 3.11 the brackets held the class alone; fixtures are `setUpClass (mod.Cls)`.
    """
    found = _CASE.fullmatch(line)
    if found is None:
        return None
    return _whole(found[2], found[3]) + (found[4] or ""), found[1].lower().replace(" ", "_")


def _whole(method: str, place: str) -> str:
    return place if place.rpartition(".")[2] == method else f"{place}.{method}"


def indented(text: str) -> str:
    """The lines at the beginning of `text` that belong to a list of the summary."""
    found = _INDENTED.match(text)
    return found[0] if found else ""


def skipped(line: str) -> tuple[str, str] | None:
    """The test that was skipped and why, in `test_x skipped -- no such module`."""
    found = _SKIPPED.fullmatch(line)
    return (found[1], found[2]) if found else None


def single(line: str) -> tuple[str, bool, str]:
    """The file, whether it could not even be imported, and the first line of its traceback (empty: none follows)."""
    found = _SINGLE.fullmatch(line)
    if found is None or not found[3].startswith("Traceback "):
        return "", False, ""
    return found[1], found[2] == "crashed", found[3]


def fatal(line: str) -> tuple[str, str]:
    """The case that ran, where the line tells it, and how the interpreter died: `Fatal Python error: Aborted`."""
    found = _FATAL.fullmatch(line)
    if found is None:
        return "", ""
    return (_whole(found[1], found[2]) if found[1] else ""), found[3].rstrip("!")


def slow(line: str) -> tuple[str, float | None]:
    """`- test_x: 58.9 sec` of the list of slowest tests."""
    name, _, took = line.removeprefix("- ").partition(": ")
    return name, seconds(took)


def announced(line: str) -> int | None:
    """How many tests `Run 478 tests in parallel ...` says there are; None where it does not (3.11.2)."""
    found = _ANNOUNCED.search(line)
    return int(found[1]) if found else None


def starts_rerun(line: str) -> bool:
    """`Re-running 4 failed tests in verbose mode`, and not a worker's `Re-running test_x in verbose mode`."""
    return " failed tests in verbose mode" in line[:100]


def warning(line: str) -> tuple[str, str] | None:
    """The test that changed its surroundings, and what it changed; the values that follow are never kept."""
    if found := _MODIFIED.fullmatch(line):
        return found[2], f"{found[1]} was modified"
    if found := _LEFT_FILES.fullmatch(line):
        return found[1], "temporary files were left behind"
    return None


def numbers(line: str) -> dict[str, int]:
    """`run=43,527 failures=6` as numbers; `run=470/478` gives `run` and `run_of`."""
    counts = {}
    for name, count, whole in _NUMBER.findall(line):
        counts[name] = int(count.replace(",", ""))
        if whole:
            counts[f"{name}_of"] = int(whole.replace(",", ""))
    return counts


def recipe_code(line: str) -> int | None:
    """The exit code in `make: *** [Makefile:63: buildbottest] Error 5`."""
    head, found, code = line.rpartition("] Error ")
    return int(code) if found and head.startswith("make") and ": *** [" in head[:16] and code.isdecimal() else None
