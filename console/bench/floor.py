"""The least that keeps a delivery: verify, store with a full sync, group commit, answer 202, and nothing else.

python -m console.bench.floor PORT_FILE DATABASE SECRET
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import sqlite3
import sys
from pathlib import Path

from aiohttp import web


class Floor:
    def __init__(self, database: str, secret: bytes) -> None:
        self._secret, self._database = secret, database
        self._waiting: list[tuple[str, bytes, asyncio.Future[None]]] = []
        self._connection: sqlite3.Connection | None = None
        self._running = False

    async def receive(self, request: web.Request) -> web.Response:
        body = await request.read()
        expected = "sha256=" + hmac.digest(self._secret, body, hashlib.sha256).hex()
        if not hmac.compare_digest(expected, request.headers["X-Hub-Signature-256"]):
            return web.Response(status=401)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((request.headers["X-GitHub-Delivery"], body, done))
        if not self._running:
            self._running = True
            self._task = asyncio.create_task(self._run())
        await done
        return web.Response(status=202)

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await asyncio.to_thread(self._commit, [(guid, body) for guid, body, _ in batch])
            for _, _, done in batch:
                done.set_result(None)
        self._running = False

    def _commit(self, rows: list[tuple[str, bytes]]) -> None:
        if self._connection is None:
            self._connection = sqlite3.connect(self._database, isolation_level=None, check_same_thread=False)
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.execute("CREATE TABLE inbox (guid TEXT PRIMARY KEY, body BLOB)")
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany("INSERT OR IGNORE INTO inbox VALUES (?, ?)", rows)
        self._connection.execute("COMMIT")


async def main(port_file: Path, database: str, secret: str) -> None:
    floor = Floor(database, secret.encode())
    app = web.Application(client_max_size=25 * 2**20)
    app.router.add_post("/github/webhook", floor.receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    port_file.write_text(str(runner.addresses[0][1]))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2], sys.argv[3]))
