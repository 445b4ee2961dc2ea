"""A tree that stands in for CPython's source: nothing is compiled, its `./python` is an installed interpreter.

`configure --with-pydebug` takes the one that counts references, any other way to configure the plain one. The rest is
as in CPython: `make buildbottest` runs the interpreter's own regrtest with the options of that version's Makefile, on a
few tests of the installed library and on a few that are planted here, one for each way to end.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

LIBRARY = ("test_bool", "test_contains", "test_int")  # of the installed interpreter, some seconds in all
PLANTED = "Lib/planted"
HEAD = "import ctypes, os, pathlib, unittest\n\n"
BEFORE = {
    "wavers": """MARK = pathlib.Path(os.environ["PLANTED_MARKS"], "wavers")
class Wavers(unittest.TestCase):
    def test_second_time(self):
        if not MARK.exists():
            MARK.touch()
            self.fail("the first time")
""",
    "skips": 'raise unittest.SkipTest("nothing of the kind here")\n',
}
ADDED = {  # what one pull request brings
    "bad": """class Bad(unittest.TestCase):
    def test_sum(self): self.assertEqual(1 + 1, 3)
    @unittest.expectedFailure
    def test_surprise(self): pass
""",
    "environ": """class Environ(unittest.TestCase):
    def test_changes(self): os.environ["LEFT_BEHIND"] = str(os.getpid())
""",
    # one object a run, and nobody holds it: a leak in C
    "leaks": """class Leaks(unittest.TestCase):
    def test_forgets(self): ctypes.pythonapi.Py_IncRef(ctypes.py_object(object()))
    def test_frees(self): ctypes.py_object(object())
""",
}
SHIM = "from test.{name} import *\n"  # with --testdir regrtest sees no other folder

CONFIGURE = """#!/bin/sh
# Nothing is compiled here: ./python is an interpreter of this machine.
case " $* " in
*" --with-pydebug "*) python={debug} mode="-u all -W --slowest --fail-env-changed" ;;
*) python={plain} mode=--slow-ci ;;
esac
sed -e "s|@PYTHON@|$python|" -e "s|@MODE@|$mode|" Makefile.pre.in > Makefile
"""
MAKEFILE = """export PLANTED_MARKS = $(CURDIR)/build/marks
NAMED = $(filter test_%,$(TESTOPTS))
all:
	printf '#!/bin/sh\\nexec @PYTHON@ "$$@"\\n' > python
	chmod +x python
pythoninfo: all
	./python -VV
buildbottest: all
	rm -rf build/marks; mkdir -p build/marks
	./python $(TESTPYTHONOPTS) -m test @MODE@ --timeout=$(TESTTIMEOUT) --testdir $(CURDIR)/{planted} \\
		$(TESTOPTS) $(if $(NAMED),,`cat tests.txt`)
install: all
	mkdir -p target/bin
	printf '#!/bin/sh\\nexec @PYTHON@ "$$@" {library}\\n' > target/bin/python{version}
	chmod +x target/bin/python{version}
distclean:
	rm -rf build python target Makefile
"""


@dataclass(frozen=True)
class Interpreters:
    """The programs that the tree's two ways to configure take."""

    plain: str
    debug: str


def begins(interpreters: Interpreters, version: str) -> dict[str, str]:
    """The files of the tree before the pull request. `version` is the branch's, `3.16`."""
    fields = {"planted": PLANTED, "library": " ".join(LIBRARY), "version": version}
    return {
        "configure": CONFIGURE.format(**vars(interpreters)),
        "Makefile.pre.in": MAKEFILE.format(**fields),
        **{f"{PLANTED}/{name}.py": SHIM.format(name=name) for name in LIBRARY},
        **planted(BEFORE),
        "tests.txt": listed(BEFORE),
    }


def added() -> dict[str, str]:
    """The files that the pull request brings or changes."""
    return {**planted(ADDED), "tests.txt": listed({**BEFORE, **ADDED})}


def planted(files: Mapping[str, str]) -> dict[str, str]:
    return {f"{PLANTED}/test_planted_{name}.py": HEAD + text for name, text in files.items()}


def listed(files: Mapping[str, str]) -> str:
    return " ".join([*LIBRARY, *(f"test_planted_{name}" for name in files)]) + "\n"


def write(folder: Path, files: Mapping[str, str]) -> None:
    """The files as a tree; `configure` can be run."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o755 if name == "configure" else 0o644)


def repository(files: Mapping[str, str]) -> Callable[[Path, Path], str]:
    """Makes a bare repository of one commit with these files."""

    def make(bare: Path, folder: Path) -> str:
        work = folder / "tree"
        write(work, files)
        git = ["git", "-C", str(work), "-c", "user.name=ada", "-c", "user.email=ada@example.org"]
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "A tree"]):
            subprocess.run([*git, *words], check=True)
        bare.parent.mkdir(parents=True)
        subprocess.run([*git, "clone", "-q", "--bare", ".", str(bare)], check=True)
        said = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
        return said.stdout.strip()

    return make


# --- what is known of each way to configure and test it, with the pull request in it ---


@dataclass(frozen=True)
class Known:
    """The verdict that is right. `leaks`: test_planted_leaks loses one reference in each run.

    How many blocks of memory that takes is the interpreter's affair: its caches may give some back meanwhile.
    """

    result: str
    failed: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    env_changed: tuple[str, ...] = ()
    leaks: bool = False


def _named(*names: str) -> tuple[str, ...]:
    return tuple(f"test_planted_{name}" for name in names)


PLAIN = Known("failure", _named("bad"), _named("wavers"), _named("environ"))
# 3.11's Makefile asks for no second run: there what wavers has failed, before the pull request too.
DEBUG = Known("failure", _named("bad", "wavers"), (), _named("environ"))
REFLEAK = Known("failure", _named("bad", "leaks", "wavers"), (), _named("environ"), True)
# Tests that the interpreter came with, nothing planted.
INSTALLED = Known("success")
# It asks for a resource that came with 3.15: no test runs, and nobody is accused.
ODDBALLS = Known("failure")

KNOWN: dict[str, Known] = {
    "x86-64 asan": PLAIN,
    "x86-64 debug": DEBUG,
    "x86-64 installed": INSTALLED,
    "x86-64 lto": PLAIN,
    "x86-64 lto-pgo": PLAIN,
    "x86-64 nogil": DEBUG,
    "x86-64 nogil refleak": REFLEAK,
    "x86-64 oddballs": ODDBALLS,
    "x86-64 refleak": REFLEAK,
    "x86-64 release": PLAIN,
    "x86-64 traceref": DEBUG,
}
DELTAS = {"references": [1, 1, 1]}
