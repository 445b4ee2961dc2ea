"""The farm as real processes: requests in, results out, whatever is killed."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from core import models, outcomes, results
from tests.farm_world import PASSWORD, Farm, proposed, until

KINDS = ("asan", "debug", "refleak", "release")  # what every push gets
ALL_KINDS = (*KINDS, "ubsan")


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[Farm]:
    made = Farm(tmp_path)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


def requests(farm: Farm) -> dict[str, tuple[str, str]]:
    """State and error of each build request, by key."""
    with farm.engine.begin() as connection:
        rows = connection.execute(select(models.build_requests)).all()
    return {row.key: (row.state, row.error or "") for row in rows}


def deliveries(farm: Farm) -> list[Any]:
    with farm.engine.begin() as connection:
        return list(connection.execute(select(models.deliveries)).all())


def buildsets(farm: Farm) -> list[str]:
    return [each["external_idstring"] for each in farm.get("buildsets")["buildsets"]]


async def test_a_request_is_built_by_every_builder_of_its_branch_and_told_of_once(farm: Farm) -> None:
    assert farm.store.ask_build("push:1", "main", farm.commit)
    assert not farm.store.ask_build("push:1", "main", farm.commit), "the same request again"
    builds = {build.builder: build for build in await farm.built(4)}
    assert sorted(builds) == [f"{kind} 1.3" for kind in KINDS]
    assert {name: build.result for name, build in builds.items()} == {
        "asan 1.3": "success",
        "debug 1.3": "success",
        "refleak 1.3": "failure",
        "release 1.3": "success",
    }
    red = builds["refleak 1.3"]
    assert (red.kind, red.tier, red.stable, red.branch, red.worker, red.failed_step) == (
        "refleak", 1, True, "main", "local", "test",
    )  # fmt: skip
    assert red.verdict["leaked"] == red.verdict["failed"] == ["test_list"]
    (leaking,) = [file for file in red.verdict["files"] if file["leaks"]]
    assert leaking["leaks"] == [{"resource": "references", "deltas": [2, 2, 2]}]
    assert red.url.startswith(f"http://127.0.0.1:{farm.web}/#/builders/")
    assert builds["debug 1.3"].verdict["totals"]["tests"] == {"run": 40}
    told = deliveries(farm)
    assert sorted(row.guid for row in told) == sorted(f"build:{build.key}" for build in builds.values())
    assert {(row.source, row.event, row.subject) for row in told} == {
        ("farm", "build.finished", "branch:refs/heads/main")
    }

    # the master was killed after it had submitted a request and before it wrote that down
    with farm.engine.begin() as connection:
        connection.execute(update(models.build_requests).values(state="new"))
    farm.store.ask_build("push:2", "1.2", farm.commit, "^debug")
    await farm.built(5)
    assert requests(farm) == {"push:1": ("submitted", ""), "push:2": ("submitted", "")}
    assert buildsets(farm) == ["push:1", "push:2"]
    assert len(deliveries(farm)) == 5
    assert [row.state for row in outcomes.of_test(farm.engine, "main", "test_list")].count("refleak") == 1
    await _one_test_alone(farm)
    _no_secret_in_logs(farm)


async def _one_test_alone(farm: Farm) -> None:
    """A build that looks for a culprit runs what it is asked for, and is no result of its builder."""
    farm.store.ask_build("search:1", "1.2", farm.commit, "^debug", tests="test_list")
    await until(lambda: len(results.searched(farm.engine, "debug 1.2", [farm.commit])) == 2)
    build = results.searched(farm.engine, "debug 1.2", [farm.commit])[-1]
    assert (build.tests, build.result) == ("test_list", "success")
    assert "TESTOPTS=-j2 -u-cpu --junit-xml test-results.xml test_list\n" in (farm.folder / "environ").read_text()
    assert len(results.of_commit(farm.engine, farm.commit)) == 5
    (farm.folder / "environ").unlink()
    farm.store.ask_build("search:2", "1.2", farm.commit, "^debug", tests=results.NO_TESTS)
    await until(lambda: len(results.searched(farm.engine, "debug 1.2", [farm.commit])) == 3)
    build = results.searched(farm.engine, "debug 1.2", [farm.commit])[-1]
    assert (build.tests, build.result, build.failed_step) == (results.NO_TESTS, "success", "")
    assert not (farm.folder / "environ").exists(), "no test ran"
    assert len(results.of_commit(farm.engine, farm.commit)) == 5


def _no_secret_in_logs(farm: Farm) -> None:
    builds = [build["buildid"] for build in farm.get("builds")["builds"]]
    steps = [step for build in builds for step in farm.get(f"builds/{build}/steps")["steps"] if step["name"] == "test"]
    logs = [log["logid"] for step in steps for log in farm.get(f"steps/{step['stepid']}/logs")["logs"]]
    text = "".join(chunk["content"] for log in logs for chunk in farm.get(f"logs/{log}/contents")["logchunks"])
    assert "environ({'API_TOKEN': ***, 'HOME': ***})" in text
    assert "hunter2" not in text


async def test_a_nightly_builder_is_left_out_of_pushes_and_builds_when_it_is_named(farm: Farm) -> None:
    farm.store.ask_build("push:1", "1.2", farm.commit)
    farm.store.ask_build("asked:1", "1.2", farm.commit, "^(ubsan|debug) ")
    builds = await farm.built(6)
    await until(lambda: all(request["complete"] for request in farm.get("buildrequests")["buildrequests"]))
    names = sorted(build.builder for build in results.of_commit(farm.engine, farm.commit))
    assert names == sorted([*(f"{kind} 1.2" for kind in KINDS), "debug 1.2", "ubsan 1.2"])
    (ubsan,) = [build for build in builds if build.kind == "ubsan"]
    assert (ubsan.result, ubsan.tier, ubsan.stable) == ("success", 2, False)
    together = farm.get("builders")["builders"]
    assert len(together) > 10
    assert [farm.get(f"builders/{each['builderid']}")["builders"][0] for each in together] == together
    assert all({each["name"].split()[0], "stable"} & set(each["tags"]) for each in together)
    assert farm.get("builders/9999") is None
    named = {each["name"] for each in farm.get("schedulers")["schedulers"]}
    assert {"nightly-main", "nightly-1.2", "nightly-1.1"} <= named


async def test_what_cannot_be_built_is_refused_with_its_reason(farm: Farm) -> None:
    farm.store.ask_build("a", "1.0", farm.commit)
    farm.store.ask_build("b", "main", farm.commit, "(debug")
    farm.store.ask_build("c", "main", farm.commit, "windows")
    await until(lambda: all(state != "new" for state, _ in requests(farm).values()))
    found = requests(farm)
    assert {state for state, _ in found.values()} == {"refused"}
    assert "no builder builds the branch 1.0" in found["a"][1]
    assert "'(debug' is not a regular expression" in found["b"][1]
    assert "'windows' matches none of debug 1.3, release 1.3" in found["c"][1]
    assert buildsets(farm) == []


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
async def test_a_master_that_ends_in_the_middle_of_a_build_loses_and_doubles_nothing(
    farm: Farm, how: signal.Signals
) -> None:
    farm.gate.touch()
    farm.store.ask_build("push:1", "main", farm.commit, "^(debug|release) ")
    await until(farm.testing.exists)
    os.kill(farm.running["master"].pid, how)
    await until(lambda: not farm.running["master"].alive)
    farm.store.ask_build("push:2", "1.2", farm.commit, "^debug ")
    farm.gate.unlink()
    await farm.start()
    builds = await farm.built(3)
    await until(lambda: all(request["complete"] for request in farm.get("buildrequests")["buildrequests"]))
    assert sorted((build.builder, build.result) for build in builds) == [
        ("debug 1.2", "success"), ("debug 1.3", "success"), ("release 1.3", "success"),
    ]  # fmt: skip
    assert len(results.of_commit(farm.engine, farm.commit)) == len(deliveries(farm)) == 3
    assert buildsets(farm) == ["push:1", "push:2"]


async def test_a_worker_killed_in_the_middle_of_a_build_builds_it_again(farm: Farm) -> None:
    farm.gate.touch()
    farm.store.ask_build("push:1", "main", farm.commit, "^debug ")
    await until(farm.testing.exists)
    os.kill(farm.running["local"].pid, signal.SIGKILL)
    await until(lambda: not farm.running["local"].alive)
    farm.gate.unlink()
    await farm.start()
    await farm.built(1)
    await until(lambda: all(request["complete"] for request in farm.get("buildrequests")["buildrequests"]))
    (build,) = results.of_commit(farm.engine, farm.commit)
    assert (build.result, build.number) == ("success", 2)
    assert len(deliveries(farm)) == 1


async def test_a_build_that_ended_unrecorded_is_told_of_at_the_next_start(farm: Farm) -> None:
    farm.gate.touch()
    farm.store.ask_build("push:1", "main", farm.commit, "^debug ")
    await until(farm.testing.exists)
    with closing(sqlite3.connect(farm.folder / "data" / "camelot.db", isolation_level=None)) as somebody:
        somebody.execute("BEGIN IMMEDIATE")  # nobody else can write into our database now
        farm.gate.unlink()
        await until(lambda: farm.get("builds")["builds"][0]["complete"])
        os.kill(farm.running["master"].pid, signal.SIGKILL)
        await until(lambda: not farm.running["master"].alive)
        somebody.execute("ROLLBACK")
    assert results.of_commit(farm.engine, farm.commit) == []
    await farm.start()
    (build,) = await farm.built(1)
    assert (build.builder, build.result, build.number) == ("debug 1.3", "success", 1)
    assert len(deliveries(farm)) == 1


def versions(farm: Farm) -> set[str]:
    return {builder.version for builder in results.all_builders(farm.engine)}


async def test_the_builders_of_a_branch_go_on_the_day_it_reaches_its_end_of_life(farm: Farm) -> None:
    assert sorted(builder.name for builder in results.all_builders(farm.engine)) == sorted(
        f"{kind} {version}" for kind in ALL_KINDS for version in ("1.1", "1.2", "1.3")
    )
    farm.gate.touch()
    farm.store.ask_build("early", "1.1", farm.commit, "^(debug|asan) ")
    await until(farm.testing.exists)
    await farm.stop()
    farm.today = "2026-12-16"
    await farm.start()
    assert versions(farm) == {"1.2", "1.3"}
    farm.store.ask_build("late", "1.1", farm.commit)
    await until(lambda: requests(farm)["late"][0] == "refused")
    await until(lambda: all(request["complete"] for request in farm.get("buildrequests")["buildrequests"]))
    assert results.of_commit(farm.engine, farm.commit) == [], "nobody built it, and nobody waits for it"


async def test_a_change_of_the_registry_reaches_a_running_master(farm: Farm) -> None:
    assert versions(farm) == {"1.1", "1.2", "1.3"}
    text = farm.registry.read_text(encoding="utf-8")
    (ends,) = {branch.end_of_life for branch in farm.settings.load_registry() if branch.version == "1.1"}
    farm.registry.write_text(text.replace(f"end-of-life = {ends}", f"end-of-life = {farm.today}"), encoding="utf-8")
    os.kill(farm.running["master"].pid, signal.SIGHUP)
    await until(lambda: versions(farm) == {"1.2", "1.3"})
    farm.store.ask_build("push:1", "main", farm.commit, "^debug ")
    (build,) = await farm.built(1)
    assert (build.builder, build.result) == ("debug 1.3", "success")


async def test_the_workers_password_shows_in_no_command_line_and_in_no_build(farm: Farm) -> None:
    farm.store.ask_build("push:1", "main", farm.commit, "^debug ")
    await farm.built(1)
    lines = [Path(f"/proc/{running.pid}/cmdline").read_text(encoding="utf-8") for running in farm.running.values()]
    assert not any(PASSWORD in line for line in lines)
    seen = (farm.folder / "environ").read_text(encoding="utf-8")
    assert "BUILDBOT=1" in seen
    assert PASSWORD not in seen


async def kill_master(farm: Farm) -> None:
    os.kill(farm.running["master"].pid, signal.SIGKILL)
    await until(lambda: not farm.running["master"].alive)


@pytest.mark.row("A3", "B18")
async def test_pushes_that_follow_closely_are_built_once_though_the_master_dies_while_they_wait(tmp_path: Path) -> None:
    farm = Farm(tmp_path, more="quiet_s = 5\nrefleak_quiet_s = 5\n")
    try:
        await farm.start()
        for key in ("push:1", "push:2"):
            farm.store.ask_build(key, "main", farm.commit, pace="quick")
            farm.store.ask_build(f"{key}:slow", "main", farm.commit, pace="slow")
        await kill_master(farm)
        await farm.start()
        builds = await farm.built(4)
        assert sorted(build.kind for build in builds) == list(KINDS)
        assert sorted(buildsets(farm)) == ["push:2", "push:2:slow"]
        assert requests(farm) == {
            "push:1": ("joined", "built together with push:2"),
            "push:1:slow": ("joined", "built together with push:2:slow"),
            "push:2": ("submitted", ""),
            "push:2:slow": ("submitted", ""),
        }
    finally:
        await farm.stop()
        farm.engine.dispose()


@pytest.mark.row("B9")
async def test_a_proposed_change_is_called_off_though_the_master_dies_and_built_only_as_it_was_asked_for(
    farm: Farm,
) -> None:
    head = proposed(farm.tree, 7)
    about: dict[str, Any] = {"scope": "pull:7", "names": ("debug 1.3", "release 1.3")}
    farm.gate.touch()
    farm.store.ask_build("pull:7:1", "refs/pull/7/merge", head, **about)
    await until(farm.testing.exists)
    assert results.supersede(farm.engine, "pull:7") == 1
    await kill_master(farm)
    await farm.start()
    await until(lambda: requests(farm)["pull:7:1"][0] == "dropped")
    assert all(request["complete"] for request in farm.get("buildrequests")["buildrequests"])
    assert {build.result for build in results.of_commit(farm.engine, head)} <= {"cancelled"}
    farm.gate.unlink()

    # the forge's merge is of another commit by now: it is not built in place of the one that was asked for
    farm.store.ask_build("pull:7:2", "refs/pull/7/merge", farm.commit, scope="pull:7", names=("debug 1.3",))
    (build,) = await farm.built(1)
    assert (build.result, build.failed_step, build.verdict) == ("failure", "merge", {})
    farm.store.ask_build("pull:7:3", "refs/pull/7/merge", head, scope="pull:7", names=("debug 1.3",))
    await until(lambda: "success" in {build.result for build in results.of_commit(farm.engine, head)})
