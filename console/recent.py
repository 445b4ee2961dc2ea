"""Answers that cost something, kept for a short while, so that a page that many look at asks once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Remembers the answer for a key for `keep_s` seconds; one thread asks, the others wait for what it hears."""

    def __init__(self, keep_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.keep_s, self.clock = keep_s, clock
        self._known: dict[str, tuple[float, T]] = {}
        self._lock = threading.Lock()

    def get(self, key: str, ask: Callable[[], T]) -> T:
        with self._lock:
            known = self._known.get(key)
            if known is not None and self.clock() - known[0] < self.keep_s:
                return known[1]
            answer = ask()
            self._known[key] = (self.clock(), answer)
            return answer
