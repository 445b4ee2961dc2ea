"""Webhooks gone wrong on demand: doubled, late, lost, or held back and let go in another order."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, Field

from forge.local.db import Row

KINDS = ("double", "delay", "drop")


class HookFault(BaseModel):
    """Deliveries `nth`, `nth`+1 ... of those that match suffer, `times` times.

    `match` is a regular expression for `event.action`; `.` is any. `double` sends it twice, as one who missed the
    answer does; `delay` lets those behind it go first for `seconds`; `drop` never sends it: it is listed as failed.
    """

    model_config = ConfigDict(extra="forbid")

    match: str
    kind: str = Field(pattern="^(" + "|".join(KINDS) + ")$")
    nth: int = Field(default=1, ge=1)
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    seen: int = 0
    hit: int = 0

    def strikes(self, name: str) -> bool:
        if not re.search(self.match, name):
            return False
        self.seen += 1
        if self.seen < self.nth or self.hit >= self.times:
            return False
        self.hit += 1
        return True


@dataclass
class Gate:
    """`closed`: nothing leaves until it is opened."""

    closed: bool = False
    faults: list[HookFault] = field(default_factory=list)

    def fault(self, attempt: Row) -> HookFault | None:
        """What this delivery is to suffer; a second attempt suffers nothing more."""
        name = name_of(attempt)
        if attempt["redelivery"] or attempt["not_before"]:
            return None
        return next((fault for fault in self.faults if fault.strikes(name)), None)


def name_of(attempt: Row) -> str:
    """`event.action`, or the event alone."""
    return ".".join(filter(None, (attempt["event"], attempt["action"])))
