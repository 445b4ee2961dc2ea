"""A delivery that another process kept in a SQLite file is noticed at once, and nothing else wakes anybody."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

from core import database, listen, records
from core.database import Changes, connect
from core.store import Store

PATIENCE_S = 30.0


def test_whether_somebody_else_has_committed_is_known_without_asking_for_rows(tmp_path: Path) -> None:
    here, there = (connect(f"sqlite:///{tmp_path / 'camelot.db'}") for _ in range(2))
    changes = Changes(here)
    try:
        assert not changes.any()
        records.open_notice(there, "key", None, "a" * 40, {})
        assert changes.any()
        assert not changes.any()
    finally:
        changes.close()
        here.dispose()
        there.dispose()


async def test_only_a_new_delivery_wakes_whoever_listens(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'camelot.db'}"
    here, there = connect(url), Store(connect(url))
    told: asyncio.Queue[None] = asyncio.Queue()
    task = asyncio.ensure_future(listen.run(here, lambda: told.put_nowait(None)))
    try:
        await asyncio.sleep(0)  # it has looked once
        records.open_notice(there.engine, "key", None, "a" * 40, {})
        there.keep("guid-1", "github", "push", "branch:main", {})
        await asyncio.wait_for(told.get(), PATIENCE_S)
        assert told.empty()
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        there.close()
        here.dispose()
        assert here not in database._readers
