"""The whole thread through its real processes: what `make demo` shows is what must hold."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from console import demo
from console.story.ledger import Ledger

pytestmark = pytest.mark.story


async def test_from_a_pull_request_to_a_release_every_promise_is_kept(tmp_path: Path) -> None:
    told = io.StringIO()
    ledger = Ledger(Console(file=told, width=180))
    async with demo.house(tmp_path, os.environ) as house:
        await demo.play(house, ledger)
        pids = house.pids()
        assert set(pids) == {"forge", "bots", "buildmaster", "worker", "web"}
    broken = [f"{promise.claim}: {promise.evidence}" for promise in ledger.promises if not promise.kept]
    assert broken == [], told.getvalue()
    assert len({promise.chapter for promise in ledger.promises}) == 6
    assert [pid for pid in pids.values() if Path(f"/proc/{pid}").exists()] == [], "nothing is left running"


async def test_a_story_that_ends_with_a_broken_promise_is_not_whole() -> None:
    ledger = Ledger(Console(file=io.StringIO()))
    assert not ledger.whole, "a story that promised nothing kept nothing"

    async def never() -> str | None:
        return None

    async def now() -> str | None:
        return "seen"

    assert await ledger.promise("holds", now)
    assert ledger.whole
    assert not await ledger.promise("does not hold", never, within_s=0)
    assert not ledger.whole
