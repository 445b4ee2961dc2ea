"""What the lines of a test log mean: regrtest 3.11 to 3.13 and Rabbit's runner, which prints the same.

Every pattern is anchored and linear: no pattern can be made slow by what a test prints.
Source of the formats: CPython's Lib/test/libregrtest (single.py, results.py, runtest_mp.py, refleak.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# How a result reads after the test's name, longest words first, and the state of libregrtest that it stands for.
STATES = (
    ("failed (uncaught exception)", "uncaught_exc"),
    ("failed (reference leak)", "refleak"),
    ("failed (env changed)", "env_changed"),
    ("failed", "failed"),
    ("passed", "passed"),
    ("finished", "passed"),  # 3.11.2
    ("skipped (resource denied)", "resource_denied"),
    ("skipped", "skipped"),
    ("interrupted", "interrupted"),
    ("ran no tests", "did_not_run"),
    ("run no tests", "did_not_run"),
    ("worker non-zero exit code", "worker_failed"),
    ("crashed", "worker_failed"),  # 3.11.2
    ("worker bug", "worker_bug"),
    ("timed out", "timeout"),
)
BAD = frozenset({"failed", "uncaught_exc", "refleak", "worker_failed", "worker_bug", "timeout"})
UNWELL = BAD | {"env_changed"}  # a re-run with one of these did not clear the test

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

_PROGRESS = re.compile(r"(?:\d+:\d\d:\d\d )?(?:load avg: \d+\.\d+ )?\[ *\d+(?:/\d+)?(?:/\d+)?\] (\S.*)")
_HEADING = re.compile(r"(\d+) (re-run tests?:|tests? (?:omitted|skipped|run no|altered|failed)\b.*)")
_LEAK = re.compile(
    r"(\S+) leaked \[(-?\d+(?:, -?\d+)*)\] (references|memory blocks|file descriptors), sum=-?\d+( \(this is fine\))?"
)
_CASE = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\S+) \(([^()\s]+)\)( .*)?")
_MODIFIED = re.compile(r"Warning -- (\S+) was modified by (\S+)")
_LEFT_FILES = re.compile(r"Warning -- (\S+) leaked temporary files \(\d+\): .*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?) (hour|min|sec|ms)")
_SECONDS = {"hour": 3600.0, "min": 60.0, "sec": 1.0, "ms": 0.001}
_NUMBER = re.compile(r"(\w+)=([\d,]+)(?:/([\d,]+))?")


@dataclass(frozen=True)
class Result:
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


def progress(line: str) -> tuple[str, Result | None] | None:
    """The test that a progress line begins with, and the result that it reports; None: another kind of line.

    One process prints the test that starts and, after `--`, the result of the one before it; workers print results.
    """
    found = _PROGRESS.fullmatch(line)
    if found is None:
        return None
    body = found[1].partition(" -- running (")[0]
    started, _, earlier = body.partition(" -- ")
    return started.partition(" ")[0], result(earlier or started)


def result(text: str) -> Result | None:
    """`test_x failed (2 failures) (33.2 sec)` taken apart; None where there is no result in it."""
    name, _, rest = text.partition(" ")
    for words, state in STATES:
        if rest == words or rest.startswith((words + " (", words + " in ")):
            return Result(name, state, *_remarks(rest[len(words) :].strip()))
    return None


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
    method, place, subtest = found[2], found[3], found[4] or ""
    whole = place if place.rpartition(".")[2] == method else f"{place}.{method}"
    return whole + subtest, found[1].lower().replace(" ", "_")


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
