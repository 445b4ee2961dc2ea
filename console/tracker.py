"""Ask GitHub, as the App, which release blockers are open: issues and pull requests with the label."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

from sqlalchemy import Engine

from core.settings import Settings
from core.store import Store
from forge import github
from forge.errors import GitHubError
from release.gates import BLOCKER, DEFERRED, Blocker, Blockers, Tracker


def tracker(settings: Settings, engine: Engine) -> Tracker | None:
    """A tracker for the gates; None where there is no App to ask with."""
    if not settings.github.app_id:
        return None

    def ask(_settings: Settings) -> Blockers:
        return asyncio.run(_open_blockers(settings, Store(engine)))

    return ask


async def _open_blockers(settings: Settings, store: Store) -> Blockers:
    """What GitHub answers; incomplete and empty when it does not, so that the gate says that it cannot tell."""
    path = f"/repos/{settings.github.repository}/issues?state=open&labels="
    found = []
    async with github.connect(settings.github, store) as hub:
        try:
            for label in (BLOCKER, DEFERRED):
                rows = await hub.list(path + quote(label))
                found += [Blocker(row["number"], row["title"], label) for row in rows]
        except GitHubError:
            return Blockers((), complete=False)
    return Blockers(tuple(found), complete=True)
