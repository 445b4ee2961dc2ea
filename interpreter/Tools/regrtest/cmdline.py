"""The command line: regrtest's options, as one frozen object."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESOURCES = (
    "audio", "cpu", "curses", "decimal", "extralargefile", "gui", "largefile", "network", "subprocess", "tzdata",
    "urlfetch", "walltime", "xpickle",
)  # fmt: skip
CI_TIMEOUT_S = {"fast": 600.0, "slow": 1200.0}

EPILOG = """Example: python3 Tools/regrtest --python ./rabbit -j2 -R 3:3 test_list test_dict
Exit codes: 0 passed, 2 failed, 3 environment changed, 4 no tests ran, 5 failed then passed, 130 interrupted."""


@dataclass(frozen=True)
class Options:
    """What the user asked for. `rules` are (pattern, choose?) of -m and -i in their order; times are seconds."""

    python: Path
    python_opts: tuple[str, ...]
    tests: tuple[str, ...]
    exclude: bool
    jobs: int | None
    single_process: bool
    single: bool
    threshold: int | None
    rerun: bool
    verbose: bool
    verbose_on_failure: bool
    quiet: bool
    slowest: bool
    forever: bool
    failfast: bool
    randomize: bool
    seed: int | None
    start: str
    use: tuple[str, ...]
    rules: tuple[tuple[str, bool], ...]
    huntrleaks: tuple[int, int] | None
    reflog: Path | None
    timeout_s: float | None
    junit: Path | None
    fail_env_changed: bool
    fail_rerun: bool
    list_tests: bool
    list_cases: bool
    want_header: bool
    tempdir: Path | None
    testdir: Path | None
    bisect: bool
    notes: tuple[str, ...]


class _Use(argparse.Action):
    """-u all,-cpu: later words add to or take from what earlier ones said."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        chosen = set(getattr(namespace, self.dest) or ())
        for word in values.lower().split(","):
            name = word.removeprefix("-")
            if name in ("all", "none") and not word.startswith("-"):
                chosen = set(RESOURCES) if name == "all" else set()
            elif name not in RESOURCES:
                parser.error(f"argument -u/--use: invalid resource: {word}; know {', '.join(RESOURCES)}, all, none")
            elif word.startswith("-"):
                chosen.discard(name)
            else:
                chosen.add(name)
        setattr(namespace, self.dest, tuple(sorted(chosen)))


class _Rule(argparse.Action):
    """-m, -i and their files append to one list, because the order between them matters."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        rules = list(getattr(namespace, self.dest) or ())
        choose = option_string in ("-m", "--match", "--matchfile")
        if option_string in ("--matchfile", "--ignorefile"):
            rules.extend((pattern, choose) for pattern in _lines(parser, values))
        else:
            rules.append((values, choose))
        setattr(namespace, self.dest, rules)


def _lines(parser: argparse.ArgumentParser, name: str) -> list[str]:
    """The words of a file, one a line, # for comments."""
    try:
        text = Path(name).read_text(encoding="utf-8")
    except OSError as error:
        parser.error(f"cannot read {name!r}: {error.strerror}; give a file with one name a line")
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _hunt(text: str) -> tuple[int, int, Path | None]:
    """W:R[:FILE]; an empty number means its default, 5 warm-up runs and 4 counted ones."""
    parts = text.split(":", 2)
    numbers = [word or default for word, default in zip(parts, ("5", "4"), strict=False)]
    if len(numbers) < 2 or not all(word.isdecimal() and int(word) for word in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is not W:R: write two numbers of 1 or more, such as 3:3")
    return int(numbers[0]), int(numbers[1]), Path(parts[2]) if len(parts) == 3 and parts[2] else None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="regrtest", description="Run Rabbit's regression tests.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False,
    )  # fmt: skip
    add = parser.add_argument
    add("tests", nargs="*", metavar="TEST", help="test files, such as test_dict; all of them when none is named")
    add("--python", default="./rabbit", help="the interpreter under test [./rabbit]")
    add("--python-opts", default="", help="options for it, separated by blanks")
    add("-j", "--multiprocess", type=int, dest="jobs", metavar="N", help="N workers at a time; 0: one a CPU")
    add("--single-process", action="store_true", help="one worker runs all files, one after the other")
    add("-R", "--huntrleaks", type=_hunt, metavar="W:R[:FILE]", help="hunt leaks: W runs to warm up, R counted")
    add("--bisect", action="store_true", help="with -R: name the test methods that leak")
    add("-u", "--use", action=_Use, default=(), metavar="RES,...", help="resources that may be used")
    add("-w", "--rerun", "--verbose2", action="store_true", help="run failed files again, verbosely")
    add("--fail-rerun", action="store_true", help="exit 5 if a file passed only in the re-run")
    add("--fail-env-changed", action="store_true", help="exit 3 if a test changed its environment")
    add("-v", "--verbose", action="count", default=0, help="print every case")
    add("-W", "--verbose3", action="store_true", help="print every case, but only of files that fail")
    add("-q", "--quiet", action="store_true", help="no progress, no list of files that passed")
    add("-o", "--slowest", "--slow", action="store_true", help="name the 10 slowest files")
    add("-x", "--exclude", action="store_true", help="the named files are those to leave out")
    add("-f", "--fromfile", metavar="FILE", help="read names of files to run from FILE")
    add("-m", "--match", action=_Rule, dest="rules", metavar="PAT", help="only cases that match")
    add("-i", "--ignore", action=_Rule, dest="rules", metavar="PAT", help="no cases that match")
    add("--matchfile", action=_Rule, dest="rules", metavar="FILE", help="-m for each line")
    add("--ignorefile", action=_Rule, dest="rules", metavar="FILE", help="-i for each line")
    add("-r", "--randomize", action="store_true", help="shuffle the files")
    add("--no-randomize", action="store_false", dest="randomize", help="keep their order")
    add("--randseed", type=int, metavar="SEED", help="shuffle as a run with this seed did")
    add("-s", "--single", action="store_true", help="one file a run; the next run goes on with the next file")
    add("-S", "--start", default="", metavar="TEST", help="begin with this file")
    add("-F", "--forever", action="store_true", help="again and again until something fails")
    add("-G", "--failfast", action="store_true", help="leave a file at its first failure")
    add("-t", "--threshold", type=int, metavar="N", help="collect cycles after so many new objects")
    add("--timeout", type=float, metavar="SECONDS", help="kill the worker of a file that takes longer")
    add("--junit-xml", metavar="FILE", help="write the cases as JUnit XML")
    add("--list-tests", action="store_true", help="print the names of files, run nothing")
    add("--list-cases", action="store_true", help="print the ids of cases, run nothing")
    add("--fast-ci", action="store_const", const="fast", dest="ci", help="-u all,-cpu and what a CI wants")
    add("--slow-ci", action="store_const", const="slow", dest="ci", help="-u all and what a CI wants")
    add("--tempdir", metavar="DIR", help="where workers run")
    add("--testdir", metavar="DIR", help="run the files of another folder")
    add("--pgo", action="store_true", help=argparse.SUPPRESS)
    return parser


def parse(arguments: list[str]) -> Options:
    """The options of a command line; a wrong one ends the process with code 2 and a sentence."""
    parser = _parser()
    given = parser.parse_args(arguments)
    _refuse(parser, given)
    if given.ci:
        _imply_ci(given)
    hunt = given.huntrleaks
    return Options(
        python=Path(given.python).absolute(),
        python_opts=tuple(given.python_opts.split()),
        tests=_names(parser, given),
        exclude=given.exclude,
        jobs=(os.cpu_count() or 1) if given.jobs == 0 else given.jobs,
        single_process=given.single_process,
        single=given.single,
        threshold=given.threshold,
        rerun=given.rerun,
        verbose=bool(given.verbose),
        verbose_on_failure=given.verbose3,
        quiet=given.quiet or given.pgo,
        slowest=given.slowest,
        forever=given.forever,
        failfast=given.failfast,
        randomize=given.randomize or given.randseed is not None,
        seed=given.randseed,
        start=given.start,
        use=given.use,
        rules=tuple(given.rules or ()),
        huntrleaks=hunt[:2] if hunt else None,
        reflog=hunt[2].absolute() if hunt and hunt[2] else None,
        timeout_s=given.timeout if given.timeout and given.timeout > 0 else None,
        junit=Path(given.junit_xml).absolute() if given.junit_xml else None,
        fail_env_changed=given.fail_env_changed,
        fail_rerun=given.fail_rerun,
        list_tests=given.list_tests,
        list_cases=given.list_cases,
        want_header=bool(given.ci or given.verbose or not (given.tests or given.quiet or given.pgo)),
        tempdir=Path(given.tempdir).absolute() if given.tempdir else None,
        testdir=Path(given.testdir).absolute() if given.testdir else None,
        bisect=given.bisect,
        notes=_notes(given),
    )


def _refuse(parser: argparse.ArgumentParser, given: argparse.Namespace) -> None:
    """Combinations that cannot be meant."""
    if given.threshold is not None and given.threshold < 0:
        parser.error(f"argument -t/--threshold: {given.threshold} objects cannot be: write 0 for never, or more")
    if given.jobs is not None and given.jobs < 0:
        parser.error(f"argument -j/--multiprocess: {given.jobs} workers cannot be: write 0 for one a CPU, or more")
    if given.bisect and not given.huntrleaks:
        parser.error("--bisect looks for leaks: give it with -R, for example -R 3:3 --bisect")
    if given.single_process and given.jobs is not None:
        parser.error("--single-process and -j exclude each other: leave one out")
    if given.forever and given.rerun:
        parser.error("--forever and --rerun exclude each other: leave one out")
    if given.testdir and not Path(given.testdir).is_dir():
        parser.error(f"argument --testdir: {given.testdir!r} is not a folder")


def _imply_ci(given: argparse.Namespace) -> None:
    given.use = tuple(name for name in RESOURCES if given.ci == "slow" or name != "cpu")
    given.jobs = 0 if given.jobs is None and not given.single_process else given.jobs
    given.randomize = given.fail_env_changed = given.rerun = given.slowest = given.verbose3 = True
    given.timeout = given.timeout or CI_TIMEOUT_S[given.ci]


def _names(parser: argparse.ArgumentParser, given: argparse.Namespace) -> tuple[str, ...]:
    words = list(given.tests) + (_lines(parser, given.fromfile) if given.fromfile else [])
    return tuple(Path(word).name.removesuffix(".py").removeprefix("test.") for word in words)


def _notes(given: argparse.Namespace) -> tuple[str, ...]:
    """What was accepted but does nothing here, said once."""
    notes = []
    if given.pgo:
        notes.append("Note: --pgo runs the whole suite quietly; Rabbit has no smaller training set")
    if given.huntrleaks and given.huntrleaks[0] < 3:
        notes.append(
            "WARNING: Running tests with --huntrleaks/-R and less than 3 warmup repetitions can give false positives!"
        )
    return tuple(notes)
