"""Judge of Rabbit's compiler: instruction for instruction it writes what CPython 3.12 writes.

Names, arguments, jumps, places in the source, guarded ranges, variables, flags and depth of the stack; and for what is
no program, the message of the SyntaxError and where it points.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.rabbit_build import build, shared_folder
from tests.rabbit_judges import load

hosts = load("hosts")
HERE = Path(__file__).resolve().parent
ROWS, SNIPPETS = HERE / "rabbit_code.py", HERE / "rabbit_code.snippets"
NAMES = [line[4:] for line in SNIPPETS.read_text(encoding="utf-8").splitlines() if line.startswith("### ")]

Listing = dict[str, list[str]]


def listing(program: Path, *paths: Path, timeout_s: int = 300) -> Listing:
    """By name of the source, the rows that rabbit_code.py prints under `program`."""
    command = [str(program), str(ROWS), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=timeout_s, check=True)
    parts = ("\n" + done.stdout).split("\n#### ")[1:]
    return {lines[0]: lines[1:] for lines in (part.splitlines() for part in parts)}


def first_difference(ours: list[str], theirs: list[str]) -> str:
    """The first row that differs, both ways; empty when none does."""
    function = ""
    for number, (row, wanted) in enumerate(zip(ours, theirs, strict=False)):
        function = wanted.split()[1] if wanted.startswith("== ") else function
        if row != wanted:
            return f"row {number}, {function}: {row!r}, CPython has {wanted!r}"
    return "" if len(ours) == len(theirs) else f"{len(ours)} rows, CPython has {len(theirs)}"


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.fixture(scope="session")
def judge() -> Path:
    found: Path | None = hosts.cpython("3.12")
    if found is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: RABBIT'S COMPILER WAS NOT JUDGED")
    return found


@pytest.fixture(scope="session")
def both(rabbit: Path, judge: Path) -> tuple[Listing, Listing]:
    return listing(rabbit, SNIPPETS), listing(judge, SNIPPETS)


def test_there_are_enough_snippets_with_names_of_their_own() -> None:
    assert len(NAMES) >= 150
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_snippet_is_compiled_as_cpython_compiles_it(both: tuple[Listing, Listing], name: str) -> None:
    ours, theirs = both
    assert first_difference(ours[name], theirs[name]) == ""


def test_so_is_all_that_import_unittest_loads(rabbit: Path, judge: Path) -> None:
    asked = "import sys, unittest\nfor m in list(sys.modules.values()): print(getattr(m, '__file__', None))"
    loaded = subprocess.run([str(judge), "-I", "-S", "-c", asked], capture_output=True, text=True, check=True)
    paths = [Path(line) for line in sorted(loaded.stdout.splitlines()) if line.endswith(".py")]
    assert len(paths) >= 50
    ours, theirs = listing(rabbit, *paths), listing(judge, *paths)
    different = {name: first_difference(ours[name], theirs[name]) for name in theirs}
    assert {name: text for name, text in different.items() if text} == {}


@pytest.mark.parametrize("told", ["option", "environment"])
def test_columns_can_be_left_out(rabbit: Path, told: str) -> None:
    program = (
        "c = compile('a +\\\\\\nb', '', 'eval')\n"
        "print(sorted({p[:2] for p in c.co_positions()}), {p[2:] for p in c.co_positions()})"
    )
    options = ["-X", "no_debug_ranges"] if told == "option" else []
    env = {**os.environ, **({"PYTHONNODEBUGRANGES": "1"} if told == "environment" else {})}
    done = subprocess.run([str(rabbit), *options, "-c", program], capture_output=True, text=True, check=True, env=env)
    assert done.stdout == "[(0, 0), (1, 1), (2, 2)] {(None, None)}\n"
