"""One step of a build as data, and the names that every list of steps shares."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from buildmaster.kinds import MINUTE, Kind

JUNIT = "test-results.xml"
LONGEST_TEST_S = 4 * 60 * MINUTE
QUIET_S = 10 * MINUTE  # a test run that prints nothing for a file's timeout and this much more is hung
JOBS = 2
TESTS = "tests"  # the property of a build that runs these tests only, apart by blanks; or core.results.NO_TESTS
BUILDING = ("sweep", "configure", "compile build Python", "compile", "clean", "keep")  # steps of a build without tests
TREE = "$(PWD)"  # stands for the folder of the checkout, which only the worker knows


@dataclass(frozen=True)
class Command:
    """One step. `halts`: the build ends where it fails. `always`: it runs even after that."""

    name: str
    argv: tuple[str, ...]
    environ: tuple[tuple[str, str], ...] = ()
    halts: bool = False
    always: bool = False
    silent_s: int = 20 * MINUTE  # killed after so long without output
    longest_s: int = LONGEST_TEST_S
    folder: str = ""  # below the checkout, where it runs

    def __str__(self) -> str:
        line = " ".join([*(f"{name}={shlex.quote(value)}" for name, value in self.environ), shlex.join(self.argv)])
        return f"cd {self.folder} && {line}" if self.folder else line


def test_options(kind: Kind, jobs: int, tests: str = "") -> tuple[str, ...]:
    """What the test runner is given; results of leak hunts have no JUnit form."""
    junit = () if "-R" in kind.test_options else ("--junit-xml", JUNIT)
    if not tests:
        return (f"-j{jobs}", *kind.test_options, *junit)
    named = [option for option in kind.test_options if not option.startswith("test_")]
    return (f"-j{jobs}", *named, *kind.bisect, *junit, *tests.split())


def buildbottest(kind: Kind, jobs: int, tests: str, folder: str = "") -> Command:
    """CPython's own target for build farms."""
    argv = ("make", "buildbottest", f"TESTOPTS={' '.join(test_options(kind, jobs, tests))}", "TESTPYTHONOPTS=")
    return test_step(kind, (*argv, f"TESTTIMEOUT={kind.timeout_s}"), folder)


def test_step(kind: Kind, argv: tuple[str, ...], folder: str = "") -> Command:
    """A run of tests that is killed when it prints nothing for longer than a file may take."""
    environ = (*kind.environ, ("BUILDBOT", "1"))
    return Command("test", argv, environ, silent_s=kind.timeout_s + QUIET_S, folder=folder)
