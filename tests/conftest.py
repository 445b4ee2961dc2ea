"""What tests share: a database of each kind; and every call at the local forge is judged by GitHub's description."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests import browser as browsing
from tests import github_contract, postgres
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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A new database on PostgreSQL."""
    with postgres.fresh(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A new database in a file."""
    return f"sqlite:///{tmp_path / 'camelot.db'}"


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A new database of each kind: what holds on one holds on the other."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, started once; see tests/browser.py for what a test that uses it has to say."""
    async with browsing.launched() as started:
        yield started
