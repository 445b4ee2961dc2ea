"""Ask GitHub again for what it could not deliver: it does not try a second time by itself.

At the start, for what came while we were away, and then every so often. A delivery that arrives twice does nothing
the second time, so asking once too often is harmless.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from core.store import now
from forge.errors import GitHubError
from forge.github import GitHub

KEPT = timedelta(days=3)  # as long as GitHub keeps deliveries to be sent again

log = logging.getLogger(__name__)


async def run(hub: GitHub, every_s: float) -> None:
    """Sweep until cancelled."""
    since = now() - KEPT
    while True:
        begun = now()
        if await sweep(hub, since):
            since = begun - timedelta(seconds=2 * every_s)
        await asyncio.sleep(every_s)


async def sweep(hub: GitHub, since: datetime) -> bool:
    """Ask again for every delivery since then that was not taken, the oldest first. False: GitHub did not answer."""
    try:
        missed = await hub.missed_deliveries(since)
        for delivery in missed:
            await hub.redeliver(delivery)
    except GitHubError as error:
        log.warning("sweep failed error=%s", error)
        return False
    if missed:
        log.info("sweep asked again deliveries=%d", len(missed))
    return True
