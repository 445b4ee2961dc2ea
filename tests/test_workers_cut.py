"""A worker whose network goes away in the middle of a build: each process is in a network of its own."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console import service
from console.service import Running, Service
from core import results
from tests import debian
from tests.farm_world import PATIENCE_S, ROOT, until
from tests.test_workers_live import HELD, Workers

SILENT_S = 4
ASK = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())"
MASTER = "10.77.0.1"
NAMES = ("one", "two")


class Networks:
    """A network for the master and one for each worker, joined by a cable each; nothing of it is on this machine's."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def name(self, of: str) -> str:
        return f"camelot-{os.getpid()}-{of}"

    def build(self) -> None:
        for of in ("master", *NAMES):
            _ip("netns", "add", self.name(of))
            self.made.append(of)
            _ip("-n", self.name(of), "link", "set", "lo", "up")
        for number, of in enumerate(NAMES):
            here, there, cable = f"10.77.{number}.1/24", f"10.77.{number}.2/24", f"to-{of}"
            peer = ("peer", "name", "uplink", "netns", self.name(of))
            _ip("-n", self.name("master"), "link", "add", cable, "type", "veth", *peer)
            for at, device, address in (("master", cable, here), (of, "uplink", there)):
                _ip("-n", self.name(at), "address", "add", address, "dev", device)
                _ip("-n", self.name(at), "link", "set", device, "up")
            _ip("-n", self.name(of), "route", "add", "default", "via", here.removesuffix("/24"))

    def cut(self, of: str) -> None:
        _ip("-n", self.name(of), "link", "set", "uplink", "down")

    def mend(self, of: str) -> None:
        _ip("-n", self.name(of), "link", "set", "uplink", "up")
        _ip("-n", self.name(of), "route", "replace", "default", "via", f"10.77.{NAMES.index(of)}.1")

    def remove(self) -> None:
        for of in self.made:
            _ip("netns", "delete", self.name(of))


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def networks() -> Iterator[Networks]:
    if os.geteuid() != 0:
        pytest.skip("NO LINE WAS CUT: networks of our own need root")
    try:
        debian.ensure("program ip", ("iproute2",), lambda: shutil.which("ip") is not None)
    except debian.Missing as why:
        pytest.skip(f"NO LINE WAS CUT: {why}")
    made = Networks()
    try:
        made.build()
    except subprocess.CalledProcessError as error:
        made.remove()
        pytest.skip(f"NO LINE WAS CUT: this machine makes no networks: {error.stderr.decode().strip()}")
    yield made
    made.remove()


class Scattered(Workers):
    """The farm of `Workers` with each process in its own network."""

    def __init__(self, folder: Path, networks: Networks) -> None:
        self.networks = networks
        super().__init__(folder, HELD, NAMES)
        with (folder / "camelot.toml").open("a", encoding="utf-8") as config:
            config.write(f'web_host = "{MASTER}"\nworker_silent_s = {SILENT_S}\n')

    async def _start(self, name: str) -> Running:
        where = ("--name", name, "--master", f"{MASTER}:{self.port}", "--basedir", str(self.folder / name))
        arguments = ("buildmaster",) if name == "master" else ("worker", *where)
        command = ("ip", "netns", "exec", self.networks.name(name), sys.executable, "-m", "console", *arguments)
        what = Service(name, command, self._answers, PATIENCE_S)
        running = await asyncio.to_thread(service.start, what, self.environ, self.folder / f"{name}.log", ROOT)
        self.running[name] = running
        await running.wait_ready()
        return running

    def get(self, path: str) -> Any:
        command = ["ip", "netns", "exec", self.networks.name("master"), sys.executable, "-c", ASK]
        url = f"http://{MASTER}:{self.web}/api/v2/{path}"
        done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None


@pytest.mark.row("B13")
async def test_a_build_whose_worker_is_cut_off_is_made_by_another_and_nothing_false_is_told(
    tmp_path: Path, networks: Networks
) -> None:
    farm = Scattered(tmp_path, networks)
    try:
        first, second = await farm.half_built()
        networks.cut(first)
        await until(lambda: farm.began() == [first, second])
        assert farm.running[first].alive, "it was not the worker that ended, but its line"
        assert results.of_commit(farm.engine, farm.commit) == [], "a cut line is no result of a commit"
        (tmp_path / f"hold-{second}").unlink()
        await farm.built(1)
        networks.mend(first)
        await until(lambda: farm.connected() == set(NAMES))
        (build,) = results.of_commit(farm.engine, farm.commit)
        assert (build.result, build.worker, build.number) == ("success", second, 2)
        assert farm.told() == [f"build:{build.key}"], "those who make notices hear of one build alone"
    finally:
        await farm.stop()
