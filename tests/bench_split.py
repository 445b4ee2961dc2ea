"""A hunt for leaks in this Rabbit by one worker, and the same by two on this machine: how long the tests take.

A hunt that is known to be shorter than splitstep.HELP_FROM_S is not shared: then both figures are those of one worker.

python -m tests.bench_split            (logs stay in build/bench-split; each worker runs one test at a time)
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from typing import Any

from core import results
from core.results import Build
from tests.farm_rabbit import BUILD, RabbitFarm

FOLDER = BUILD / "bench-split"
NAMES = ("one", "two")
ROW = """[[worker]]
name = "{name}"
owner = "core-dev"
tags = ["x86-64", "linux", "gcc"]
jobs = 1
"""
LOOK_S, LONGEST_S = 1.0, 1800.0
WANTED = 0.6


async def main() -> int:
    """0 when two workers found what one did; the figures are printed, and judged by whoever reads them."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    table = FOLDER / "inventory.toml"
    table.write_text("".join(ROW.format(name=name) for name in NAMES), encoding="utf-8")
    farm = RabbitFarm(FOLDER, table)
    try:
        farm.workers = NAMES[:1]
        await farm.start()
        alone = await _hunted(farm, 1)
        farm.workers = NAMES
        await farm.start()
        both = await _hunted(farm, 2)
    finally:
        await farm.stop()
        farm.engine.dispose()
    print(f"-R 3:3 over all of Rabbit's tests: one worker {alone:.0f} s, two {both:.0f} s: {both / alone:.2f} times; "
          f"wanted: <= {WANTED}")  # fmt: skip
    same = {tuple(build.verdict["leaked"]) for build in results.of_commit(farm.engine, farm.commit)}
    return 0 if len(same) == 1 else 1


async def _hunted(farm: RabbitFarm, count: int) -> float:
    """Seconds of the test step of the next whole build."""
    farm.store.ask_build(f"hunt:{count}", "main", farm.commit, "^refleak ")
    deadline = time.monotonic() + LONGEST_S
    builds: list[Build] = []
    while len(builds) < count and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        builds = await asyncio.to_thread(results.of_commit, farm.engine, farm.commit)
    if len(builds) < count:
        raise TimeoutError(f"no build within {LONGEST_S / 60:.0f} minutes: see {FOLDER}")
    build = builds[count - 1]
    print(
        f"  {build.builder} on {build.worker}: {build.result}, {build.verdict['totals']['files']['run']} files",
        flush=True,
    )
    steps = await asyncio.to_thread(_steps, farm, build.url)
    tested = next(step for step in steps if step["name"] == "test")
    return float(tested["complete_at"] - tested["started_at"])


def _steps(farm: RabbitFarm, url: str) -> list[dict[str, Any]]:
    """Those of the build with this address, `...#/builders/4/builds/1`."""
    found: list[dict[str, Any]] = farm.get(f"{url.partition('#/')[2]}/steps")["steps"]
    return found


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
