"""Calls that come while one is under way are made together after it: eight jobs at once need two fetches, not eight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass
class _Batch(Generic[Item, Result]):
    items: list[Item] = field(default_factory=list)
    begun: bool = False
    result: Result | None = None
    error: BaseException | None = None


class Together(Generic[Item, Result]):
    """`run` gets the items of everybody who waited, and its answer, or its error, is everybody's."""

    def __init__(self, run: Callable[[list[Item]], Awaitable[Result]]) -> None:
        self._run = run
        self._turn = asyncio.Lock()
        self._next: _Batch[Item, Result] = _Batch()

    async def ask(self, item: Item) -> Result:
        """Whoever of a batch has the turn first runs it for all; those who come later make up the next."""
        batch = self._next
        batch.items.append(item)
        async with self._turn:
            if not batch.begun:
                batch.begun, self._next = True, _Batch()
                await self._carry_out(batch)
        if batch.error is not None:
            raise batch.error
        assert batch.result is not None  # noqa: S101 - one of the two is there: `_carry_out` ends in no other way
        return batch.result

    async def _carry_out(self, batch: _Batch[Item, Result]) -> None:
        try:
            batch.result = await self._run(batch.items)
        except asyncio.CancelledError:
            batch.error = ConnectionAbortedError("whoever asked for all of us was stopped")
            raise
        except Exception as error:  # not ours to judge: each who asked gets it
            batch.error = error
