"""Build and test this checkout's Rabbit with a farm of real processes, on each builder that its promises name.

python -m tests.farm_rabbit            (exit code 1 unless every one is green; logs stay in build/farm-rabbit)
python -m tests.farm_rabbit --box      the same for other machines, s390x and aarch64, on this one (build/farm-box)
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from bots.breakage import duration_s
from buildmaster import inventory
from console import repository
from core import results
from core.results import Build
from tests import cross, debian
from tests.farm_world import ROOT, Farm
from tests.rabbit_build import without_outer_make

KINDS = ("debug", "release", "asan", "ubsan", "refleak")
EMULATED = ("s390x", "aarch64")
BOX = ROOT / "workers" / "box.toml"
BUILD = ROOT / "build"
LONGEST_S = 2 * 3600.0
LOOK_S = 1.0


class RabbitFarm(Farm):
    """A farm whose repository is what the demo begins with, and nothing of what another make told us."""

    def __init__(self, folder: Path, table: Path = inventory.INVENTORY) -> None:
        names = [worker.name for worker in inventory.load(table)]
        super().__init__(folder, self._make_repository, f"inventory = {json.dumps(str(table))}\n", names)

    @property
    def environ(self) -> dict[str, str]:
        return without_outer_make(super().environ)

    def _make_repository(self, bare: Path, folder: Path) -> str:
        work = repository.make_repository(ROOT / "interpreter", self.settings, folder / "tree")
        bare.parent.mkdir(parents=True)
        subprocess.run(["git", "clone", "--quiet", "--bare", str(work), str(bare)], check=True)
        said = subprocess.run(["git", "rev-parse", "main"], cwd=bare, capture_output=True, text=True, check=True)
        return said.stdout.strip()


async def main(kinds: Sequence[str], folder: Path) -> int:
    """0 when each kind is green, 1 when one is not or time ran out, or when this machine cannot be another one."""
    try:
        for machine in sorted(set(kinds) & set(EMULATED)):
            cross.ensure(machine)
    except debian.Missing as why:
        print(why)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    farm = RabbitFarm(folder, BOX if set(kinds) & set(EMULATED) else inventory.INVENTORY)
    try:
        await farm.start()
        farm.store.ask_build("farm-rabbit", "main", farm.commit, f"^({'|'.join(kinds)}) ")
        print(
            f"building {farm.commit[:10]} on {', '.join(kinds)}; Buildbot's pages: http://127.0.0.1:{farm.web}/",
            flush=True,
        )
        builds = await _all_built(farm, len(kinds))
    finally:
        await farm.stop()
        farm.engine.dispose()
    missing = sorted(set(kinds) - {build.kind for build in builds})
    if missing:
        print(f"not built within {LONGEST_S / 60:.0f} minutes: {', '.join(missing)}")
    return 0 if not missing and all(build.result == "success" for build in builds) else 1


async def _all_built(farm: Farm, count: int) -> list[Build]:
    """The builds of the commit, each told as it ends."""
    deadline, told = time.monotonic() + LONGEST_S, 0
    builds: list[Build] = []
    while len(builds) < count and time.monotonic() < deadline:
        await asyncio.sleep(LOOK_S)
        builds = await asyncio.to_thread(results.of_commit, farm.engine, farm.commit)
        for build in builds[told:]:
            print(line(build), flush=True)
        told = len(builds)
    return builds


def line(build: Build) -> str:
    totals, files = build.verdict.get("totals") or {}, len(build.verdict.get("files") or ())
    counts = ", ".join(f"{totals[name]['run']} {name}" for name in ("tests", "files") if name in totals)
    counts = counts or (f"{files} files" if files else "")  # 3.11 counts nothing
    bad = f" at {build.failed_step}: {', '.join(build.verdict.get('failed') or ())}" if build.failed_step else ""
    return f"{build.builder:12} {build.result}{bad} ({counts or 'no tests'}; {duration_s(build) / 60:.1f} minutes)"


if __name__ == "__main__":
    os.chdir(ROOT)
    box = sys.argv[1:] == ["--box"]
    sys.exit(asyncio.run(main(EMULATED if box else KINDS, BUILD / ("farm-box" if box else "farm-rabbit"))))
