"""Acknowledging and carrying out, beside the floor of this machine, in the same run. `make bench-bots`.

Each figure is printed with what it is held against: the floor measured here, and bedevere's own (measured once, on a
machine like this one: 15-20 events a second, 5-6.6 s to an answer at a hundred in flight).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from console.bench import standin
from core import database
from core.store import Store

SECRET = "bench"  # noqa: S105  (it guards nothing)
BODY_BYTES = 22_500  # GitHub's own example of an opened pull request
START_S = 60.0
CARRIED = 600  # events whose effects are carried out
VERIFIED_MS = 0.014  # verifying a body, on the machine where the peers were measured
FAST = "[github]\ncontent_gap_s = 0.0\ncontent_a_minute = 1000000\ncontent_an_hour = 1000000\n"

_numbers = count(1)


@contextmanager
def started(*command: str, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process of ours; it ends with the block, whatever happens in it."""
    process = subprocess.Popen(command, env={**os.environ, **env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def port_of(file: Path) -> int:
    deadline = time.monotonic() + START_S
    while not file.exists() or not file.read_text():
        if time.monotonic() > deadline:
            raise RuntimeError(f"nothing listened within {START_S:.0f} s")
        time.sleep(0.02)
    return int(file.read_text())


@contextmanager
def stand_in(folder: Path, delay_s: float = 0.0) -> Iterator[str]:
    file = folder / f"standin-{next(_numbers)}"
    with started(sys.executable, "-m", "console.bench.standin", str(file), str(delay_s)):
        yield f"http://127.0.0.1:{port_of(file)}"


@contextmanager
def floor(folder: Path) -> Iterator[str]:
    file = folder / f"floor-{next(_numbers)}"
    with started(sys.executable, "-m", "console.bench.floor", str(file), f"{file}.db", SECRET):
        yield f"http://127.0.0.1:{port_of(file)}"


@contextmanager
def bots(folder: Path, api: str) -> Iterator[tuple[str, subprocess.Popen[str], str]]:
    """The real command. Gives its address, its process, and its database."""
    data = folder / f"bots-{next(_numbers)}"
    data.mkdir()
    (data / "settings.toml").write_text(FAST)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    env = {
        **os.environ, "CAMELOT_DATA": str(data), "CAMELOT_CONFIG": str(data / "settings.toml"),
        "CAMELOT_TODAY": "2026-11-20", "GITHUB_API_URL": api, "GITHUB_WEB_URL": api, "GITHUB_GIT_URL": api,
        "GITHUB_APP_ID": "1", "GITHUB_APP_PRIVATE_KEY": key.decode(), "GITHUB_WEBHOOK_SECRET": SECRET,
        "GITHUB_REPOSITORY": "rabbit/rabbit",
    }  # fmt: skip
    command = [sys.executable, "-m", "console", "bots", "--host", "127.0.0.1", "--port", "0"]
    with (data / "log").open("w") as log:
        process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout  # noqa: S101
    line = process.stdout.readline()
    try:
        if not line.startswith("bots ready "):
            raise RuntimeError(f"the bots did not start: {(data / 'log').read_text()[-2000:]}")
        yield line.split()[-1], process, f"sqlite:///{data / 'camelot.db'}"
    finally:
        process.kill()
        process.wait()


def delivery(event: str, number: int) -> tuple[bytes, dict[str, str]]:
    """A signed delivery of GitHub's usual size."""
    payload: dict[str, Any] = {
        "action": "opened",
        "pull_request": standin.pull(number),
        "sender": standin.USER,
        "x": "",
    }
    payload["x"] = "x" * max(0, BODY_BYTES - len(json.dumps(payload)))
    body = json.dumps(payload).encode()
    return body, {
        "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
        "X-GitHub-Delivery": f"bench-{number}",
        "X-GitHub-Event": event,
    }


class Driver:
    """Sends deliveries and takes the times of their answers. `rests`: before each, all that came before is done."""

    def __init__(self, url: str, event: str, rests: bool = False) -> None:
        self._bots, self._url, self._event, self._rests = url, f"{url}/github/webhook", event, rests
        self.acknowledged: list[str] = []

    async def run(self, total: int, in_flight: int) -> list[float]:
        """Seconds until each answer."""
        sent = [delivery(self._event, next(_numbers)) for _ in range(total)]
        times: list[float] = []
        queue = iter(sent)
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector) as session:
            await asyncio.gather(*(self._one(session, queue, times) for _ in range(in_flight)))
        return times

    async def _one(self, session: aiohttp.ClientSession, queue: Iterator[Any], times: list[float]) -> None:
        for body, headers in queue:
            if self._rests:
                await quiet(self._bots)
            begun = time.perf_counter()
            async with session.post(self._url, data=body, headers=headers) as answer:
                await answer.read()
                if answer.status != 202:
                    raise RuntimeError(f"answered {answer.status} instead of 202")
            times.append(time.perf_counter() - begun)
            self.acknowledged.append(headers["X-GitHub-Delivery"])


def figures(times: list[float]) -> str:
    ordered = sorted(times)
    p99 = ordered[int(len(ordered) * 0.99) - 1]
    return f"p50 {statistics.median(ordered) * 1000:7.1f} ms   p99 {p99 * 1000:7.1f} ms   n={len(ordered)}"


async def acknowledge(folder: Path, api: str) -> None:
    """Idle and at a hundred in flight, floor and bots in turn."""
    with floor(folder) as url:
        driver = Driver(url, "pull_request")
        print(f"floor  idle              {figures(await driver.run(60, 1))}")
        base = await driver.run(1500, 100)
        print(f"floor  100 in flight     {figures(base)}")
    with bots(folder, api) as (url, process, where):
        await quiet(url)
        lone = Driver(url, "pull_request", rests=True)
        await lone.run(5, 1)
        idle = await lone.run(60, 1)
        driver = Driver(url, "star")
        print(f"bots   idle              {figures(idle)}   wanted: p50 <= 5 ms")
        ours = await driver.run(1500, 100)
        times = statistics.median(ours) / statistics.median(base)
        print(f"bots   100 in flight     {figures(ours)}   {times:.2f} x the floor, wanted: <= 2")
        process.send_signal(signal.SIGKILL)
        process.wait()
        guids, store = lone.acknowledged + driver.acknowledged, Store(database.connect(where))
        lost = store.unknown(guids)
        store.close()
        print(f"bots   lost at kill -9   {len(lost)} of {len(guids)} acknowledged   wanted: 0")


async def carry_out(folder: Path, api: str) -> None:
    """From the first delivery to the last effect, beside the same calls made by aiohttp alone."""
    with bots(folder, api) as (url, process, where):
        await quiet(url)
        await Driver(url, "pull_request").run(20, 10)
        await quiet(url)
        driver, cpu = Driver(url, "pull_request"), cpu_s(process.pid)
        begun = time.perf_counter()
        times = await driver.run(CARRIED, 100)
        await quiet(url)
        took_s, cpu = time.perf_counter() - begun, cpu_s(process.pid) - cpu
        store = Store(database.connect(where))
        states, calls = dict(store.totals()["deliveries"]), calls_of(store, driver.acknowledged[-1])
        store.close()
    least, library = [await calls_alone(folder, api, calls, *how) for how in ((), ("gidgethub",))]
    reads = sum(method == "GET" for method, _ in calls)
    print(f"bots   100 in flight, working at the same time   {figures(times)}")
    print(f"floor  the same {len(calls)} calls, by aiohttp alone   {least:6.1f} events/s")
    print(f"floor  the same {len(calls)} calls, by gidgethub alone {library:6.1f} events/s")
    rate = CARRIED / took_s
    print(f"bots   opened, to the last effect   {rate:6.1f} events/s   wanted: >= 150   bedevere: 15-20")
    print(f"       {rate / least:.2f} times the floor's rate, {rate / library:.2f} times gidgethub's")
    print(f"       {cpu / CARRIED * 1000:.1f} ms of processor time an event; states {states}")
    print(f"bots   reads of an opened pull request   {reads}   wanted: <= 6   bedevere: 8-13")


def calls_of(store: Store, guid: str) -> list[tuple[str, str]]:
    """The calls to GitHub of one delivery: method and path of each."""
    subject = f"pull:{guid.removeprefix('bench-')}"
    return [(call["method"], call["path"]) for row in store.history(subject) for call in row["calls"]]


async def calls_alone(folder: Path, api: str, calls: list[tuple[str, str]], *how: str) -> float:
    """Events a second when nothing is done but these calls."""
    file = folder / "calls"
    file.write_text(json.dumps(calls))
    command = (sys.executable, "-m", "console.bench.calls", api, str(file), str(CARRIED), *how)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    return CARRIED / float(out)


def cpu_s(pid: int) -> float:
    """Processor time that a process has used; 0 where the system does not say."""
    file = Path(f"/proc/{pid}/stat")
    if not file.exists():
        return 0.0
    fields = file.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def slow_github(folder: Path) -> None:
    """IN-2: a thousand deliveries, fifty at a time, while GitHub takes a second for each answer."""
    with stand_in(folder, 1.0) as api, bots(folder, api) as (url, _, _where):
        times = await Driver(url, "pull_request").run(1000, 50)
        print(f"bots   50 in flight, GitHub takes 1 s   {figures(times)}   wanted: p99 < 100 ms")


async def quiet(url: str) -> None:
    """Until nothing is left to decide or to carry out."""
    deadline = time.monotonic() + 300
    async with aiohttp.ClientSession() as session:
        while time.monotonic() < deadline:
            async with session.get(f"{url}/-/idle") as answer:
                if answer.status == 200:
                    return
            await asyncio.sleep(0.01)
    raise RuntimeError("not idle after five minutes")


def slowness() -> float:
    """How many times longer verifying a body takes here and now than where the peers were measured."""
    body, times = bytes(BODY_BYTES), []
    for _ in range(1000):
        begun = time.perf_counter()
        hmac.digest(SECRET.encode(), body, "sha256")
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000 / VERIFIED_MS


async def main() -> None:
    print(f"load average at the start {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; GitHub's pauses between "
          "comments are off: the stand-in has no people behind it")  # fmt: skip
    print(f"verifying a delivery takes {slowness():.1f} times as long here, now, as where the peers were measured")
    with tempfile.TemporaryDirectory(prefix="camelot-bench-") as name:
        folder = Path(name)
        with stand_in(folder) as api:
            await acknowledge(folder, api)
            await carry_out(folder, api)
        await slow_github(folder)


if __name__ == "__main__":
    asyncio.run(main())
