"""Judge 3: CPython's own test files, where they are installed, run on Rabbit; what once passed never fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rabbit_build import build, shared_folder
from tests.rabbit_judges import load

ladder = load("ladder")
FILES: tuple[str, ...] = ladder.FILES


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


@pytest.mark.parametrize("name", FILES)
def test_what_passed_passes(rabbit: Path, name: str) -> None:
    tests = ladder.installed_tests()
    if tests is None:
        pytest.skip("NO CPYTHON 3.12 WITH ITS TESTS ON THIS MACHINE: THE LADDER WAS NOT CLIMBED")
    climb = ladder.run(rabbit, tests, name)
    print("newly won:", sorted(climb.passed - ladder.recorded(name)))
    assert sorted(ladder.recorded(name) - climb.passed) == [], climb.problem


def test_a_lost_id_and_a_dead_process_are_seen(rabbit: Path, tmp_path: Path) -> None:
    (tmp_path / "test_made.py").write_text(
        "import os, unittest\n"
        "class T(unittest.TestCase):\n"
        "    def test_a(self): pass\n"
        "    def test_b(self): self.fail()\n"
        "    def test_c(self): os._exit(9)\n"
    )
    climb = ladder.run(rabbit, tmp_path, "test_made")
    assert climb.passed == {"test_made.T.test_a"}
    assert climb.failed == {"test_made.T.test_b", "test_made.T.test_c"}
