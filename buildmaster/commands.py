"""The exact command lines of a build: CPython's steps in CPython's order, as data. Factories and pages read the same.

The lists follow UnixBuild and UnixInstalledBuild of python/buildmaster-config: configure, compile, pythoninfo, test,
clean (git comes before them, and is Buildbot's own step).
"""

from __future__ import annotations

import shlex

from buildmaster import platforms
from buildmaster.command import JOBS, TREE, Command, buildbottest, test_step
from buildmaster.kinds import Kind


def commands(kind: Kind, version: str = "", jobs: int = JOBS, tests: str = "") -> list[Command]:
    """The steps of one builder on a worker with `jobs` processes. `version` is the branch's number, `3.14`.

    A build that looks for a culprit runs only `tests`, names apart by blanks; empty means all.
    """
    if steps := platforms.STEPS.get(kind.steps):
        return steps(kind, jobs, tests)
    before = [] if kind.fresh else [_sweep(kind)]
    after = _clean(kind) if kind.fresh else _keep(kind)
    compiled = [_configure(kind), _make("compile", kind, f"-j{jobs}", "all"), _make("pythoninfo", kind, "pythoninfo")]
    tested = _installed(kind, version, jobs, tests) if kind.steps == "installed" else [buildbottest(kind, jobs, tests)]
    return [*before, *compiled, *tested, after]


STAMP = ".camelot-tree"  # how the kept objects were configured; absent while they cannot be trusted


def _configure(kind: Kind) -> Command:
    return Command("configure", ("./configure", f"--prefix={TREE}/target", *kind.configure), kind.environ, halts=True)


def _make(name: str, kind: Kind, *targets: str) -> Command:
    return Command(name, ("make", *kind.make, *targets), kind.environ, halts=name == "compile")


def _installed(kind: Kind, version: str, jobs: int, tests: str) -> list[Command]:
    """Test what `make install` left, with the tree made read-only, as users have it."""
    program = f"target/bin/{kind.program}{version}"
    return [
        _make("install", kind, "install"),
        Command("read-only", ("chmod", "-R", "-w", "target"), halts=True),
        test_step(kind, _of_installed(kind, program, jobs, tests)),
        Command("writable", ("chmod", "-R", "u+w", "target"), always=True),
    ]


def _of_installed(kind: Kind, program: str, jobs: int, tests: str) -> tuple[str, ...]:
    """CPython brings its test runner along; Rabbit's lies beside it in the tree, and is told whom to run."""
    strict = ("-Wdefault", "-bb", "-E")
    if kind.program == "python":
        limits = (f"-j{jobs}", f"--timeout={kind.timeout_s}")
        return (program, *strict, "-m", "test", "-rwW", "-uall", *limits, *tests.split())
    whom = (f"TESTPYTHON={TREE}/{program}", f"TESTPYTHONOPTS={' '.join(strict)}", f"TESTTIMEOUT={kind.timeout_s}")
    return ("make", "buildbottest", *whom, f"TESTOPTS={' '.join((f'-j{jobs}', *tests.split()))}")


def _clean(kind: Kind) -> Command:
    return Command("clean", ("make", "distclean"), kind.environ, always=True)


def _sweep(kind: Kind) -> Command:
    """Keep objects only where a whole build with these very flags left them; else start from nothing.

    The stamp goes first and comes back last, so that a build killed half-way (an object may be cut off) leaves none.
    """
    same = f'test "$(cat {STAMP} 2>/dev/null)" = {shlex.quote(flags(kind))}'
    return Command("sweep", ("sh", "-c", f"{same} || git clean -ffdxq; rm -f {STAMP}"), halts=True)


def _keep(kind: Kind) -> Command:
    return Command("keep", ("sh", "-c", f"echo {shlex.quote(flags(kind))} > {STAMP}"))


def flags(kind: Kind) -> str:
    """Everything that changes what the compiler is told."""
    return " ".join([*(f"{name}={value}" for name, value in kind.environ), *kind.configure, *kind.make]) or "plain"
