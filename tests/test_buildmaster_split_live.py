"""A hunt for leaks on two workers, as real processes: both work, a leak shows early, one of them may be killed."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from buildmaster.splitstep import MANY_WORKERS
from core import models, results, standings
from tests.backport_facts import build
from tests.cpython_tree import repository
from tests.farm_world import CONFIGURE, Farm, until

NAMES = [f"test_{letter}" for letter in "abcdef"]
INVENTORY = """[[worker]]
name = "{name}"
owner = "core-dev"
tags = ["x86-64", "linux", "gcc"]
"""
MAKEFILE = """all pythoninfo distclean:
buildbottest:
	@sh run.sh $(TESTOPTS)
"""
# Runs what it is given, one after the other; a test waits as long as the file hold-NAME lies beside the repository.
RUN = """echo "$*" >> {folder}/asked
case "$*" in *--list-tests*) printf '%s\\n' {names}; exit 0;; esac
case "$*" in *--list-cases*)
    for place in `seq 60`; do printf "test.test_c.%s.test_$place\\n" Alpha Beta; done; exit 0;; esac
count=0; for word; do case $word in test_*) count=$((count + 1));; esac; done
at=0; code=0; failed=
echo "0:00:00 load avg: 0.50 Run $count tests in parallel using 2 worker processes (timeout: 45 min)"
for word; do case $word in test_*)
    at=$((at + 1))
    if test $word = test_a; then
        echo "0:00:01 load avg: 0.50 [$at/$count/1] test_a failed (reference leak)"
        echo "test_a leaked [1, 1, 1] references, sum=3"
        code=2; failed=test_a
    fi
    pwd > {folder}/running-$word.new; mv {folder}/running-$word.new {folder}/running-$word
    while test -e {folder}/hold-$word; do sleep 0.05; done
    test $word = test_a || echo "0:00:01 load avg: 0.50 [$at/$count] $word passed"
    echo $word >> {folder}/done
esac; done
echo; echo "== Tests result: $(test $code = 0 && echo SUCCESS || echo FAILURE) =="; echo
echo "10 slowest tests:"; for word; do case $word in test_*) echo "- $word: 2.5 sec";; esac; done; echo
test -z "$failed" || printf '1 test failed:\\n    test_a\\n\\n'
echo "Total tests: run=$count"; echo "Total test files: run=$count/$count"
echo "Result: $(test $code = 0 && echo SUCCESS || echo FAILURE)"
exit $code
"""


class Workers(Farm):
    """A farm with these workers, whose tests are those of RUN."""

    def __init__(self, folder: Path, names: Sequence[str] = ("local", "second")) -> None:
        table = folder / "inventory.toml"
        table.write_text("".join(INVENTORY.format(name=name) for name in names), encoding="utf-8")
        run = RUN.format(names=" ".join(NAMES), folder=folder)
        tree = repository({"configure": CONFIGURE, "Makefile.in": MAKEFILE, "run.sh": run})
        super().__init__(folder, tree, f'inventory = "{table}"\n', names)

    async def stop(self) -> None:
        for held in self.folder.glob("hold-*"):
            held.unlink()
        await super().stop()

    def worker_of(self, test: str) -> str:
        """Who runs a test, by the folder that it runs in."""
        place = (self.folder / f"running-{test}").read_text(encoding="utf-8")
        return next(name for name in self.workers if f"{self.folder}/worker-{name}/" in place)


@pytest.fixture
async def farm(tmp_path: Path) -> AsyncIterator[Workers]:
    made = Workers(tmp_path)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()
        made.engine.dispose()


def early(farm: Farm) -> Any:
    """The leaks that the asking build has told of so far."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{farm.web}/api/v2/builds/1/data/leaks/value", timeout=10
        ) as answer:  # noqa: S310
            return json.load(answer)
    except OSError:
        return None


def so_far(farm: Farm) -> list[dict[str, str]]:
    """What pages show of the builds that run."""
    return [each for worker in standings.workers(farm.engine) for build in worker["doing"] for each in build["so_far"]]


@pytest.mark.parametrize("killed", ["nobody", "helper", "asker"])
async def test_two_workers_share_a_hunt_and_one_row_tells_of_it_whoever_is_killed(farm: Workers, killed: str) -> None:
    for name in ("test_a", "test_b"):
        (farm.folder / f"hold-{name}").touch()
    farm.store.ask_build("once", "main", farm.commit, "^refleak ")
    await until(lambda: all((farm.folder / f"running-{name}").exists() for name in ("test_a", "test_b")))
    asker, helper = farm.worker_of("test_a"), farm.worker_of("test_b")
    assert asker != helper, "both work at once"
    await until(lambda: early(farm) == {"test_a": {"references": [1, 1, 1]}})
    await until(lambda: so_far(farm) == [{"test": "test_a", "what": "leaked [1, 1, 1] references"}])
    assert results.of_commit(farm.engine, farm.commit) == [], "and the build goes on"
    victim = {"helper": helper, "asker": asker}.get(killed)
    if victim:
        os.kill(farm.running[victim].pid, signal.SIGKILL)
        await until(lambda: not farm.running[victim].alive)
    for name in ("test_a", "test_b"):
        (farm.folder / f"hold-{name}").unlink()
    if killed == "asker":
        await farm.start()  # its build is built again by whoever is free, and goes on with what is done already
    (hunt,) = await farm.built(1)
    assert (hunt.result, hunt.failed_step, hunt.tests) == ("failure", "test", "")
    verdict = hunt.verdict
    assert (verdict["complete"], verdict["failed"], verdict["leaked"]) == (True, ["test_a"], ["test_a"])
    assert sorted(file["name"] for file in verdict["files"]) == NAMES
    assert {file["duration_s"] for file in verdict["files"]} == {2.5}, "the next hunt knows how long each takes"
    await until(lambda: all(request["complete"] for request in farm.get("buildrequests")["buildrequests"]))
    assert len(results.of_commit(farm.engine, farm.commit)) == 1
    with farm.engine.begin() as connection:
        assert len(connection.execute(select(models.builds)).all()) == 1, "helpers are no builds of their own"


@pytest.mark.parametrize("back", ["both", "one"])
async def test_a_killed_master_goes_on_with_a_hunt_where_it_was(farm: Workers, back: str) -> None:
    """What was done is kept, of whole files as of single classes, and nothing of it is done again."""
    remember(farm, {name: 100.0 if name == "test_c" else 20.0 for name in NAMES})
    (farm.folder / "hold-test_f").touch()
    farm.store.ask_build("once", "main", farm.commit, "^refleak ")
    await until(lambda: _kept(farm) == {"test_a", "test_b", "test_c Alpha", "test_c Beta", "test_d", "test_e"})
    os.kill(farm.running["master"].pid, signal.SIGKILL)
    await until(lambda: not farm.running["master"].alive)
    (farm.folder / "hold-test_f").unlink()
    if back == "one":
        await farm.running.pop("second").stop()
        farm.workers = ("local",)
    await farm.start()
    (hunt,) = await farm.built(1)
    verdict = hunt.verdict
    assert (hunt.result, verdict["complete"], verdict["leaked"]) == ("failure", True, ["test_a"])
    assert sorted(file["name"] for file in verdict["files"]) == NAMES
    done = (farm.folder / "done").read_text(encoding="utf-8").split()
    assert sorted(set(done)) == NAMES
    assert sorted(name for name in done if name != "test_f") == [
        "test_a",
        "test_b",
        "test_c",
        "test_c",
        "test_d",
        "test_e",
    ]
    assert verdict["totals"]["files"] == {"run": 6, "run_of": 6}
    await until(lambda: _kept(farm) == set())


async def test_a_hunt_goes_on_where_nothing_can_be_written_down(farm: Workers) -> None:
    with farm.engine.begin() as connection:
        models.hunt_parts.drop(connection)
    farm.store.ask_build("once", "main", farm.commit, "^refleak ")
    (hunt,) = await farm.built(1)
    assert (hunt.result, hunt.failed_step, hunt.verdict["leaked"]) == ("failure", "test", ["test_a"])
    assert sorted(file["name"] for file in hunt.verdict["files"]) == NAMES


def remember(farm: Farm, seconds: Mapping[str, float]) -> None:
    """An earlier hunt of the builder took so long for each test."""
    files = [{"name": name, "state": "passed", "duration_s": took_s} for name, took_s in seconds.items()]
    earlier = build(number=900, commit="0" * 40)
    earlier = replace(earlier, builder="refleak 1.3", branch="main", verdict={"complete": True, "files": files})
    assert results.record(farm.engine, earlier, "branch:refs/heads/main")


def _kept(farm: Farm) -> set[str]:
    """The test files, or classes of them, that are written down as done."""
    with farm.engine.begin() as connection:
        rows = connection.execute(select(models.hunt_parts.c.pieces)).scalars()
        return {" ".join(piece) for pieces in rows for piece in pieces}


async def test_a_file_that_is_too_long_for_one_worker_is_split_by_class(farm: Workers) -> None:
    remember(farm, {name: 100.0 if name == "test_c" else 1.0 for name in NAMES})
    farm.store.ask_build("once", "main", farm.commit, "^refleak ")
    (hunt,) = await farm.built(1)
    assert (hunt.verdict["complete"], hunt.verdict["leaked"]) == (True, ["test_a"])
    assert sorted(file["name"] for file in hunt.verdict["files"]) == NAMES
    asked = (farm.folder / "asked").read_text(encoding="utf-8").splitlines()
    assert sorted(words.split("-m ", 1)[1] for words in asked if "-m " in words) == [
        "*.Alpha.* test_c",
        "*.Beta.* test_c",
    ]


async def test_many_workers_part_what_nobody_has_timed_by_the_number_of_its_cases(tmp_path: Path) -> None:
    farm = Workers(tmp_path, [f"worker-{number}" for number in range(MANY_WORKERS)])
    try:
        await farm.start()
        farm.store.ask_build("once", "main", farm.commit, "^refleak ")
        (hunt,) = await farm.built(1)
    finally:
        await farm.stop()
        farm.engine.dispose()
    assert (hunt.verdict["complete"], hunt.verdict["leaked"]) == (True, ["test_a"])
    assert sorted(file["name"] for file in hunt.verdict["files"]) == NAMES
    parted = [words for words in (tmp_path / "asked").read_text(encoding="utf-8").splitlines() if "-m " in words]
    assert sorted(words.split("-m ", 1)[1] for words in parted) == ["*.Alpha.* test_c", "*.Beta.* test_c"]


async def test_a_hunt_that_is_known_to_be_short_is_not_shared(farm: Workers) -> None:
    """The others would compile for longer than it takes."""
    remember(farm, dict.fromkeys(NAMES, 2.0))
    farm.store.ask_build("once", "main", farm.commit, "^refleak ")
    await farm.built(1)
    (asked,) = (farm.folder / "asked").read_text(encoding="utf-8").splitlines()
    assert "-R 3:3" in asked and "test_" not in asked, "the whole suite at once, not listed and not parted"
    assert len(farm.get("buildrequests")["buildrequests"]) == 1, "nobody was asked for help"
