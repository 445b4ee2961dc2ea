"""Which test files a run is made of, and in which order."""

from __future__ import annotations

import random
from pathlib import Path

from cmdline import Options

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
