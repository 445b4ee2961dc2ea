"""Judge 2: small programs print on Rabbit what CPython 3.12 printed, tracebacks and exit codes included."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.rabbit_build import SOURCE, build, shared_folder
from tests.rabbit_judges import load

hosts, snippets = load("hosts"), load("snippets")
NAMES: list[str] = snippets.names()
KNOWN = SOURCE / "Tools" / "judges" / "different.txt"  # may only lose lines
DIFFERENT = set(KNOWN.read_text(encoding="utf-8").split()) if KNOWN.exists() else set()


@pytest.fixture(scope="session")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program of the session's debug build."""
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    return build(base / "rabbit-debug", ["--with-pydebug"])


def test_there_are_enough_snippets_and_each_has_its_record() -> None:
    assert len(NAMES) >= 150
    assert [name for name in NAMES if snippets.recorded(name) is None] == []
    assert set(NAMES) >= DIFFERENT


@pytest.mark.parametrize("name", NAMES)
def test_rabbit_prints_what_cpython_printed(rabbit: Path, name: str) -> None:
    same = snippets.run(rabbit, name) == snippets.recorded(name)
    if name in DIFFERENT:
        assert not same, f"{name} is right now: take it out of {KNOWN.name}"
        pytest.xfail("on the list of those that differ")
    assert snippets.run(rabbit, name) == snippets.recorded(name)


def test_the_records_are_what_cpython_3_12_prints() -> None:
    judge = hosts.cpython("3.12")
    if judge is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: THE RECORDS OF THE SNIPPETS WERE NOT CHECKED")
    assert [name for name in NAMES if snippets.run(judge, name) != snippets.recorded(name)] == []
