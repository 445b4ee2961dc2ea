"""Name the test methods that leak: run halves of the cases of a file under -R.

Halving finds every method that leaks by itself in about 2 * log2(cases) runs for each; a leak that needs two methods
in one process shows in a group and in none of its halves, and then the group is named.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import results
from report import Report
from results import Outcome
from workers import Job, Running, run_files


def find_leaks(cases: Sequence[str], leaks: Callable[[Sequence[str]], bool]) -> list[list[str]]:
    """The smallest groups of cases for which `leaks` holds, found by halving. `leaks(cases)` is known to hold."""
    if len(cases) == 1:
        return [list(cases)]
    middle = len(cases) // 2
    groups: list[list[str]] = []
    for half in (cases[:middle], cases[middle:]):
        if leaks(half):
            groups.extend(find_leaks(half, leaks))
    return groups or [list(cases)]


def bisect(job: Job, test: str, report: Report) -> list[list[str]]:
    """Find the leaking cases of one file and say so in bisect_cmd's words."""
    started = time.monotonic()
    cases = cases_of(job, test).cases
    iterations = 0

    def leaks(group: Sequence[str]) -> bool:
        nonlocal iterations
        iterations += 1
        report.say(f"[+] Iteration {iterations}: run {len(group)} tests/{len(cases)}")
        outcome = _run(replace(job, rules=tuple((case, True) for case in group), verbose=False), test)
        report.say(f"ran {len(group)} tests/{len(cases)}: {outcome.state}")
        return outcome.state == results.REFLEAK

    report.say()
    report.say(f"Bisecting {test}: {len(cases)} tests")
    groups = find_leaks(cases, leaks) if cases else []
    names = [case for group in groups for case in group]
    minutes, seconds = divmod(int(time.monotonic() - started), 60)
    report.say(f"Tests ({len(names)}):")
    for name in names:
        report.say(f"* {name}")
    report.say(f"Bisection completed in {iterations} iterations and {minutes // 60}:{minutes % 60:02d}:{seconds:02d}")
    return groups


def cases_of(job: Job, test: str) -> Outcome:
    """The ids of a file's cases, in `cases`; nothing is run."""
    return _run(replace(job, list_cases=True, huntrleaks=None), test)


def _run(job: Job, test: str) -> Outcome:
    """The outcome of one file, run by itself."""
    told: list[Outcome] = []
    running = Running()
    try:
        run_files(job, [test], running, told.append)
    finally:
        running.kill_all()
    return told[-1]
