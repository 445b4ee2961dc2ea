"""One pass over a list of files: workers in threads, outcomes told in the order in which they come."""

from __future__ import annotations

import itertools
import queue
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import results
from report import PROGRESS_MIN_S, Report
from results import Outcome, Results
from workers import Job, Running, run_files

FIXTURES = frozenset({"setUpModule", "tearDownModule", "setUpClass", "tearDownClass"})


def run(
    job: Job, tests: Sequence[str], workers: int | None, found: Results, report: Report, forever: bool = False
) -> None:
    """Run the files with so many workers (None: one process for all) and add every outcome to `found`."""
    report.begin(len(tests), workers)
    source: Iterable[str] = itertools.cycle(tests) if forever else tests
    batches = [tests] if workers is None and not forever else ([test] for test in source)
    bad = 0
    for index, outcome in enumerate(_outcomes(job, iter(batches), workers or 1, found, report), 1):
        found.add(outcome)
        bad += counts_as_bad(outcome, found)
        report.progress(index, len(tests), bad, outcome)
        if forever and outcome.bad:
            break


def counts_as_bad(outcome: Outcome, found: Results) -> bool:
    return outcome.bad or (found.fail_env_changed and outcome.state == results.ENV_CHANGED)


def rerun(job: Job, outcomes: Sequence[Outcome], found: Results, report: Report) -> None:
    """Run the files that did not pass again, verbosely, only the cases that failed where they are known."""
    report.say()
    report.log(f"Re-running {len(outcomes)} failed tests in verbose mode in subprocesses")
    report.begin(len(outcomes), 1)
    bad = 0
    for index, first in enumerate(outcomes, 1):
        cases = failed_cases(first)
        rules = tuple((case, True) for case in cases) or job.rules
        again = replace(job, verbose=True, rules=rules)
        for outcome in _outcomes(again, iter([[first.test]]), 1, found, report):
            matching = f" (matching: {', '.join(cases.values())})" if cases else ""
            note = f"Re-running {first.test} in verbose mode{matching}\n"
            found.add(outcome, rerun=True)
            bad += counts_as_bad(outcome, found)
            report.progress(index, len(outcomes), bad, replace(outcome, output=note + outcome.output), always=True)
    if found.bad:
        report.say(f"{len(found.bad)} test{'s' if len(found.bad) != 1 else ''} failed again:")
        report.say(report.wrap(found.bad))


def failed_cases(outcome: Outcome) -> dict[str, str]:
    """{id: method} of the cases that failed; nothing if a fixture of the class or module is among them.

    An outcome names a case as `test_m (test.test_x.Cls.test_m)`, a sub-test with its parameters behind that.
    """
    cases = {}
    for described, _ in (*outcome.errors, *outcome.failures):
        name, _, rest = described.partition(" (")
        if name in FIXTURES:
            return {}
        cases[rest.partition(")")[0]] = name
    return cases


def _outcomes(
    job: Job, batches: Iterator[Sequence[str]], workers: int, found: Results, report: Report
) -> Iterator[Outcome]:
    """Outcomes as the worker threads tell them. Ctrl-C and the end of this generator kill every worker."""
    running = Running()
    told: queue.Queue[Outcome | None] = queue.Queue()
    lock = threading.Lock()

    def work() -> None:
        try:
            while not running.stopped:
                with lock:
                    batch = next(batches, None)
                if batch is None:
                    return
                run_files(job, batch, running, told.put)
        finally:
            told.put(None)

    threads = [threading.Thread(target=work, name=f"worker-{n}", daemon=True) for n in range(workers)]
    for thread in threads:
        thread.start()
    try:
        yield from _receive(told, len(threads), running, report)
    except KeyboardInterrupt:
        found.interrupted = True
    finally:
        running.kill_all()
        for thread in threads:
            thread.join()


def _receive(told: queue.Queue[Outcome | None], threads: int, running: Running, report: Report) -> Iterator[Outcome]:
    """Until every thread has said None."""
    while threads:
        try:
            outcome = told.get(timeout=PROGRESS_MIN_S)
        except queue.Empty:
            report.waiting(spent_times(running))
            continue
        if outcome is None:
            threads -= 1
            continue
        yield outcome
        if outcome.state == results.INTERRUPTED:
            raise KeyboardInterrupt


def spent_times(running: Running) -> list[tuple[str, float]]:
    """(file, seconds so far) of the files that run now, the oldest first."""
    with running.lock:
        started = dict(running.started)
    now = time.monotonic()
    return sorted(((test, now - since) for test, since in started.items()), key=lambda row: -row[1])
