"""Everything the runner says, in regrtest's words: farms and people read these lines by their form."""

from __future__ import annotations

import math
import os
import platform
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import results
from cmdline import RESOURCES, Options
from interpreter import Interpreter
from results import Outcome, Results

PROGRESS_MIN_S = 30.0  # shorter times are not worth a place in a progress line
SLOWEST = 10

WORDS = {
    results.PASSED: "passed",
    results.SKIPPED: "skipped",
    results.RESOURCE_DENIED: "skipped (resource denied)",
    results.UNCAUGHT_EXC: "failed (uncaught exception)",
    results.REFLEAK: "failed (reference leak)",
    results.ENV_CHANGED: "failed (env changed)",
    results.INTERRUPTED: "interrupted",
    results.DID_NOT_RUN: "ran no tests",
}


def count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def duration(seconds: float) -> str:
    """`58 ms`, `58.9 sec`, `1 min 30 sec`, `2 hour 5 min`: at most two units."""
    if math.ceil(seconds * 1000) < 1000:
        return f"{math.ceil(seconds * 1000)} ms"
    if seconds < 60:
        return f"{seconds:.1f} sec"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    pairs = [(hours, "hour"), (minutes, "min"), (rest, "sec")]
    return " ".join([f"{value} {unit}" for value, unit in pairs if value][:2])


def outcome_text(outcome: Outcome) -> str:
    """`test_x failed (1 error, 2 failures)`."""
    if outcome.state == results.FAILED:
        parts = [
            count(len(found), word)
            for found, word in ((outcome.errors, "error"), (outcome.failures, "failure"))
            if found
        ]
        return f"{outcome.test} failed" + (f" ({', '.join(parts)})" if parts else "")
    if outcome.state == results.WORKER_FAILED:
        return f"{outcome.test} worker non-zero exit code ({outcome.detail})"
    if outcome.state == results.WORKER_BUG:
        return f"{outcome.test} worker bug ({outcome.detail})"
    if outcome.state == results.TIMEOUT:
        return f"{outcome.test} timed out ({duration(outcome.duration_s)})"
    return f"{outcome.test} {WORDS[outcome.state]}"


class Report:
    """Writes to standard output at once, with the run's clock in front of progress lines."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.started = time.monotonic()

    def say(self, text: str = "") -> None:
        print(text, flush=True)

    def log(self, text: str) -> None:
        """`H:MM:SS load avg: L text`."""
        seconds = int(time.monotonic() - self.started)
        minutes, seconds = divmod(seconds, 60)
        hours, minutes = divmod(minutes, 60)
        self.say(f"{hours}:{minutes:02d}:{seconds:02d} load avg: {os.getloadavg()[0]:.2f} {text}")

    def header(self, interpreter: Interpreter, folder: Path) -> None:
        use = self.options.use
        if not use:
            resources = "all test resources are disabled, use -u option to unskip tests"
        elif set(use) == set(RESOURCES):
            resources = "all"
        else:
            resources = ",".join(use)
        self.say(f"== {interpreter.title}")
        self.say(f"== {platform.platform(aliased=True)} {interpreter.byteorder}-endian")
        self.say(f"== Python build: {'debug' if interpreter.debug else 'release'}")
        self.say(f"== cwd: {folder}")
        self.say(f"== CPU count: {os.cpu_count()}")
        self.say(f"== encodings: locale=UTF-8 FS={sys.getfilesystemencoding()}")
        self.say(f"== resources: {resources}")
        self.say()

    def begin(self, tests: int, workers: int | None) -> None:
        """The line before the first file; workers None: all files in one process."""
        limit = self.options.timeout_s
        if workers is None:
            suffix = f" (timeout: {duration(limit)})" if limit else ""
            self.log(f"Run {count(tests, 'test')} sequentially in a single process{suffix}")
            return
        suffix = f" (timeout: {duration(limit)}, worker timeout: {duration(limit)})" if limit else ""
        processes = "worker process" if workers == 1 else "worker processes"
        self.log(f"Run {count(tests, 'test')} in parallel using {workers} {processes}{suffix}")

    def progress(self, index: int, total: int, bad: int, outcome: Outcome, always: bool = False) -> None:
        """`T [ 51/478/1] test_x passed (33.2 sec)`, then what the file printed."""
        if self.options.quiet and not outcome.bad and outcome.state != results.ENV_CHANGED:
            return
        text = outcome_text(outcome)
        if outcome.duration_s >= PROGRESS_MIN_S and outcome.state != results.TIMEOUT:
            text += f" ({duration(outcome.duration_s)})"
        marks = f"{index:{len(str(total))}}/{total}" + (f"/{bad}" if bad else "")
        self.log(f"[{marks}] {text}")
        self._output(outcome, always)

    def _output(self, outcome: Outcome, always: bool) -> None:
        """With -W what a file printed is shown only if it did not pass, and skips are always explained."""
        text = outcome.output.strip("\n")
        quiet_state = outcome.state in (results.PASSED, results.DID_NOT_RUN)
        if text and (always or not (self.options.verbose_on_failure and quiet_state)):
            self.say(text)

    def waiting(self, running: Sequence[tuple[str, float]]) -> None:
        """Said when nothing ended for a while."""
        slow = [f"{test} ({duration(spent)})" for test, spent in running if spent >= PROGRESS_MIN_S]
        if slow and not self.options.quiet:
            self.log(f"running ({len(slow)}): {', '.join(slow)}")

    def lists(self, found: Results, planned: Sequence[str]) -> None:
        """`== Tests result: ... ==` and the names behind every state."""
        self.say()
        self.say(f"== Tests result: {found.verdict()} ==")
        if self.options.slowest:
            self._slowest(found)
        omitted = sorted(set(planned) - set(found.final))
        if omitted and found.interrupted:
            self._names(f"{count(len(omitted), 'test')} omitted:", omitted)
        rows = (
            (found.named(results.SKIPPED), "{} skipped:"),
            (found.named(results.RESOURCE_DENIED), "{} skipped (resource denied):"),
            (found.named(results.DID_NOT_RUN), "{} run no tests:"),
            (found.named(results.ENV_CHANGED), "{} altered the execution environment (env changed):"),
        )
        for names, title in rows:
            if names:
                self._names(title.format(count(len(names), "test")), names)
        if found.rerun:
            self._names(f"{count(len(found.rerun), 're-run test')}:", sorted(found.rerun))
        if found.bad:
            self._names(f"{count(len(found.bad), 'test')} failed:", found.bad)
        self._good(found)

    def _names(self, title: str, names: Sequence[str]) -> None:
        self.say()
        self.say(title)
        self.say(self.wrap(names))

    def wrap(self, names: Sequence[str]) -> str:
        text = " ".join(names)
        return textwrap.fill(
            text, 70, initial_indent=" " * 4, subsequent_indent=" " * 4, break_long_words=False, break_on_hyphens=False
        )

    def _slowest(self, found: Results) -> None:
        rows = sorted(found.durations, reverse=True)[:SLOWEST]
        self.say()
        self.say(f"{SLOWEST} slowest tests:")
        for seconds, test in rows:
            self.say(f"- {test}: {duration(seconds)}")

    def _good(self, found: Results) -> None:
        good = found.named(results.PASSED)
        if not good or self.options.quiet:
            return
        whole = len(good) == len(found.final) > 1 and not found.interrupted
        self.say()
        self.say(f"{'All ' if whole else ''}{count(len(good), 'test')} OK.")

    def totals(self, found: Results, planned: int) -> None:
        """The last lines: duration, cases, files, result."""
        filtered = " (filtered)" if self.options.rules else ""
        cases = [f"run={found.tests_run:,}{filtered}"]
        cases += [f"failures={found.failures:,}"] if found.failures else []
        cases += [f"skipped={found.skipped_cases:,}"] if found.skipped_cases else []
        numbers = (
            ("failed", len(found.bad)),
            ("env_changed", len(found.named(results.ENV_CHANGED))),
            ("skipped", len(found.named(results.SKIPPED))),
            ("resource_denied", len(found.named(results.RESOURCE_DENIED))),
            ("rerun", len(found.rerun)),
            ("run_no_tests", len(found.named(results.DID_NOT_RUN))),
        )
        total = "" if self.options.forever else f"/{planned}"
        files = [f"run={found.files_run}{total}{filtered}"] + [f"{name}={number}" for name, number in numbers if number]
        self.say()
        self.say(f"Total duration: {duration(time.monotonic() - self.started)}")
        self.say(f"Total tests: {' '.join(cases)}")
        self.say(f"Total test files: {' '.join(files)}")
        self.say(f"Result: {found.verdict()}")
