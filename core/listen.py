"""Being told of new deliveries that another process kept. PostgreSQL tells; on SQLite whoever waits looks by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine

from core.store import CHANNEL

AGAIN_S = 5.0  # after the connection broke; meanwhile the inbox is looked at every so often anyway

log = logging.getLogger(__name__)


async def run(engine: Engine, kept: Callable[[], None]) -> None:
    """Call `kept` whenever a delivery was kept, until cancelled."""
    if engine.dialect.name != "postgresql":
        return
    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                async for _ in connection.notifies():
                    kept()
        except psycopg.Error as error:
            log.warning("listening ended error=%s", error)
        await asyncio.sleep(AGAIN_S)
