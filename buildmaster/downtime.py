"""When a worker is not to be given builds: windows of a week in its owner's own time, as `sat-sun 22:00-06:00 ZONE`.

Days are names (mon) and ranges (fri-mon) apart by commas, or `daily`; a window that ends before it begins ends on the
next day. The zone is one of the IANA's names, UTC where none is given; its clock changes are the owner's too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?P<days>[a-z,-]+) (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)(?: (?P<zone>\S+))?")
EXAMPLE = "sat-sun 22:00-06:00 Europe/Prague"


@dataclass(frozen=True)
class Window:
    """`days` are numbers, Monday is 0: those on which it begins."""

    days: frozenset[int]
    start: time
    end: time
    zone: str

    def holds(self, now: datetime) -> bool:
        """Whether it is going on at `now`, an aware time."""
        local = now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        return any(self._from(local, ago) for ago in (0, 1))

    def _from(self, local: datetime, days_ago: int) -> bool:
        day = local.date() - timedelta(days=days_ago)
        begins, ends = datetime.combine(day, self.start), datetime.combine(day, self.end)
        if ends <= begins:
            ends += timedelta(days=1)
        return day.weekday() in self.days and begins <= local < ends


def parse(text: str) -> Window:
    """The window that a text says. Raises ValueError that tells how to write one."""
    found = _WINDOW.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no downtime: write days, from-to and a time zone, as {EXAMPLE}")
    try:
        start, end = time.fromisoformat(found["start"]), time.fromisoformat(found["end"])
        zone = found["zone"] or "UTC"
        ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise ValueError(f"{text!r} is no downtime: {error}: write it as {EXAMPLE}") from error
    return Window(frozenset(_days(found["days"], text)), start, end, zone)


def _days(words: str, text: str) -> Iterable[int]:
    if words == "daily":
        yield from range(7)
        return
    for word in words.split(","):
        first, _, last = word.partition("-")
        if first not in DAYS or (last or first) not in DAYS or word.endswith("-"):
            raise ValueError(f"{text!r} is no downtime: {word!r} is no day: write one of {', '.join(DAYS)}, or daily")
        begin, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        yield from ((begin + step) % 7 for step in range(length + 1))


def is_down(windows: Iterable[str], now: datetime) -> bool:
    """Whether any of the windows is going on."""
    return any(parse(window).holds(now) for window in windows)
