"""Answers that are given again until what they show changes: one body a page, with its ETag, as long as it is true."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from functools import partial

MOST_BYTES = 32 * 2**20
LONGEST_S = 60.0  # what changes without a new revision (a pull request's number) is shown after this time


@dataclass(frozen=True)
class Body:
    text: bytes
    etag: str
    state: Hashable  # what it was made from
    made: float


class Kept:
    """The bodies asked for lately; the one asked for longest ago goes first."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._bodies: OrderedDict[str, Body] = OrderedDict()
        self._tasks: dict[tuple[str, Hashable], asyncio.Task[Body]] = {}
        self._most, self._bytes = most_bytes, 0

    def find(self, key: str, state: Hashable) -> Body | None:
        """The body kept under `key`, if it was made from `state` and is not too old."""
        found = self._bodies.get(key)
        if found is None or found.state != state or time.monotonic() - found.made > LONGEST_S:
            return None
        self._bodies.move_to_end(key)
        return found

    def making(self, key: str, state: Hashable, make: Callable[[], Awaitable[str]]) -> asyncio.Task[Body]:
        """Whoever asks for the same while it is made waits for that, so that it is made once."""
        task = self._tasks.get((key, state))
        if task is None:
            task = self._tasks[key, state] = asyncio.create_task(self._make(key, state, make))
            task.add_done_callback(partial(self._made, (key, state)))
        return task

    def _made(self, place: tuple[str, Hashable], task: asyncio.Task[Body]) -> None:
        del self._tasks[place]
        if not task.cancelled():
            task.exception()  # whoever waits hears of it; nobody need wait any longer

    async def _make(self, key: str, state: Hashable, make: Callable[[], Awaitable[str]]) -> Body:
        return self.keep(key, state, await make())

    def keep(self, key: str, state: Hashable, text: str) -> Body:
        self._drop(key)
        raw = text.encode()
        body = Body(raw, hashlib.sha256(raw).hexdigest()[:20], state, time.monotonic())
        if len(raw) <= self._most:
            self._bodies[key] = body
            self._bytes += len(raw)
        while self._bytes > self._most:
            self._drop(next(iter(self._bodies)))
        return body

    def _drop(self, key: str) -> None:
        if (old := self._bodies.pop(key, None)) is not None:
            self._bytes -= len(old.text)
