"""A worker that is killed in the moment in which its build begins: the build is built again, every time."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from pathlib import Path

from core import results
from tests.farm_world import PATIENCE_S, Farm, until

TIMES = 4  # more than half of them meet the moment
PINGED = "ping finished: success"  # Buildbot's words, some thousandths of a second before it takes the worker for there


async def test_a_build_whose_worker_goes_away_as_it_begins_is_built_again(tmp_path: Path) -> None:
    farm = Farm(tmp_path)
    log = farm.folder / "data" / "farm" / "twistd.log"
    try:
        await farm.start()
        for turn in range(TIMES):
            size = log.stat().st_size
            farm.store.ask_build(f"turn:{turn}", "main", farm.commit, "^release ")
            await asyncio.to_thread(_kill_when_said, log, size, farm.running["local"].pid)
            await until(lambda: not farm.running["local"].alive)
            await farm.start()
            await farm.built(turn + 1)
    finally:
        await farm.stop()
        farm.engine.dispose()
    assert {build.result for build in results.of_commit(farm.engine, farm.commit)} == {"success"}


def _kill_when_said(log: Path, start: int, pid: int) -> None:
    """Kill the process as soon as the log, from `start` on, has the words; without a pause, for there is no time."""
    deadline = time.monotonic() + PATIENCE_S
    with log.open(encoding="utf-8", errors="replace") as file:
        file.seek(start)
        text = ""
        while PINGED not in text:
            assert time.monotonic() < deadline, "no build began"
            text = text[-100:] + file.read()
    os.kill(pid, signal.SIGKILL)
