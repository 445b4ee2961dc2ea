"""How fast the farm's pages are with 1,036 builders and 100,000 builds, beside a server that only sends bytes.

`python -m console.bench.farm`. The database is made once, below `build/bench-farm`; each page is asked for by a process
of its own. Cold: the first request that a fresh server answers. Warm: the same page again, in full and by its ETag.
Anew: the page after a build that changed it. At the end eight clients read lists as JSON, all at once.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from console import web as pages
from core import database, results, settings, standings
from core.results import Builder
from core.settings import Settings
from core.store import text

BUILDERS, BUILDS, TESTS = 1036, 100_000, 10
DAY = "2026-11-20"
START = datetime(2026, 6, 1, tzinfo=UTC)
KINDS = ("debug", "release", "lto-pgo", "asan", "ubsan", "refleak", "nogil", "clang", "installed", "traceref")
RED_NOW, RED_ONCE, WAVERS = 0.08, 0.03, 0.004  # shares: of builders, of builds, of a test's results
COLD, WARM, ANEW = 3, 200, 10
CLIENTS, READS = 8, 1_000
WANTED = "cold <= 1,000 ms, warm <= 20 ms, <= 300 KB"
COLUMNS = (
    'id, key, builder, kind, tier, stable, branch, "commit", number, worker, result, failed_step, verdict, url, '
    "started, finished, tests"
)
FOLDER = Path("build") / "bench-farm"


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["serve"]:
        asyncio.run(_serve(Path(arguments[1]), arguments[2]))
        return
    chosen = _settings()
    print(f"pages of {BUILDERS:,} builders and {BUILDS:,} builds ({made(chosen)}); wanted: {WANTED}")
    asyncio.run(_measure(chosen))


def _settings() -> Settings:
    return settings.load({"CAMELOT_TODAY": DAY, "CAMELOT_DATA": str(FOLDER)}, "cpython")


# --- the database ---


def made(chosen: Settings) -> str:
    """Make it, unless it is there; how that went. Its name changes with this file, so that an old one is no answer."""
    mark = FOLDER / hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    if mark.exists():
        return "made before"
    started = time.perf_counter()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.iterdir():
        old.unlink()
    engine = database.connect(chosen.database)
    rows = builders(chosen)
    _insert(FOLDER / "camelot.db", rows)
    results.set_builders(engine, rows)  # the rows that pages read are made from the builds
    engine.dispose()
    mark.touch()
    return f"made in {time.perf_counter() - started:.0f} s"


def builders(chosen: Settings) -> list[Builder]:
    """As many as python.org has, over the branches that live that day."""
    branches = list(reversed(chosen.load_registry().live(chosen.day())))
    found = []
    for number in range(BUILDERS):
        branch, place = branches[number % len(branches)], number // len(branches)
        kind = KINDS[place % len(KINDS)]
        name = f"AMD64 Machine{place // len(KINDS):02} {kind} {branch.version}"
        tier, stable = place % 4, place % 5 != 0
        found.append(Builder(name, kind, tier, stable, branch.ref(chosen.day()), branch.version, "http://farm/"))
    return found


def _insert(path: Path, rows: Sequence[Builder]) -> None:
    """All builds and their outcomes, in one transaction and past every layer."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    build = f"INSERT INTO builds ({COLUMNS}) VALUES ({', '.join('?' * 17)})"  # noqa: S608 (our own words)
    outcome = (
        'INSERT INTO outcomes (build, builder, branch, "commit", test, "case", state, rerun, duration_s, at) '
        "VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?)"
    )
    with connection:
        for number, (row, files) in enumerate(_builds(rows), 1):
            connection.execute(build, (number, *row.values()))
            place = (number, row["builder"], row["branch"], row["commit"])
            connection.executemany(
                outcome,
                [(*place, f["name"], f["state"], f["rerun"] or "", f["duration_s"], row["finished"]) for f in files],
            )
    connection.close()


def _builds(rows: Sequence[Builder]) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each builder builds each of its branch's commits, in order of time; the same at every run."""
    chance = random.Random(7)  # noqa: S311 (a shape, no secret)
    red_from = {row.name: chance.randint(80, 96) for row in rows if chance.random() < RED_NOW}
    for number in range(BUILDS):
        row, turn = rows[number % len(rows)], number // len(rows)
        at = START + timedelta(seconds=number * 120)
        broken = turn >= red_from.get(row.name, 1000)
        yield _build(row, turn, at, broken or chance.random() < RED_ONCE, chance)


def _build(
    row: Builder, turn: int, at: datetime, red: bool, chance: random.Random
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    bad = f"test_{hash_of(row.name, TESTS)}" if red else ""
    wrong = "refleak" if row.kind == "refleak" else "failed"
    files = [_file(f"test_{place}", wrong if f"test_{place}" == bad else "passed", chance) for place in range(TESTS)]
    verdict = {
        "complete": True,
        "files": files,
        "failed": [bad] if red else [],
        "leaked": [bad] if red and wrong == "refleak" else [],
        "flaky": [file["name"] for file in files if file["rerun"]],
    }
    result = "failure" if red else "warnings" if verdict["flaky"] else "success"
    ended = text(at + timedelta(seconds=100))
    commit = hashlib.sha256(f"{row.branch} {turn}".encode()).hexdigest()[:40]
    shown = {
        "key": f"{row.name}/{turn}", "builder": row.name, "kind": row.kind, "tier": row.tier, "stable": row.stable,
        "branch": row.branch, "commit": commit, "number": turn, "worker": f"worker-{hash_of(row.name, 56)}",
        "result": result, "failed_step": "test" if red else "", "verdict": json.dumps(verdict),
        "url": f"http://farm/#/builders/{hash_of(row.name, 1036)}/builds/{turn}", "started": text(at),
        "finished": ended, "tests": "",
    }  # fmt: skip
    return shown, files


def _file(name: str, state: str, chance: random.Random) -> dict[str, Any]:
    again = state == "passed" and chance.random() < WAVERS
    return {
        "name": name,
        "state": "failed" if again else state,
        "reason": "",
        "duration_s": round(chance.uniform(0.1, 30), 2),
        "rerun": "passed" if again else None,
        "cases": [],
        "leaks": [],
    }


def hash_of(name: str, below: int) -> int:
    """A number that belongs to the name."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % below


# --- measuring ---


class Server:
    """The console's server, or the floor, as a process of its own."""

    def __init__(self, what: str) -> None:
        self.port_file = FOLDER / f"port-{what}"
        self.port_file.unlink(missing_ok=True)
        command = [sys.executable, "-m", "console.bench.farm", "serve", str(self.port_file), what]
        self.process = subprocess.Popen(command)

    async def __aenter__(self) -> str:
        while not self.port_file.exists() or not self.port_file.read_text():
            if self.process.poll() is not None:
                raise RuntimeError("the server did not start")
            await asyncio.sleep(0.02)
        return f"http://127.0.0.1:{self.port_file.read_text()}"

    async def __aexit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)


async def _serve(port_file: Path, what: str) -> None:
    chosen = _settings()
    if what == "floor":
        app, body = web.Application(), b"x" * 100_000

        async def answer(_request: web.Request) -> web.Response:
            return web.Response(body=body, content_type="text/html")

        app.router.add_get("/{any:.*}", answer)
    else:
        app = pages.application(chosen, await asyncio.to_thread(database.connect, chosen.database))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port_file.write_text(str(runner.addresses[0][1]))
    await asyncio.Event().wait()


async def _measure(chosen: Settings) -> None:
    row = next(each for each in builders(chosen) if each.branch == "main" and each.kind == "refleak")
    shown = ("/farm", "/farm/branches/main", f"/farm/builders/{row.name.replace(' ', '%20')}", "/tests/main/test_3",
             "/flakes", "/leaks", "/queue", "/workers", "/builders", "/farm.json")  # fmt: skip
    head = f"{'page':32} {'cold':>7} {'warm':>7} {'p95':>7} {'304':>7} {'anew':>7} {'KB':>6}"
    print(f"{head}   milliseconds, medians")
    async with Server("floor") as base, aiohttp.ClientSession() as session:
        await _get(session, base)
        times = [await _get(session, base) for _ in range(WARM)]
        floor_ms = statistics.median(took for took, _, _ in times)
        print(f"{'floor: 100 KB from memory':32} {'':7} {floor_ms:7.1f}")
    for path in shown:
        print(await _page(chosen, path, row), flush=True)
    await _crowd(chosen, row)


async def _page(chosen: Settings, path: str, row: Builder) -> str:
    cold = []
    for _ in range(COLD):
        async with Server("pages") as base, aiohttp.ClientSession() as session:
            await _get(session, f"{base}/healthz")  # the connection is not what is measured
            took, size, etag = await _get(session, base + path)
            cold.append(took)
    async with Server("pages") as base, aiohttp.ClientSession() as session:
        await _get(session, base + path)
        warm = [(await _get(session, base + path))[0] for _ in range(WARM)]
        same = [(await _get(session, base + path, etag))[0] for _ in range(WARM)]
        anew = []
        engine = await asyncio.to_thread(database.connect, chosen.database)
        for _ in range(ANEW):
            await asyncio.to_thread(_change, engine)
            anew.append((await _get(session, base + path))[0])
        engine.dispose()
    middle = statistics.median
    p95 = sorted(warm)[int(len(warm) * 0.95)]
    return (
        f"{path[:32]:32} {middle(cold):7.0f} {middle(warm):7.1f} {p95:7.1f} {middle(same):7.1f} {middle(anew):7.0f} "
        f"{size / 1000:6.0f}"
    )


def _change(engine: Any) -> None:
    """What a build that has just ended changes of what pages are made from: their revision."""
    with engine.begin() as connection:
        standings.touch(connection)


async def _get(session: aiohttp.ClientSession, url: str, etag: str = "") -> tuple[float, int, str]:
    """Milliseconds, bytes, ETag."""
    headers = {"If-None-Match": etag} if etag else {}
    started = time.perf_counter()
    async with session.get(url, headers=headers) as answer:
        body = await answer.read()
        if answer.status not in (200, 304):
            raise RuntimeError(f"{url} answered {answer.status}")
        return (time.perf_counter() - started) * 1000, len(body), answer.headers.get("ETag", "")


async def _crowd(chosen: Settings, row: Builder) -> None:
    """Eight clients read lists as JSON, each a random one at a time, while builds go on ending."""
    mine = f"/farm/builders/{row.name.replace(' ', '%20')}.json"
    tests = [f"/tests/main/test_{number}.json" for number in range(TESTS)]
    paths = [f"/farm/branches/{row.branch}.json", mine, "/flakes.json", *tests, "/queue.json", "/workers.json"]
    engine = await asyncio.to_thread(database.connect, chosen.database)
    async with Server("pages") as base, aiohttp.ClientSession() as session:
        ended = asyncio.Event()
        changes = asyncio.create_task(_builds_end(engine, ended))
        started = time.perf_counter()
        times = await asyncio.gather(*(_client(session, base, paths, seed) for seed in range(CLIENTS)))
        took = time.perf_counter() - started
        ended.set()
        await changes
    engine.dispose()
    every = sorted(one for mine in times for one in mine)
    p95 = every[int(len(every) * 0.95)]
    print(
        f"lists as JSON, {CLIENTS} clients, a build ending every second: {len(every) / took:.0f} requests/s, "
        f"p50 {statistics.median(every):.0f} ms, p95 {p95:.0f} ms; wanted: >= 150 requests/s, p95 <= 50 ms"
    )


async def _builds_end(engine: Any, ended: asyncio.Event) -> None:
    while not ended.is_set():
        await asyncio.to_thread(_change, engine)
        try:
            await asyncio.wait_for(ended.wait(), 1.0)
        except TimeoutError:
            continue


async def _client(session: aiohttp.ClientSession, base: str, paths: Sequence[str], seed: int) -> list[float]:
    chance = random.Random(seed)  # noqa: S311 (an order, no secret)
    return [(await _get(session, base + chance.choice(paths)))[0] for _ in range(READS)]


if __name__ == "__main__":
    main(sys.argv[1:])
