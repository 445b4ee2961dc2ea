"""A test aid: die at a chosen moment, as a power cut would, so that a test can see that nothing is lost or doubled.

CAMELOT_CRASH_AFTER_EFFECTS=3        the process ends right after its third effect, before that is marked as done
CAMELOT_CRASH_AFTER_EFFECTS=3:after  the same, after it is marked
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Mapping

NAME = "CAMELOT_CRASH_AFTER_EFFECTS"
KILLED = 137  # what a shell reports of a process that was killed


class Crash:
    """Counts effects. Without the variable it never does anything."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        number, _, moment = (environ.get(NAME) or "0").partition(":")
        if not number.isdecimal() or moment not in ("", "after"):
            raise ValueError(f"{NAME} is {environ[NAME]!r}: write a number of effects, or a number and `:after`")
        self._left, self._after_marking = int(number), int(number) > 0 and moment == "after"

    def carried_out(self) -> None:
        """An effect was carried out and is not marked yet."""
        self._left -= 1
        if self._left == 0 and not self._after_marking:
            os._exit(KILLED)

    async def marked(self, mark: Awaitable[None]) -> None:
        """Its mark is on its way; whoever is to die after it waits for it first."""
        if self._left <= 0 and self._after_marking:  # below: effects of two subjects were carried out at once
            await mark
            os._exit(KILLED)
