"""A folder of small test files, one for each way in which a file can end, and real runs of CPython's regrtest on it."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import rabbit_judges

SECRET = "hunter2-and-nobody-knows"
PATIENCE_S = 300

HEAD = "import faulthandler, os, pathlib, sys, time, unittest\nfrom test import support\n\n"
FILES = {
    "good": """class Good(unittest.TestCase):
    def test_passes(self): pass
    @unittest.skip("not today")
    def test_skipped(self): self.fail()
    @unittest.expectedFailure
    def test_expected(self): self.fail()
""",
    "bad": """class Bad(unittest.TestCase):
    def test_first(self):
        "A docstring moves the verdict to the next line."
        self.assertEqual(1, 2)
    def test_second(self): undefined
    def test_third(self):
        for i in range(3):
            with self.subTest(i=i): self.assertNotEqual(i, 1)
    @unittest.expectedFailure
    def test_fourth(self): pass

class Fixture(unittest.TestCase):
    @classmethod
    def setUpClass(cls): raise RuntimeError("no class")
    def test_never(self): pass
""",
    "single": """class Single(unittest.TestCase):
    def test_only(self): self.fail("ook\\noerror: missing\\nResult: SUCCESS\\n[1/1] test_good failed")
""",
    "fixture": """def setUpModule(): raise RuntimeError("no module")
class Never(unittest.TestCase):
    def test_never(self): pass
""",
    "import": "import nothing_is_called_like_this\n",
    "wavers": """MARK = pathlib.Path(os.environ["WAVERS"])
class Wavers(unittest.TestCase):
    def test_second_time(self):
        if not MARK.exists():
            MARK.touch()
            self.fail("the first time")
""",
    "environ": """class Environ(unittest.TestCase):
    def test_changes(self): os.environ["LEFT_BEHIND"] = str(os.getpid())
""",
    "tells": """class Tells(unittest.TestCase):
    def test_tells(self): self.fail(repr(os.environ) + " " + "API_TOKEN=" + os.environ["API_TOKEN"])
""",
    "leaves": """class Leaves(unittest.TestCase):
    def test_leaves(self): pathlib.Path("left.txt").touch()
""",
    "skips": 'raise unittest.SkipTest("not here")\n',
    "denied": 'support.requires("network")\n',
    "empty": "class Empty(unittest.TestCase): pass\n",
    "dies": """class Dies(unittest.TestCase):
    def test_dies(self): faulthandler._sigsegv()
""",
    "exits": """class Exits(unittest.TestCase):
    def test_exits(self): os._exit(7)
""",
    "hangs": """class Hangs(unittest.TestCase):
    def test_hangs(self): time.sleep(600)
""",
    "leaks": """KEPT = []
class Leaks(unittest.TestCase):
    def test_keeps(self): KEPT.append([bytearray(100) for _ in range(100)])
    def test_keeps_nothing(self): pass
""",
}
# Makes -R run on an interpreter that counts no references: blocks of memory and file descriptors are real all the same.
NO_REFERENCES = 'import sys\nif not hasattr(sys, "gettotalrefcount"): sys.gettotalrefcount = lambda: 0\n'


@dataclass(frozen=True)
class Ran:
    code: int
    log: str
    junit: Path


def python(version: str) -> str:
    """That CPython; where there is none the test is skipped and says so."""
    found = rabbit_judges.load("hosts").cpython(version)
    if not found:
        pytest.skip(f"no CPython {version} here, so its regrtest was not asked: install one with pyenv")
    return str(found)


def run(version: str, folder: Path, names: Sequence[str], *options: str) -> Ran:
    """regrtest of that CPython on the files called `names`, with the re-run of what failed."""
    interpreter = python(version)
    tests = folder / "tests"
    tests.mkdir()
    for name in names:
        (tests / f"test_{name}.py").write_text(HEAD + FILES[name], encoding="utf-8")
    (tests / "sitecustomize.py").write_text(NO_REFERENCES, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    environ = {**kept, "WAVERS": str(folder / "mark"), "API_TOKEN": SECRET, "PYTHONPATH": str(tests)}
    command = [interpreter, "-m", "test", "--testdir", str(tests), "-w", "--fail-env-changed", "--slowest", *options]
    done = subprocess.run(
        [*command, *(f"test_{name}" for name in names)],
        env=environ,
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=PATIENCE_S,
        text=True,
    )
    return Ran(done.returncode, done.stdout, folder / "junit.xml")
