"""Many tasks' writes as one transaction: whoever waits for the disk waits together (group commit).

While one batch is being committed the next one gathers. A write is answered only after its batch is on the disk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Engine

from core.database import writing

P = ParamSpec("P")
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class _Write:
    """`job` is called with all the `item`s of its batch at once when there is one, else alone."""

    job: Callable[..., Any]
    item: Any
    bulk: bool
    done: asyncio.Future[Any]


class Writer:
    """The only writer of its process: a SQLite file knows no second one at the same time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread = ThreadPoolExecutor(1, "writer")
        self._waiting: list[_Write] = []
        self._running: asyncio.Task[None] | None = None

    async def do(self, job: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
        """Call a function of the store or the records inside the next transaction; what it gave, once committed."""
        result: Result = await self._add(partial(job, *args, **kwargs), None, bulk=False)
        return result

    async def gather(self, job: Callable[[Sequence[Item]], Sequence[Result]], item: Item) -> Result:
        """The same for a function that takes many items in one statement, and answers each."""
        result: Result = await self._add(job, item, bulk=True)
        return result

    def soon(self, job: Callable[P, Any], *args: P.args, **kwargs: P.kwargs) -> None:
        """Write it with the next batch; nobody waits for it. An error goes to the event loop's handler."""
        self._add(partial(job, *args, **kwargs), None, bulk=False)

    def gather_soon(self, job: Callable[[Sequence[Item]], Sequence[Any]], item: Item) -> asyncio.Future[Any]:
        """`gather` that nobody has to wait for; whoever wants to know when it is on the disk may."""
        return self._add(job, item, bulk=True)

    async def close(self) -> None:
        """After everything that waits is written."""
        while self._running is not None:
            await asyncio.wait([self._running])
        self._thread.shutdown()

    def _add(self, job: Callable[..., Any], item: Any, bulk: bool) -> asyncio.Future[Any]:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._waiting.append(_Write(job, item, bulk, done))
        if self._running is None:
            self._running = loop.create_task(self._run())
        return done

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting, []
            outcomes = await loop.run_in_executor(self._thread, self._commit, batch)
            for write, outcome in zip(batch, outcomes, strict=True):
                _answer(write.done, outcome)
        self._running = None

    def _commit(self, batch: Sequence[_Write]) -> list[Any]:
        """Each write's result. When one of them fails, none is written, and each is tried again on its own."""
        try:
            with writing(self._engine):
                return _call(batch)
        except Exception as error:
            return [error] if len(batch) == 1 else [outcome for write in batch for outcome in self._commit([write])]


def _call(batch: Sequence[_Write]) -> list[Any]:
    together: dict[Callable[..., Any], list[int]] = {}
    results: list[Any] = [None] * len(batch)
    for at, write in enumerate(batch):
        if write.bulk:
            together.setdefault(write.job, []).append(at)
        else:
            results[at] = write.job()
    for job, places in together.items():
        for at, result in zip(places, job([batch[at].item for at in places]), strict=True):
            results[at] = result
    return results


def _answer(done: asyncio.Future[Any], outcome: Any) -> None:
    if done.done():  # whoever waited was cancelled; it is written all the same
        return
    if isinstance(outcome, Exception):
        done.set_exception(outcome)
    else:
        done.set_result(outcome)
