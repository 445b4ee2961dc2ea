"""Which test files a run is made of, and in which order."""

from __future__ import annotations

import os
import random
import tempfile
from pathlib import Path

from cmdline import Options

NEXT = "pynexttest"  # the file that -s keeps the name of the next test file in
LIB = Path(__file__).resolve().parents[2] / "Lib"


def all_tests(folder: Path) -> list[str]:
    """Every test_*.py and every package test_* of a folder, sorted."""
    files = [path.stem for path in folder.glob("test_*.py")]
    packages = [path.parent.name for path in folder.glob("test_*/__init__.py")]
    return sorted(files + packages)


def chosen_tests(options: Options, seed: int) -> list[str]:
    """The files to run. Raises ValueError if -S names none of them."""
    found = all_tests(options.testdir or LIB / "test")
    wanted = list(options.tests) or found
    tests = [test for test in found if test not in options.tests] if options.exclude else wanted
    if options.start:
        if options.start not in tests:
            raise ValueError(f"-S {options.start}: no such test file in this run")
        tests = tests[tests.index(options.start) :]
    if options.randomize:
        random.Random(seed).shuffle(tests)  # noqa: S311 - an order to try, not a secret
    return tests


def only_one(tests: list[str], folder: Path | None) -> list[str]:
    """-s: the file whose turn it is. Whose turn is next is kept in `folder`, or where temporary files go."""
    kept = (folder or Path(tempfile.gettempdir())) / NEXT
    turn = kept.read_text(encoding="utf-8").strip() if kept.exists() else ""
    at = tests.index(turn) if turn in tests else 0
    if at + 1 < len(tests):
        written = kept.with_suffix(".new")
        written.write_text(tests[at + 1] + "\n", encoding="utf-8")
        os.replace(written, kept)
    else:
        kept.unlink(missing_ok=True)
    return tests[at : at + 1]
