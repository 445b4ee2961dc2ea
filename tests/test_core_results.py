"""Results of builds: stored once, together with the delivery that tells of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from core import database, heard, models, results
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


def states(engine: Engine) -> dict[str, tuple[str, str]]:
    with engine.begin() as connection:
        rows = connection.execute(select(models.build_requests)).all()
    return {row.key: (row.state, row.error) for row in rows}


@pytest.mark.row("B9", "B18")
def test_a_request_tells_what_it_waits_for_whom_it_names_and_what_supersedes_it(engine: Engine) -> None:
    Store(engine).ask_build("push:1", "main", "abc", pace="slow")
    Store(engine).ask_build("pull:7:1", "refs/pull/7/merge", "abc", scope="pull:7", names=("debug 1.3", "asan 1.3"))
    push, pull = results.new_requests(engine)
    assert (push.pace, push.scope, push.names) == ("slow", "", ())
    assert (pull.pace, pull.scope, pull.names) == ("", "pull:7", ("debug 1.3", "asan 1.3"))
    assert datetime.fromisoformat(push.asked) <= datetime.fromisoformat(pull.asked)
    results.join(engine, [push.id], "push:2")
    results.pass_over(engine, pull.id)
    assert states(engine) == {"push:1": ("joined", "built together with push:2"), "pull:7:1": ("empty", "")}


@pytest.mark.row("B9")
def test_other_commits_of_the_same_scope_are_superseded_and_a_farm_that_takes_one_late_changes_nothing(
    engine: Engine,
) -> None:
    store = Store(engine)
    for key, commit, scope in (("a", "1", "pull:7"), ("b", "2", "pull:7"), ("c", "1", "pull:8"), ("d", "1", "")):
        store.ask_build(key, "refs/pull/7/merge", commit, scope=scope)
    (first, second, *_) = results.new_requests(engine)
    assert results.supersede(engine, "pull:7", "2") == 1
    results.taken(engine, first.id)  # the farm had read the row before
    results.taken(engine, second.id)
    assert {key: state for key, (state, _) in states(engine).items()} == {
        "a": "superseded", "b": "submitted", "c": "new", "d": "new",
    }  # fmt: skip
    assert [each.key for each in results.superseded(engine)] == ["a"]
    results.called_off(engine, first.id, anything=True)
    assert results.supersede(engine, "pull:7") == 1, "the end of a pull request supersedes its last commit too"
    results.called_off(engine, second.id, anything=False)
    assert (states(engine)["a"][0], states(engine)["b"][0]) == ("dropped", "submitted")


@pytest.mark.row("B9")
def test_the_head_when_somebody_commented_is_the_last_that_we_had_heard_of(database_url: str) -> None:
    engine, about = database.connect(database_url), "pull:7"
    store = Store(engine)

    def hear(guid: str, event: str, **payload: object) -> None:
        store.keep(guid, "github", event, about, payload)

    hear("1", "pull_request.opened", pull_request={"number": 7, "head": {"sha": "a"}})
    hear("2", "pull_request.recheck", pull_request={"number": 7})
    hear("3", "issue_comment.created", comment={"id": 11}, issue={"number": 7})
    hear("4", "pull_request.synchronize", pull_request={"number": 7, "head": {"sha": "b"}}, before="a")
    hear("5", "issue_comment.created", comment={"id": 12}, issue={"number": 7})
    assert heard.head_at(engine, about, 11) == "a"
    assert heard.head_at(engine, about, 12) == "b"
    assert heard.head_at(engine, about, 13) == "", "nobody said that"
    store.keep("6", "github", "issue_comment.created", "pull:8", {"comment": {"id": 14}, "issue": {"number": 8}})
    assert heard.head_at(engine, "pull:8", 14) == "", "we had heard of no commit"
    store.keep("7", "github", "pull_request.synchronize", "pull:8", {"pull_request": {"number": 8}, "before": "z"})
    assert heard.head_at(engine, "pull:8", 14) == "z", "and learn from the push that came behind it"
    store.close()
