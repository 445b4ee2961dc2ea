"""The bots as one process: the front door, the page to sign the agreement at, and the worker behind them."""

from __future__ import annotations

import asyncio
import logging
import os

from aiohttp import web

from bots import reconcile, secrets, selfcheck, sweep
from bots.crash import Crash
from bots.metrics import Metrics
from bots.signing import Signing
from bots.worker import Worker
from core import database, listen
from core.settings import Settings
from core.store import Store
from core.writer import Writer
from forge import github
from forge.webhook import MOST_BYTES, Door

GRACE_S = 10.0  # after a signal to stop, handlers that run get so long to finish


async def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until cancelled. Prints one line when it listens; port 0 takes a free one.

    Raises SettingsError without a webhook secret or a usable key of the App, OSError where it cannot listen.
    """
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    store = Store(await asyncio.to_thread(database.connect, settings.database))
    writer = Writer(store.engine)
    async with github.connect(settings.github, store, writer) as hub:
        worker = Worker(store, writer, settings, hub, Crash(os.environ))
        runner = web.AppRunner(build(settings, store, writer, hub, worker), access_log=None, shutdown_timeout=GRACE_S)
        await runner.setup()
        try:
            await web.TCPSite(runner, host, port, backlog=1024).start()
            where, chosen = runner.addresses[0][:2]
            print(f"bots ready http://{where}:{chosen}", flush=True)
            await _work(settings, store, writer, hub, worker)
        finally:
            await runner.cleanup()  # no new deliveries; answers under way are given
            await worker.drain(GRACE_S)
            await writer.close()
            store.close()


async def _work(settings: Settings, store: Store, writer: Writer, hub: github.GitHub, worker: Worker) -> None:
    """The worker, and beside it what runs every so often, until cancelled."""
    chores = [
        asyncio.ensure_future(chore)
        for chore in (
            sweep.run(hub, store, settings.github.sweep_s),
            listen.run(store.engine, worker.wake.set),
            reconcile.run(hub, store, writer, settings.github.reconcile_s, worker.wake.set),
            selfcheck.run(hub),
        )
    ]
    try:
        await worker.run()
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)


def build(settings: Settings, store: Store, writer: Writer, hub: github.GitHub, worker: Worker) -> web.Application:
    """The routes."""
    door = Door(store, writer, secrets.in_force(settings, os.environ), worker.wake.set)
    signing = Signing(store, writer, settings, hub, worker.wake.set)

    metrics = Metrics(store, hub)

    async def receive(request: web.Request) -> web.Response:
        with metrics.acknowledged.time():
            return await door.receive(request)

    async def figures(_request: web.Request) -> web.Response:
        """For Prometheus."""
        return await asyncio.to_thread(metrics.page)

    async def healthz(_request: web.Request) -> web.Response:
        """200 while the database answers."""
        await asyncio.to_thread(store.idle)
        return web.json_response({"status": "ok"})

    async def idle(_request: web.Request) -> web.Response:
        """200 when nothing is left to decide or to carry out, 503 while something is."""
        quiet = not worker.busy and await asyncio.to_thread(store.idle)
        return web.json_response({"idle": quiet}, status=200 if quiet else 503)

    app = web.Application(client_max_size=MOST_BYTES)
    app.add_routes(
        [
            web.post("/github/webhook", receive),
            web.get("/metrics", figures),
            web.get("/healthz", healthz),
            web.get("/-/idle", idle),
        ]
    )
    app.add_subapp("/cla", signing.app())
    return app
