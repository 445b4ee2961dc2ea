"""Run Rabbit's regression tests: `python3 Tools/regrtest --python ./rabbit`.

This driver runs on the host's Python; every test file runs in an interpreter of its own (Lib/test/worker.py).
"""

from __future__ import annotations

import os
import random
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType

import bisect_cases
import cmdline
import findtests
import interpreter
import junit
import report as reports
import results
import runner
from cmdline import Options
from interpreter import Interpreter
from results import Results
from workers import Job


def main(arguments: list[str]) -> int:
    """The exit code of a run: see results.py."""
    options = cmdline.parse(arguments)
    seed = choose_seed(options)
    try:
        tests = findtests.chosen_tests(options, seed)
        if options.list_tests:
            print("\n".join(tests))
            return results.EXIT_OK
        if options.single:
            tests = findtests.only_one(tests, options.tempdir)
        with tempfile.TemporaryDirectory(prefix="test_rabbit_", dir=options.tempdir) as folder:
            scratch = Path(folder).resolve()
            found = interpreter.probe(options.python, options.python_opts, scratch)
            return run(options, found, tests, seed, scratch)
    except (ValueError, OSError) as error:
        print(f"regrtest: {error}", file=sys.stderr)
        return results.EXIT_BAD


def choose_seed(options: Options) -> int:
    """The seed of --randseed; SOURCE_DATE_EPOCH makes a run repeatable; else any."""
    if options.seed is not None:
        return options.seed
    if os.environ.get("SOURCE_DATE_EPOCH", "").isdigit():
        return int(os.environ["SOURCE_DATE_EPOCH"])
    return random.SystemRandom().randrange(2**32)


def run(options: Options, under_test: Interpreter, tests: list[str], seed: int, scratch: Path) -> int:
    """Run the tests, run failures again, print and write everything."""
    job = make_job(options, under_test, scratch)
    report = reports.Report(options)
    if options.list_cases:
        return list_cases(job, tests, report)
    if options.want_header:
        report.header(under_test, scratch)
    for note in options.notes:
        report.say(note)
    report.say(f"Using random seed: {seed}")
    found = Results(fail_env_changed=options.fail_env_changed, fail_rerun=options.fail_rerun)
    workers = None if options.single_process else options.jobs or 1
    runner.run(job, tests, workers, found, report, options.forever)
    report.lists(found, tests)
    if options.rerun and found.need_rerun and not found.interrupted:
        found.first_verdict = found.verdict()
        runner.rerun(job, found.need_rerun, found, report)
        report.lists(found, tests)
    if options.bisect and not found.interrupted:
        for test in found.leaked:
            bisect_cases.bisect(job, test, report)
    report.totals(found, len(tests))
    write_files(options, found)
    return found.exit_code()


def make_job(options: Options, under_test: Interpreter, scratch: Path) -> Job:
    return Job(
        interpreter=under_test,
        scratch=scratch,
        timeout_s=options.timeout_s,
        testdir=options.testdir,
        rules=options.rules,
        use=options.use,
        verbose=options.verbose or options.verbose_on_failure,
        failfast=options.failfast,
        huntrleaks=options.huntrleaks,
        xml=options.junit is not None,
        threshold=options.threshold,
    )


def list_cases(job: Job, tests: list[str], report: reports.Report) -> int:
    """Print the ids of all cases; a file that cannot be read makes the run bad."""
    code = results.EXIT_OK
    for test in tests:
        outcome = bisect_cases.cases_of(job, test)
        for case in outcome.cases:
            report.say(case)
        if outcome.bad:
            print(f"regrtest: cannot list {reports.outcome_text(outcome)}\n{outcome.output}", file=sys.stderr)
            code = results.EXIT_BAD
    return code


def write_files(options: Options, found: Results) -> None:
    if options.junit:
        junit.write(options.junit, found)
    lines = [line for outcome in found.final.values() for line in outcome.leaks if "(this is fine)" not in line]
    if options.reflog and lines:
        with options.reflog.open("a", encoding="utf-8") as stream:
            stream.write("".join(line + "\n" for line in lines))


def _interrupt(number: int, frame: FrameType | None) -> None:
    """SIGTERM ends a run as Ctrl-C does: workers are killed, what is known is printed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("regrtest: interrupted", file=sys.stderr)
        sys.exit(results.EXIT_INTERRUPTED)
