"""The steps of builds that are not `./configure && make`: Windows, WASI, Android, iOS; under valgrind; benchmarks.

Source of each command line: python/buildmaster-config, master/custom/factories.py. Cross builds make a Python of the
worker's own machine first, which the second one needs.
"""

from __future__ import annotations

from collections.abc import Callable

from buildmaster.command import JUNIT, QUIET_S, TREE, Command, buildbottest, test_step
from buildmaster.kinds import Kind

Steps = Callable[[Kind, int, str], list[Command]]

WASI = ("python3", "Tools/wasm/wasi.py")
WASI_HOST = "cross-build/wasm32-wasip1"
ANDROID = "Android/android.py"
IOS_BUILD, IOS_HOST = "build_oot/build", "build_oot/host"
VALGRIND = (
    "valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--error-exitcode=10", "--gen-suppressions=all",
    "--track-origins=yes", "--trace-children=yes",
)  # fmt: skip
SCRIPT = "under-valgrind"
WRAPPER = ("valgrind", "-q", "--vgdb=no", "--error-exitcode=10", "--leak-check=full", "--show-leak-kinds=definite")


def windows(kind: Kind, jobs: int, tests: str) -> list[Command]:
    """`kind.configure` are build.bat's options, the platform (`-p x64`) first, which clean.bat is given too."""
    junit = () if "-R" in kind.test_options else ("--junit-xml", JUNIT)
    chosen = tuple(tests.split())
    run = ("Tools\\buildbot\\test.bat", *kind.configure[:2], f"-j{jobs}", *kind.test_options, *junit)
    return [
        Command("compile", ("Tools\\buildbot\\build.bat", *kind.configure), kind.environ, halts=True),
        Command("pythoninfo", ("python.bat", "-m", "test.pythoninfo"), kind.environ),
        test_step(kind, (*run, "--timeout", str(kind.timeout_s), *chosen)),
        Command("clean", ("Tools\\buildbot\\clean.bat", *kind.configure[:2]), kind.environ, always=True),
    ]


def wasi(kind: Kind, jobs: int, tests: str) -> list[Command]:
    """`kind.configure` is for the build Python; the host Python is configured like it."""
    more = ("--", *kind.configure) if kind.configure else ()
    return [
        Command("configure build Python", (*WASI, "configure-build-python", *more), halts=True),
        Command("compile build Python", (*WASI, "make-build-python"), halts=True),
        Command("configure", (*WASI, "configure-host"), halts=True),
        Command("compile", (*WASI, "make-host"), halts=True),
        Command("pythoninfo", ("make", "pythoninfo"), folder=WASI_HOST),
        buildbottest(kind, jobs, tests, WASI_HOST),
        Command("clean", (*WASI, "clean"), always=True),
    ]


def android(kind: Kind, _jobs: int, tests: str) -> list[Command]:
    """`kind.configure` is the triple of the host; the emulator is Gradle's own, and runs one process."""
    options = ("--managed", "maxVersion", "-v", "--", *kind.test_options)
    return [
        Command("configure build Python", (ANDROID, "configure-build"), halts=True),
        Command("compile build Python", (ANDROID, "make-build"), halts=True),
        Command("configure", (ANDROID, "configure-host", *kind.configure), halts=True),
        Command("compile", (ANDROID, "make-host", *kind.configure), halts=True),
        test_step(kind, (ANDROID, "test", *options, *tests.split())),
        Command("clean", (ANDROID, "clean"), always=True),
    ]


def ios(kind: Kind, jobs: int, _tests: str) -> list[Command]:
    """`kind.environ` shuts Homebrew out of the host's build; the simulator runs the whole suite and nothing less."""
    return [
        Command("folders", ("mkdir", "-p", IOS_BUILD, IOS_HOST), halts=True),
        Command("configure build Python", ("../../configure",), folder=IOS_BUILD, halts=True),
        Command("compile build Python", ("make", f"-j{jobs}"), folder=IOS_BUILD, halts=True),
        Command("configure", ("../../configure", *kind.configure), kind.environ, folder=IOS_HOST, halts=True),
        Command("compile", ("make", f"-j{jobs}", "all"), kind.environ, folder=IOS_HOST, halts=True),
        Command("install", ("make", f"-j{jobs}", "install"), kind.environ, folder=IOS_HOST, halts=True),
        Command("test", ("make", "testios"), (("BUILDBOT", "1"),), silent_s=kind.timeout_s + QUIET_S, folder=IOS_HOST),
        Command("clean build Python", ("make", "distclean"), folder=IOS_BUILD, always=True),
        Command("clean", ("make", "distclean"), folder=IOS_HOST, always=True),
    ]


def valgrind(kind: Kind, jobs: int, tests: str) -> list[Command]:
    """A few test files, one process: each instruction takes some thirty times as long."""
    files = tuple(tests.split()) or kind.test_options
    known = f"--suppressions={TREE}/Misc/valgrind-python.supp"
    run = (*VALGRIND, known, "./python", "-m", "test", *files, f"--timeout={kind.timeout_s}")
    return [*_made(kind, jobs), test_step(kind, run), Command("clean", ("make", "distclean"), always=True)]


def wrapped(kind: Kind, jobs: int, tests: str) -> list[Command]:
    """The same for an interpreter whose tests are run by a program beside it: it is given a script in its place."""
    line = f'exec {" ".join(WRAPPER)} {TREE}/{kind.program} "$@"'
    script = f"printf '%s\\n' '#!/bin/sh' '{line}' > {SCRIPT} && chmod +x {SCRIPT}"
    files = " ".join(tests.split() or kind.test_options)
    run = ("make", "buildbottest", f"TESTPYTHON={TREE}/{SCRIPT}", f"TESTOPTS=-j1 {files}", "TESTPYTHONOPTS=")
    return [
        *_made(kind, jobs),
        Command("wrap", ("sh", "-c", script), halts=True),
        test_step(kind, (*run, f"TESTTIMEOUT={kind.timeout_s}")),
        Command("clean", ("make", "distclean"), always=True),
    ]


def bench(kind: Kind, jobs: int, _tests: str) -> list[Command]:
    """`kind.test_options` is the whole command that measures."""
    run = Command("bench", kind.test_options, kind.environ, halts=True)
    return [*_made(kind, jobs), run, Command("clean", ("make", "distclean"), always=True)]


def _made(kind: Kind, jobs: int) -> list[Command]:
    return [
        Command("configure", ("./configure", f"--prefix={TREE}/target", *kind.configure), kind.environ, halts=True),
        Command("compile", ("make", f"-j{jobs}", "all"), kind.environ, halts=True),
        Command("pythoninfo", ("make", "pythoninfo"), kind.environ),
    ]


STEPS: dict[str, Steps] = {
    "windows": windows,
    "wasi": wasi,
    "android": android,
    "ios": ios,
    "valgrind": valgrind,
    "wrapped": wrapped,
    "bench": bench,
}
