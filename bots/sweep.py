"""Ask GitHub again for what it could not deliver: it does not try a second time by itself.

At the start, for what came while we were away, and then every so often. A delivery that arrives twice does nothing
the second time, so asking once too often is harmless.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from core.store import Store, now
from forge.errors import GitHubError
from forge.github import GitHub

KEPT = timedelta(days=3)  # as long as GitHub keeps deliveries to be sent again

log = logging.getLogger(__name__)


async def run(hub: GitHub, store: Store, every_s: float) -> None:
    """Sweep until cancelled. Of several processes on one database, one does it."""
    since = now() - KEPT
    while True:
        begun = now()
        mine = await asyncio.to_thread(store.locks.take, "chore:sweep")
        if mine and await sweep(hub, store, since):
            since = begun - timedelta(seconds=2 * every_s)
        await asyncio.sleep(every_s)


async def sweep(hub: GitHub, store: Store, since: datetime) -> bool:
    """Ask again for every delivery since then that was not taken, or that we do not have, the oldest first.

    False: GitHub did not answer.
    """
    try:
        attempts = await hub.deliveries(since)
        unknown = await asyncio.to_thread(store.unknown, [attempt.guid for attempt in attempts])
        missed = [attempt for attempt in attempts if not attempt.taken or attempt.guid in unknown]
        for attempt in missed:
            await hub.redeliver(attempt.id)
    except GitHubError as error:
        log.warning("sweep failed error=%s", error)
        return False
    if missed:
        log.info("sweep asked again deliveries=%d", len(missed))
    return True
