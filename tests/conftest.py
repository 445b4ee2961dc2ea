"""Every test that drives the local forge is judged by GitHub's published description, when that can be had."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import github_contract
from tests.octokit import Missing


def pytest_addoption(parser: pytest.Parser) -> None:
    said = "run tests/test_forge_live.py against a scratch repository on GitHub too (see there for what it needs)"
    parser.addoption("--github-live", action="store_true", help=said)


@pytest.fixture(autouse=True)
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which every forge of this test keeps its record; what drifts from GitHub fails the test."""
    folder, before = tmp_path_factory.mktemp("record"), os.environ.get("FORGE_RECORD")
    os.environ["FORGE_RECORD"] = str(folder)
    try:
        yield folder
    finally:
        os.environ.pop("FORGE_RECORD") if before is None else os.environ.update(FORGE_RECORD=before)
    lines = list(github_contract.read(folder))
    if not lines:
        return
    try:
        said = github_contract.judge(lines)
    except Missing:
        return  # tests/test_forge_contract.py is skipped and says why
    if said:
        pytest.fail("drifts from GitHub's description:\n" + "\n".join(said), pytrace=False)
