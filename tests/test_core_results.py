"""Results of builds: stored once, together with the delivery that tells of them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from core import database, results
from core.results import Build, Builder
from core.store import Store, now

GREEN = Build(
    key="debug main/1",
    builder="debug main",
    kind="debug",
    tier=1,
    stable=True,
    branch="main",
    commit="a" * 40,
    number=1,
    result="success",
    url="http://farm/#/builders/1/builds/1",
    started="2026-11-20T10:00:00.000+00:00",
    finished="2026-11-20T10:01:00.000+00:00",
    verdict={"result": "SUCCESS", "complete": True},
)
RED = replace(GREEN, key="debug main/2", number=2, commit="b" * 40, result="failure")


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return database.connect(f"sqlite:///{tmp_path / 'camelot.db'}")


def test_a_finished_build_is_stored_once_and_told_once(engine: Engine) -> None:
    assert results.record(engine, GREEN, "branch:main")
    assert not results.record(engine, GREEN, "branch:main")
    assert results.find(engine, GREEN.key) == GREEN
    assert [delivery.payload for delivery in Store(engine).ready(now())] == [{"key": GREEN.key}]


def test_history_is_newest_first_and_latest_is_one_a_builder(engine: Engine) -> None:
    other = replace(GREEN, key="asan main/1", builder="asan main")
    for build in (GREEN, other, RED):
        results.record(engine, build, "branch:main")
    assert results.history(engine, "debug main", "main") == [RED, GREEN]
    assert results.latest(engine, "main") == {"debug main": RED, "asan main": other}
    assert results.of_commit(engine, "a" * 40) == [GREEN, other]


def test_the_farm_has_exactly_the_builders_it_said_last(engine: Engine) -> None:
    old, new = (Builder(f"debug {v}", "debug", 1, True, v, v, "http://farm/") for v in ("1.1", "1.2"))
    results.set_builders(engine, [old, new])
    results.set_builders(engine, [new])
    assert results.all_builders(engine) == [new]
    results.set_builders(engine, [])
    assert results.all_builders(engine) == []


def test_a_request_that_the_farm_took_is_not_new_any_more(engine: Engine) -> None:
    Store(engine).ask_build("push:main:abc", "main", "abc", "refleak", "a push")
    (request,) = results.new_requests(engine)
    assert (request.branch, request.commit, request.builders) == ("main", "abc", "refleak")
    results.taken(engine, request.id)
    assert results.new_requests(engine) == []
