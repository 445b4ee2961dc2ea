"""Being told of new deliveries that another process kept. PostgreSQL tells; a SQLite file is looked at, often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import psycopg
from sqlalchemy import Engine, func, select

from core.database import Changes, reading
from core.models import deliveries
from core.store import CHANNEL

LOOK_S = 0.02  # whether a SQLite file has changed at all; a look takes some 0.05 ms and reads no disk
AGAIN_S = 5.0  # after the connection broke; meanwhile the inbox is looked at every so often anyway

_NEWEST = select(func.max(deliveries.c.id))

log = logging.getLogger(__name__)


async def run(engine: Engine, kept: Callable[[], None]) -> None:
    """Call `kept` whenever a delivery was kept, until cancelled."""
    if engine.dialect.name != "postgresql":
        await _look(engine, kept)
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


async def _look(engine: Engine, kept: Callable[[], None]) -> None:
    """The same on SQLite: where anything was committed, it is asked whether a delivery was."""
    changes, newest = Changes(engine), _newest(engine)
    try:
        while True:
            await asyncio.sleep(LOOK_S)
            if changes.any() and (now := _newest(engine)) != newest:
                newest = now
                kept()
    finally:
        changes.close()


def _newest(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.execute(_NEWEST).scalar() or 0
