"""Turns for calls that write to people: GitHub takes so many a minute and an hour, and wants a second between two.

Turns are rows, so that every process on the database takes its place in the same line, also after a restart. Whoever
must wait keeps its place under a key, and is let through when it comes again at that time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy import text as sql

from core.database import writing
from core.models import content_calls
from core.store import text

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LINE = 0x70616365  # PostgreSQL's advisory lock of the line


@dataclass(frozen=True)
class Limits:
    """GitHub's documented limits are 80 a minute, 500 an hour and a second between; 0 seconds: no pause."""

    gap_s: float = 1.0
    a_minute: int = 80
    an_hour: int = 500


@dataclass(frozen=True)
class Taken:
    """The places that were given out already: the newest, and the oldest of the last minute's and hour's worth."""

    newest: datetime | None = None
    minute: datetime | None = None
    hour: datetime | None = None


def turn(engine: Engine, key: str, at: datetime, limits: Limits) -> datetime:
    """When the call `key` may go: `at` or before is now, and then its place is used up; else its place is kept."""
    mine = content_calls.c.key == key
    with writing(engine) as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sql(f"SELECT pg_advisory_xact_lock({LINE})"))
        known = connection.execute(select(content_calls.c.at).where(mine)).scalar()
        when = datetime.fromisoformat(known) if known else None
        if when is None:
            connection.execute(delete(content_calls).where(content_calls.c.at < text(at - HOUR)))
            when = next_place(_taken(connection, limits), at, limits)
            connection.execute(insert(content_calls).values(key=key, at=text(when)))
        if when <= at:
            connection.execute(update(content_calls).where(mine).values(key=f"{key}:used:{text(at)}"))
    return when


def _taken(connection: Connection, limits: Limits) -> Taken:
    newest = select(content_calls.c.at).order_by(content_calls.c.at.desc()).limit(1)
    places = (0, limits.a_minute - 1, limits.an_hour - 1)
    found = [connection.execute(newest.offset(place)).scalar() for place in places]
    return Taken(*(datetime.fromisoformat(each) if each else None for each in found))


def next_place(taken: Taken, at: datetime, limits: Limits) -> datetime:
    """The earliest time from `at` on that no limit forbids."""
    waits = ((taken.newest, timedelta(seconds=limits.gap_s)), (taken.minute, MINUTE), (taken.hour, HOUR))
    return max([at, *(place + wait for place, wait in waits if place is not None)])
