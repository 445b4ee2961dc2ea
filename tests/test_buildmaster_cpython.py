"""The CPython profile on a real farm: an installed interpreter's regrtest runs, JUnit is fetched, verdicts are right.

`make farm-cpython` tells the whole of it, with every builder, forge and bots; here are two builders.
"""

from __future__ import annotations

import gzip
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from buildmaster import junit
from tests import cpython_tree, debian, farm_world
from tests.cpython_tree import Interpreters
from tests.farm_cpython import CpythonFarm, interpreters, judged
from tests.farm_world import Farm

VERSION = "3.16"
FLAKY = """0:00:01 [1/1/1] test_a failed (1 failure)

== Tests result: FAILURE ==

1 test failed:
    test_a

0:00:02 Re-running 1 failed tests in verbose mode in subprocesses
0:00:03 [1/1] test_a passed

== Tests result: FAILURE then SUCCESS ==

1 re-run test:
    test_a

Result: FAILURE then SUCCESS
"""


@asynccontextmanager
async def running(farm: Farm) -> AsyncIterator[Farm]:
    try:
        await farm.start()
        yield farm
    finally:
        await farm.stop()
        farm.engine.dispose()


async def test_the_regrtest_of_installed_interpreters_gives_right_verdicts(tmp_path: Path) -> None:
    try:
        found: Interpreters = interpreters()
    except debian.Missing as why:
        pytest.skip(str(why))
    files = {**cpython_tree.begins(found, VERSION), **cpython_tree.added()}
    async with running(CpythonFarm(tmp_path, cpython_tree.repository(files), {})) as farm:
        farm.store.ask_build("once", "main", farm.commit, "^x86-64 (release|refleak) ")
        builds = {build.builder.rpartition(" ")[0]: build for build in await farm.built(2)}
        for name, build in builds.items():
            wrong = [what for what, right in judged(farm, name, build, cpython_tree.KNOWN[name]) if not right]
            assert wrong == []
        (bad,) = [file for file in builds["x86-64 release"].verdict["files"] if file["name"] == "test_planted_bad"]
        cases = {case["id"]: case["outcome"] for case in bad["cases"]}
        assert cases["test_planted_bad.Bad.test_sum"] == "fail"
        assert cases["test_planted_bad.Bad.test_surprise"] == "unexpected_success"  # only the JUnit file tells
        assert junit.read([kept(farm, "x86-64 release")]).cases > 50
        steps = farm.get(f"builders/x86-64%20release%20{VERSION}/builds/1/steps")["steps"]
        assert [url["name"] for step in steps for url in step["urls"]] == ["test-results.xml.gz"]


def kept(farm: Farm, builder: str) -> bytes:
    """The JUnit file beside the builder's only build, as Buildbot serves it."""
    address = f"http://127.0.0.1:{farm.web}/api/v2/builders/{builder} {VERSION}/builds/1/data/junit/value"
    with urllib.request.urlopen(address.replace(" ", "%20"), timeout=30) as answer:  # noqa: S310 (loopback)
        return gzip.decompress(answer.read())


async def test_a_junit_file_that_could_hurt_is_told_of_and_the_verdict_is_the_logs(tmp_path: Path) -> None:
    tests = "\t@cat tests.log; exit 5\n"
    files = {
        "configure": farm_world.CONFIGURE,
        "Makefile.in": "all pythoninfo distclean:\nbuildbottest:\n\t@cp bad.xml test-results.xml\n" + tests,
        "bad.xml": '<!DOCTYPE x [<!ENTITY a "b">]><testsuites>&a;</testsuites>',
        "tests.log": FLAKY,
    }
    async with running(Farm(tmp_path, cpython_tree.repository(files))) as farm:
        farm.store.ask_build("once", "main", farm.commit, "^debug ")
        (build,) = await farm.built(1)
        assert (build.result, build.failed_step) == ("warnings", ""), "what failed passed when it was run again"
        assert (build.verdict["complete"], build.verdict["flaky"]) == (True, ["test_a"])
        (step,) = [each for each in farm.get("builds/1/steps")["steps"] if each["name"] == "test"]
        logs = {each["name"]: each["logid"] for each in farm.get(f"steps/{step['stepid']}/logs")["logs"]}
        (why,) = farm.get(f"logs/{logs['junit']}/contents")["logchunks"]
        assert "declares a DOCTYPE" in str(why)
