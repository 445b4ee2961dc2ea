"""Judge 1: Rabbit's parser makes the trees that CPython 3.12 makes, and says of a wrong program what CPython says.

`python -m tests.test_rabbit_ast` records anew, in rabbit_wrong.json, what the CPython 3.12 of this machine says.
"""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.rabbit_build import SOURCE, build, shared_folder
from tests.rabbit_judges import load

hosts = load("hosts")
SIDE = SOURCE / "Tools" / "judges" / "trees.py"
HERE = Path(__file__).resolve().parent
RECORD = HERE / "rabbit_wrong.json"
LOADED = """
import sys, unittest
print(*sorted(module.__file__ for module in sys.modules.values() if getattr(module, '__file__', None)), sep='\\n')
"""

# What a program may be told that is too deep for a parser's stack.
TOO_DEEP = {"RecursionError", "MemoryError"}

Job = tuple[str, str | bytes | tuple[str]]
Answer = str | tuple[str | int | None, ...]


def snippets(path: Path) -> list[tuple[str, str | bytes]]:
    """(section, program) of a file that has one Python literal a line below headings `## section`."""
    found: list[tuple[str, str | bytes]] = []
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line and not line.startswith("#"):
            found.append((section, ast.literal_eval(line)))
    return found


RIGHT = snippets(HERE / "rabbit_right.snippets")
WRONG = [program for _, program in snippets(HERE / "rabbit_wrong.snippets")]


def ask(program: Path, jobs: Sequence[Job], timeout_s: int = 300) -> list[Answer]:
    """What `program` makes of each source: a dump, or the parts of an exception."""
    with tempfile.NamedTemporaryFile("w", suffix=".jobs", encoding="utf-8") as file:
        file.write(ascii(list(jobs)))
        file.flush()
        command = [str(program), str(SIDE), file.name]
        done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=timeout_s, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return [ast.literal_eval(line) for line in done.stdout.splitlines()]


def difference(ours: Answer, theirs: Answer) -> str:
    """Where two answers part, both ways; empty when they are equal."""
    if ours == theirs:
        return ""
    if not isinstance(ours, str) or not isinstance(theirs, str):
        return f"Rabbit: {ours!r:.300}\nCPython: {theirs!r:.300}"
    at = next((at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return f"at {at}\nRabbit: {ours[max(0, at - 80) : at + 80]}\nCPython: {theirs[max(0, at - 80) : at + 80]}"


def files_of_unittest(judge: Path) -> list[str]:
    """The Python files that `import unittest` loads in that CPython, its own start included."""
    done = subprocess.run([judge, "-S", "-E", "-c", LOADED], capture_output=True, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.endswith(".py")]


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.fixture(scope="session")
def judge() -> Path:
    found: Path | None = hosts.cpython("3.12")
    if found is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: RABBIT'S TREES WERE NOT JUDGED")
    return found


def version(program: Path) -> str:
    asked = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
    return subprocess.run([program, "-I", "-c", asked], capture_output=True, text=True, check=True).stdout.strip()


def named(source: str | bytes) -> str:
    return ascii(source)[:60]


# ---- right programs


def test_every_file_that_unittest_loads_gives_cpythons_tree(rabbit: Path, judge: Path) -> None:
    files = files_of_unittest(judge)
    assert len(files) > 50
    jobs: list[Job] = [("exec", (file,)) for file in files]
    found = {file: difference(a, b) for file, a, b in zip(files, ask(rabbit, jobs), ask(judge, jobs), strict=True)}
    assert {file: text for file, text in found.items() if text} == {}


def test_every_snippet_gives_cpythons_tree(rabbit: Path, judge: Path) -> None:
    ours, theirs = ask(rabbit, RIGHT), ask(judge, RIGHT)
    assert len(RIGHT) >= 300
    assert [answer for answer in theirs if not isinstance(answer, str)] == []
    found = {named(job[1]): difference(a, b) for job, a, b in zip(RIGHT, ours, theirs, strict=True)}
    assert {name: text for name, text in found.items() if text} == {}


# ---- wrong programs


def recorded() -> dict[str, object]:
    record: dict[str, object] = json.loads(RECORD.read_text(encoding="utf-8"))
    return record


def expectations() -> list[tuple[str | bytes, Answer]]:
    said = recorded()["said"]
    assert isinstance(said, list) and len(said) == len(WRONG), "rabbit_wrong.json is older than rabbit_wrong.snippets"
    return [(source, one if isinstance(one, str) else tuple(one)) for source, one in zip(WRONG, said, strict=True)]


@pytest.fixture(scope="session")
def said(rabbit: Path) -> list[Answer]:
    return ask(rabbit, [("exec", source) for source in WRONG])


def test_there_are_enough_wrong_programs() -> None:
    assert len(WRONG) >= 150
    assert sum(isinstance(one, tuple) for _, one in expectations()) > 600


@pytest.mark.parametrize("at", range(len(WRONG)), ids=[f"{at}-{named(source)}" for at, source in enumerate(WRONG)])
def test_a_wrong_program_is_told_what_cpython_tells(said: list[Answer], at: int) -> None:
    assert difference(said[at], expectations()[at][1]) == ""


def test_the_record_is_what_cpython_says(judge: Path) -> None:
    if version(judge) != recorded()["python"]:
        pytest.skip(
            f"THE RECORD IS OF CPYTHON {recorded()['python']}, HERE IS {version(judge)}: THE RECORD WAS NOT CHECKED"
        )
    assert list(zip(WRONG, ask(judge, [("exec", source) for source in WRONG]), strict=True)) == expectations()


# ---- warnings, and text that goes on

DOUBTFUL = [
    *[
        '"\\d"',
        '"a" "\\q"',
        "1if x else 2",
        "0x1for x in y",
        'f"\\{x}"',
        'f"a\\q{x}"',
        'b"\\400"',
        'a\n"\\777"',
        'r"\\d"',
    ],
    *["1_0in x", "'''\n\\d'''", 'f"""\n\\d{x}"""', '"\\d" )', '"\xe9\\d"', '"\\\xe9"', "1e5or x", "2jif x else y"],
]
WARNED = f"""
import warnings
for action in ('error', 'ignore'):
    warnings.simplefilter(action)
    for source in {DOUBTFUL!a}:
        try:
            compile(source, 'f', 'exec')
            print(ascii(source), 'compiled')
        except SyntaxError as error:
            print(ascii(source), error.args)
"""

BEGUN = [
    *[
        "if x:",
        "if x:\n  y",
        "if x:\n  y\n",
        "f(",
        "[1,",
        "'''a",
        "'a",
        "x =",
        "x = 1",
        "a b",
        "def f():",
        "def f():\n",
        "@a",
        "@a\n",
    ],
    *["x = (\n", ")", "for", "x.", 'f"{', "x \\\n", "try:\n  a\n", "class A:\n  def f():", "# c", "if x: y\nelse:"],
    *["lambda", "{1:", "a b\nf("],
]
PROMPTED = f"""
for source in {BEGUN!a}:
    for mode in ('single', 'exec', 'eval'):
        try:
            compile(source, 'f', mode, 0x4000)
            print(ascii(source), mode, 'complete')
        except SyntaxError as error:
            print(ascii(source), mode, type(error).__name__, error.msg)
"""


@pytest.mark.parametrize("program", [WARNED, PROMPTED], ids=["warned", "prompted"])
def test_a_program_that_compiles_others_is_told_the_same(rabbit: Path, judge: Path, program: str) -> None:
    said = []
    for python in (rabbit, judge):
        done = subprocess.run([python, "-c", program], capture_output=True, text=True, timeout=60, check=False)
        assert done.stderr == ""
        said.append(done.stdout.splitlines())
    assert len(said[1]) > 30
    assert said[0] == said[1]


# ---- large and deep programs

DEEP = {
    "a hundred brackets": ("(" * 100 + ")" * 100, True),
    "a sum of 5,000 terms": (" + ".join(["x"] * 5000), True),
    "a sum of 100,000 terms": ("+".join(["x"] * 100_000), False),
    "10,000 nots": ("not " * 10_000 + "x", False),
    "10,000 signs": ("-" * 10_000 + "x", False),
    "10,000 lambdas": ("lambda:" * 10_000 + "x", False),
    "10,000 conditions": ("x if y else " * 10_000 + "z", False),
    "10,000 powers": ("**".join(["x"] * 10_000), False),
    "10,000 calls": ("f" + "()" * 10_000, True),
    "10,000 attributes": ("x" + ".y" * 10_000, True),
    "10,000 comparisons": ("<".join(["x"] * 10_000), True),
    "10,000 targets": ("a=" * 10_000 + "1", True),
    "5,000 elifs": ("if x: pass\n" + "elif y: pass\n" * 5000, True),
    "149 f-strings in each other": ('f"{' * 149 + "1" + '}"' * 149, True),
}


@pytest.mark.parametrize("name", DEEP)
def test_a_deep_program_gives_a_tree_or_is_refused(rabbit: Path, name: str) -> None:
    source, parses = DEEP[name]
    (got,) = ask(rabbit, [("exec", source)])
    assert isinstance(got, str) if parses else isinstance(got, str) or got[0] in TOO_DEEP


def test_time_grows_as_the_program_does(rabbit: Path) -> None:
    """Twice the length takes about twice as long; a parser that forgets what it knows takes hundreds of times."""
    block = "def f(a, b=(1, [2, {3: x.y[4:5](6)}])):\n    return [(a, b) for a in b if not (a and b)]\n"
    took = []
    for times in (500, 4000):
        start = time.perf_counter()
        ask(rabbit, [("exec", block * times)])
        took.append(time.perf_counter() - start)
    assert took[1] < took[0] * 8 * 6


def record() -> int:
    found = hosts.cpython("3.12")
    if found is None:
        print("no CPython 3.12 found: install one, or name it with CAMELOT_PYTHON312=...", file=sys.stderr)
        return 1
    said = ask(found, [("exec", source) for source in WRONG])
    rows = ",\n".join(json.dumps(one) for one in said)
    RECORD.write_text(f'{{"python": "{version(found)}", "said": [\n{rows}\n]}}\n', encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(record())
