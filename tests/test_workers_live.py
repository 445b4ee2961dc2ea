"""Workers as real processes with real builds: signals and memory of what they start, and a death in mid-build."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select

from console import service
from console.service import Running, Service
from core import models, outcomes, results
from tests.cpython_tree import repository
from tests.farm_world import GOOD, PATIENCE_S, ROOT, Farm, proposed, until

LIMIT_MIB = 200
INVENTORY = """[[worker]]
name = "{name}"
owner = "core-dev"
tags = ["x86-64", "linux", "gcc"]
"""
HUNGRY = "import time; kept = [bytearray(8 << 20) for _ in range(256)]; time.sleep(600)"
# What a step sees of signals; a child of it that takes 2 GiB of memory, and is outlived by its parent.
MAKEFILE = """all pythoninfo distclean:
buildbottest:
	@grep '^SigIgn' /proc/self/status > {folder}/signals
	@{python} -c '{hungry}'; echo $$? > {folder}/code
	@cat tests.log
"""
# Tells whose folder it is in, and waits as long as that worker is held.
HELD = """all pythoninfo distclean:
buildbottest:
	@name=$$(basename $$(dirname $$(dirname $$(pwd)))); echo $$name >> {folder}/began; \\
	while test -e {folder}/hold-$$name; do sleep 0.05; done; cat tests.log
"""
IGNORING = (
    "import os, signal, sys;"
    "[signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)];"
    "os.execv(sys.executable, [sys.executable, '-m', 'console', 'worker', *sys.argv[1:]])"
)


class Workers(Farm):
    """A farm with the named workers, each in a folder of its own name; `makefile` is what its tree does."""

    def __init__(self, folder: Path, makefile: str, names: tuple[str, ...], *options: str) -> None:
        self.names, self.options = names, options
        table = folder / "inventory.toml"
        table.write_text("".join(INVENTORY.format(name=name) for name in names), encoding="utf-8")
        files = {
            "configure": "#!/bin/sh\ncp Makefile.in Makefile\n",
            "Makefile.in": makefile.format(folder=folder, python=sys.executable, hungry=HUNGRY),
            "tests.log": GOOD,
        }
        super().__init__(folder, repository(files), more=f'inventory = "{table}"\n')

    async def start(self) -> None:
        for name in ("master", *self.names):
            if name not in self.running or not self.running[name].alive:
                self.running[name] = await self._start(name)
        await until(lambda: self.connected() == set(self.names))

    async def stop(self) -> None:
        for held in self.folder.glob("hold-*"):
            held.unlink()
        for name in (*self.names, "master"):
            if name in self.running:
                await self.running.pop(name).stop()
        self.engine.dispose()

    async def _start(self, name: str) -> Running:
        if name == "master":
            return await super()._start(name)
        where = ("--name", name, "--master", f"127.0.0.1:{self.port}", "--basedir", str(self.folder / name))
        command = (sys.executable, "-c", IGNORING, *where, *self.options)
        what = Service(name, command, partial(self._has_worker, name), PATIENCE_S)
        return await asyncio.to_thread(service.start, what, self.environ, self.folder / f"{name}.log", ROOT)

    def connected(self) -> set[str]:
        found = self.get("workers")
        return {worker["name"] for worker in found["workers"] if worker["connected_to"]} if found else set()

    async def half_built(self) -> tuple[str, str]:
        """A build has begun and is held: the worker that has it, and the one that has nothing to do."""
        for name in self.names:
            (self.folder / f"hold-{name}").touch()
        await self.start()
        self.store.ask_build("push:1", "main", self.commit, "^debug ")
        await until(self.began)
        (first,) = self.began()
        (second,) = {*self.names} - {first}
        return first, second

    def told(self) -> list[str]:
        """The deliveries that those who make notices hear of."""
        with self.engine.begin() as connection:
            return [row.guid for row in connection.execute(select(models.deliveries))]

    def began(self) -> list[str]:
        """Whose tests have begun, in order."""
        file = self.folder / "began"
        return file.read_text(encoding="utf-8").split() if file.exists() else []


@pytest.mark.row("B13")
async def test_a_build_has_ordinary_signals_and_a_process_that_eats_memory_ends_alone(tmp_path: Path) -> None:
    """The worker itself is started with interrupts ignored, as a shell does with `&`."""
    farm = Workers(tmp_path, MAKEFILE, ("local",), "--memory-mib", str(LIMIT_MIB))
    try:
        await farm.start()
        worker = farm.running["local"].pid
        farm.store.ask_build("push:1", "main", farm.commit, "^debug ")
        (build,) = await farm.built(1)
        ignored = int((tmp_path / "signals").read_text(encoding="ascii").split()[1], 16)
        wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGPIPE, signal.SIGHUP)
        assert [name for name in wanted if ignored >> (name - 1) & 1] == []
        killed = int((tmp_path / "code").read_text(encoding="ascii"))
        assert killed == 128 + signal.SIGKILL, "the kernel's or our own kill, as a shell tells it"
        assert (build.result, build.worker) == ("success", "local"), "only that process ended"
        await _the_next_builder_borrows(farm)
        log = (tmp_path / "local" / "twistd.log").read_text(encoding="utf-8")
        lines = [line for line in log.splitlines() if "process ended pid=" in line]
        assert lines
        assert all(f"limit_mib={LIMIT_MIB}" in line for line in lines)
        assert (farm.running["local"].pid, farm.running["local"].alive) == (worker, True)
    finally:
        await farm.stop()


async def _the_next_builder_borrows(farm: Workers) -> None:
    """A second builder's trees: their objects lie in the mirror that the worker made of what the first came from."""
    farm.store.ask_build("push:2", "main", farm.commit, "^release ")
    builds = await farm.built(2)
    assert {build.result for build in builds} == {"success"}
    (mirror,) = (farm.folder / "local" / "mirrors").glob("*.git")
    head = proposed(farm.tree, 7)
    farm.store.ask_build("pull:7", "refs/pull/7/merge", head, scope="pull:7", names=("release 1.3",))
    await until(lambda: {build.result for build in results.of_commit(farm.engine, head)} == {"success"})
    for name in ("build", "proposed"):
        tree = farm.folder / "local" / "release_1_3" / name
        borrowed = (tree / ".git" / "objects" / "info" / "alternates").read_text(encoding="utf-8")
        assert Path(borrowed.strip()) == mirror / "objects"
        assert (tree / "Makefile").exists(), "and it was built in"


@pytest.mark.row("B13")
async def test_a_build_whose_worker_dies_is_made_by_another_and_nothing_false_is_told(tmp_path: Path) -> None:
    farm = Workers(tmp_path, HELD, ("one", "two"))
    try:
        first, second = await farm.half_built()
        os.kill(farm.running[first].pid, signal.SIGKILL)
        await until(lambda: farm.began() == [first, second])
        assert results.of_commit(farm.engine, farm.commit) == [], "the death of a worker is no result of a commit"
        (tmp_path / f"hold-{second}").unlink()
        await farm.built(1)
        await until(lambda: all(request["complete"] for request in farm.get("buildrequests")["buildrequests"]))
        (build,) = results.of_commit(farm.engine, farm.commit)
        assert (build.result, build.worker, build.number) == ("success", second, 2)
        assert farm.told() == [f"build:{build.key}"], "those who make notices hear of one build alone"
        assert {row.state for row in outcomes.of_test(farm.engine, "main", "test_int")} == {"passed"}
    finally:
        await farm.stop()
