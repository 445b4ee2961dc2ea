"""Judge 5, and those that measure: a planted leak is named, failing allocations never crash, counts are compared."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.rabbit_build import SOURCE, build, shared_folder, without_outer_make
from tests.rabbit_judges import load

counts, sweep, size = load("counts"), load("sweep"), load("size")
PLANTED = Path(__file__).with_name("rabbit-extra-incref.patch")


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a debug build with one INCREF too many, in list.copy."""
    source = tmp_path_factory.mktemp("planted") / "interpreter"
    shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("out", ".tools", "__pycache__", "Makefile"))
    subprocess.run(["git", "apply", "--unidiff-zero", PLANTED], cwd=source, check=True)
    return build(tmp_path_factory.mktemp("planted-build"), ["--with-pydebug"], source).parent


def test_one_incref_too_many_turns_the_farms_hunt_red_and_bisect_names_the_method(planted: Path) -> None:
    options = "TESTOPTS=-j2 -R 3:3 -u-cpu --bisect test_list test_tuple"
    done = subprocess.run(
        ["make", "buildbottest", options],
        cwd=planted,
        capture_output=True,
        text=True,
        check=False,
        env=without_outer_make(os.environ),
    )
    assert done.returncode == 2
    assert re.search(r"^test_list leaked \[(\d+), \1, \1\] references, sum=\d+$", done.stdout, re.M), done.stdout
    lines = done.stdout.splitlines()
    assert lines[lines.index("1 test failed:") + 1].strip() == "test_list"
    assert re.fullmatch(r"\* test\.test_list\.ListTests\.test_\w*copy\w*", lines[lines.index("Tests (1):") + 1])


@pytest.mark.parametrize("name", sweep.SNIPPETS)
def test_failing_allocations_end_in_an_exception_never_in_a_crash(rabbit: Path, name: str) -> None:
    """A sample of them, spread evenly; `make sweep-rabbit` fails every one."""
    swept = sweep.sweep(rabbit, name, 150)
    assert (swept.problem, swept.leaks) == ("", ())
    assert swept.tried >= 150


def test_a_reference_that_stays_behind_is_seen_by_the_sweep(planted: Path) -> None:
    assert sweep.main(["--rabbit", str(planted / "rabbit"), "--most", "20", "list_basics"]) == 1


def test_a_count_that_grows_by_half_a_percent_is_seen() -> None:
    recorded = {"fib": 1_000_000, "life": 1_000_000, "words": 1_000_000}
    found = {"fib": 1_004_900, "life": 1_005_100, "words": 990_000}
    assert {name: round(part, 4) for name, part in counts.changes(recorded, found).items()} == {
        "life": 0.0051,
        "words": -0.01,
    }
    assert counts.report({"compiler": "c", "instructions": recorded}, found, "c") == 1
    assert counts.report({"compiler": "c", "instructions": recorded}, recorded, "c") == 0
    assert counts.report({"compiler": "another"}, found, "c") == 2
    assert counts.repeatable("fib", {"fib": 1_000_000}, 1_000_010)
    assert not counts.repeatable("fib", {"fib": 1_000_000}, 1_005_000), "noise that large would hide what is looked for"


def test_functions_are_short_and_files_say_what_they_are() -> None:
    told = subprocess.run(
        [sys.executable, SOURCE / "Tools" / "judges" / "size.py"], capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def test_the_lengths_of_functions_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "x.c"
    path.write_text(
        "/* A file. */\nint one(void) { return 1; }\n\nstatic int two(int a)\n{\n    if (a) {\n        return 2;\n"
        "    }\n"
        '    return "}"[0];\n}\n\nstruct s {\n    int x;\n};\n\nDEF(three)\n{\n    return 3;\n}\n'
    )
    assert size.functions(path) == [("one", 1), ("two", 7), ("three", 4)]
