"""A hunt for leaks with CPython's own regrtest by one worker, and by two on this machine: how long the tests take.

Some of the tests of Debian's python3.11-dbg, which counts references, and one planted leak; `-R 3:3`, as the farm's
refleak builder runs them. First one worker has the whole suite, then two share it, by the times of the first.

python -m tests.bench_split            (logs stay in build/bench-split; each worker runs one test at a time)
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from core import results
from core.results import Build
from tests import cpython_tree, debian
from tests.farm_cpython import CpythonFarm, interpreters
from tests.farm_rabbit import line
from tests.farm_world import ROOT, Farm
from tests.test_buildmaster_cpython import VERSION

FOLDER = ROOT / "build" / "bench-split"
NAMES = ("one", "two")
ROW = """[[worker]]
name = "{name}"
owner = "core-dev"
tags = ["x86-64", "linux", "gcc"]
jobs = 1
"""
# Some minutes in all, none of them most of it; they need no network and end in the same way at every run.
SUITE = (
    "test_abc", "test_argparse", "test_binop", "test_bisect", "test_collections", "test_configparser",
    "test_contextlib", "test_copy", "test_csv", "test_dataclasses", "test_deque", "test_dict", "test_enum",
    "test_fractions", "test_functools", "test_generators", "test_grammar", "test_heapq", "test_json", "test_list",
    "test_operator", "test_range", "test_textwrap", "test_tuple", "test_userdict", "test_zlib",
)  # fmt: skip
PLANTED = "test_planted_leaks"
LOOK_S, LONGEST_S = 1.0, 1800.0
WANTED = 0.6


async def main() -> int:
    """0 when both hunts found the leak and nothing else; the times are judged by whoever reads them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    try:
        farm = _farm(FOLDER)
    except debian.Missing as why:
        print(f"not run: {why}")
        return 1
    try:
        alone = await _hunted(farm, 1)
        both = await _hunted(farm, 2)
    finally:
        await farm.stop()
        farm.engine.dispose()
    print(f"-R 3:3 over {len(SUITE) + 1} of CPython's test files: one worker {alone:.0f} s, two {both:.0f} s: "
          f"{both / alone:.2f} times; wanted: <= {WANTED}")  # fmt: skip
    found = [build.verdict["leaked"] for build in results.of_commit(farm.engine, farm.commit)]
    return 0 if found == [[PLANTED], [PLANTED]] else 1


def _farm(folder: Path) -> CpythonFarm:
    table = folder / "inventory.toml"
    table.write_text("".join(ROW.format(name=name) for name in NAMES), encoding="utf-8")
    begins = cpython_tree.begins(interpreters(), VERSION)
    shims = {f"{cpython_tree.PLANTED}/{name}.py": cpython_tree.SHIM.format(name=name) for name in SUITE}
    listed = {"tests.txt": f"{' '.join(SUITE)} {PLANTED}\n"}
    tree = cpython_tree.repository({**begins, **cpython_tree.added(), **shims, **listed})
    return CpythonFarm(folder, tree, {}, f'inventory = "{table}"\n', NAMES)


async def _hunted(farm: Farm, count: int) -> float:
    """Seconds of the test step of the next hunt, with as many workers."""
    farm.workers = NAMES[:count]
    await farm.start()
    farm.store.ask_build(f"hunt:{count}", "main", farm.commit, "^x86-64 refleak ")
    deadline = time.monotonic() + LONGEST_S
    builds: list[Build] = []
    while len(builds) < count and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        builds = await asyncio.to_thread(results.of_commit, farm.engine, farm.commit)
    if len(builds) < count:
        raise TimeoutError(f"no build within {LONGEST_S / 60:.0f} minutes: see {FOLDER}")
    build = builds[count - 1]
    print(f"  {line(build)}", flush=True)
    steps = await asyncio.to_thread(_steps, farm, build.url)
    tested = next(step for step in steps if step["name"] == "test")
    return float(tested["complete_at"] - tested["started_at"])


def _steps(farm: Farm, url: str) -> list[dict[str, Any]]:
    """Those of the build with this address, `...#/builders/4/builds/1`."""
    found: list[dict[str, Any]] = farm.get(f"{url.partition('#/')[2]}/steps")["steps"]
    return found


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.exit(asyncio.run(main()))
