"""Run CPython's own test files, unmodified and where they are installed, on Rabbit with Rabbit's small unittest.

The ids that pass are kept in ladder/<file>.txt, one a line; that list may only grow.

Example: python3 Tools/judges/ladder.py --rabbit build/rabbit               (2: an id on the list is lost)
         python3 Tools/judges/ladder.py --rabbit build/rabbit --record      (add the ids that are newly won)
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import hosts

HERE = Path(__file__).parent
LISTS = HERE / "ladder"
JUDGE = "3.12"
LONGEST_S = 300

# rung b0: what needs nothing but unittest
FILES = (
    "test_augassign", "test_dictcomps", "test_exception_variations", "test_int_literal", "test_keywordonlyarg",
    "test_longexp", "test_named_expressions", "test_opcache", "test_super", "test_typechecks", "test_unary",
)  # fmt: skip


@dataclass(frozen=True)
class Climb:
    """What came of one file: ids that passed, ids that did not, and the end of the output if the process died."""

    passed: frozenset[str]
    failed: frozenset[str]
    problem: str = ""


def main(arguments: Sequence[str]) -> int:
    asked = _parser().parse_args(arguments)
    tests = installed_tests()
    if tests is None:
        print(f"ladder: no CPython {JUDGE} with its tests found: install one, or set CAMELOT_PYTHON312", file=sys.stderr)
        return 3
    total = passed = 0
    lost: list[str] = []
    for name in asked.names or FILES:
        climb = run(asked.rabbit.resolve(), tests, name)
        before = recorded(name)
        total += len(climb.passed) + len(climb.failed)
        passed += len(climb.passed)
        lost += sorted(before - climb.passed)
        tell(name, climb, before, asked.verbose)
        if asked.record:
            write(name, before | climb.passed)
    print(f"{passed} of {total} tests pass")
    return 2 if lost else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ladder", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help=f"test files; when none is named: {', '.join(FILES)}")
    parser.add_argument("--rabbit", type=Path, default=Path("./rabbit"), help="the program under test [./rabbit]")
    parser.add_argument("--record", action="store_true", help="add what is newly won to the lists")
    parser.add_argument("-v", "--verbose", action="store_true", help="name what fails, and why a process died")
    return parser


def installed_tests() -> Path | None:
    """The folder of CPython's tests on this machine, or None."""
    python = hosts.cpython(JUDGE)
    if python is None:
        return None
    asked = "import sysconfig; print(sysconfig.get_path('stdlib'))"
    said = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True, check=True).stdout
    folder = Path(said.strip()) / "test"
    return folder if (folder / f"{FILES[0]}.py").exists() else None


def run(rabbit: Path, tests: Path, name: str) -> Climb:
    """One file in a process of its own; a test that had begun when the process died has failed."""
    command = [rabbit, HERE / "ladder_worker.py", tests, name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=LONGEST_S)
        output, problem = done.stdout, done.stderr[-1000:] if done.returncode else ""
    except subprocess.TimeoutExpired as error:
        output = (error.stdout or b"").decode(errors="replace") if isinstance(error.stdout, bytes) else ""
        problem = f"took more than {LONGEST_S} s"
    told = [line.split("\t") for line in output.splitlines() if line.count("\t") == 1]
    passed = {case for word, case in told if word == "passed"}
    return Climb(frozenset(passed), frozenset({case for _, case in told} - passed), problem)


def recorded(name: str) -> frozenset[str]:
    path = LISTS / f"{name}.txt"
    return frozenset(path.read_text(encoding="utf-8").split()) if path.exists() else frozenset()


def write(name: str, ids: frozenset[str]) -> None:
    LISTS.mkdir(exist_ok=True)
    (LISTS / f"{name}.txt").write_text("".join(f"{case}\n" for case in sorted(ids)), encoding="utf-8")


def tell(name: str, climb: Climb, before: frozenset[str], verbose: bool) -> None:
    print(f"{name:28} {len(climb.passed):3} of {len(climb.passed) + len(climb.failed):3}")
    for mark, ids in (("lost", before - climb.passed), ("won ", climb.passed - before)):
        for case in sorted(ids):
            print(f"  {mark} {case}")
    if verbose:
        for case in sorted(climb.failed):
            print(f"  fails {case}")
        if climb.problem:
            print(climb.problem)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
