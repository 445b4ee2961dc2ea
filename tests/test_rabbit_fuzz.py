"""Judge 4: Rabbit and CPython 3.12 agree about programs that nobody wrote. `make fuzz-rabbit` looks for longer."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesmith
import pytest

from tests.rabbit_build import build, shared_folder
from tests.rabbit_judges import load

fuzz, hosts = load("fuzz"), load("hosts")
SEED = 312


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    judge = hosts.cpython("3.12")
    if judge is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: NOTHING WAS COMPARED WITH IT")
    base = shared_folder(tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER"))
    both = fuzz.Pair(build(base / "rabbit-debug", ["--with-pydebug"]), judge)
    yield both
    both.close()


def test_generated_programs_and_broken_ones_are_read_alike(pair: Any) -> None:
    found = {
        source: told
        for source in itertools.islice(fuzz.programs(SEED), 80)
        if (told := pair.difference("parse", source)) is not None
    }
    assert found == {}


def test_programs_of_hypothesmith_are_read_alike(pair: Any) -> None:
    assert fuzz.hunt(pair, "parse", hypothesmith.from_node(), SEED, 30) is None


def test_expressions_have_the_same_value_or_raise_the_same_type(pair: Any) -> None:
    assert fuzz.hunt(pair, "value", fuzz.EXPRESSIONS, SEED, 400) is None


def test_a_difference_a_crash_and_a_hang_would_be_seen(tmp_path: Path) -> None:
    """A program that lies, dies and sleeps in Rabbit's place."""
    judge = hosts.cpython("3.12")
    if judge is None:
        pytest.skip("NO CPYTHON 3.12 ON THIS MACHINE: NOTHING WAS COMPARED WITH IT")
    liar = tmp_path / "liar"
    liar.write_text(
        "#!/usr/bin/env python3\nimport os, sys\n"
        "for line in sys.stdin:\n"
        "    if 'die' in line: os.abort()\n"
        '    print(\'{"said": "5"}\', flush=True)\n'
    )
    liar.chmod(0o755)
    both = fuzz.Pair(liar, judge)
    try:
        assert both.difference("value", "2 + 3") is None
        assert both.difference("value", "2 + 4") == "CPython says ...6, Rabbit says ...5"
        assert both.difference("value", "'die'") == "CPython says ...'die', Rabbit dies: exit code -6"
        assert both.difference("value", "5") is None, "it is started again"
        assert both.difference("value", "1 / 0") == "CPython raises ZeroDivisionError, Rabbit says ...5"
    finally:
        both.close()
