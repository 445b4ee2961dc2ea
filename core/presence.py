"""Which workers are here, what they do, and whose owner is to be told that one is missing: once an absence.

The row of a worker and the delivery that tells of its absence are written in one transaction. Both are made from what
is seen now and what was seen before, so that a master that was killed in between tells the same when it is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from core import standings
from core.database import writing
from core.models import deliveries, farm_workers
from core.store import DeliveryState, text

SUBJECT = "workers"


@dataclass(frozen=True)
class Seen:
    """A worker as the master sees it.

    `doing`: builds that run on it, {"builder", "number", "url", "started", "so_far"}; of the last, tests that go wrong
    in it up to now, [{"test", "what"}].
    """

    name: str
    owner: str
    connected: bool
    paused: bool = False
    downtime: str = ""
    builders: tuple[str, ...] = ()
    doing: tuple[Mapping[str, Any], ...] = ()
    excused: bool = False  # a downtime that was planned is no absence


def look(engine: Engine, seen: Sequence[Seen], at: datetime, missing_s: float) -> bool:
    """Write down what is seen; tell of those who are away for `missing_s`, and of those who are back. True: changed."""
    with writing(engine) as connection:
        before = {row.name: dict(row._mapping) for row in connection.execute(select(farm_workers))}
        changed = _forget(connection, before.keys() - {each.name for each in seen})
        for each in seen:
            changed |= _one(connection, each, before.get(each.name), at, missing_s)
        if changed:
            standings.touch(connection)
    return changed


def _forget(connection: Connection, names: Iterable[str]) -> bool:
    gone = list(names)
    if gone:
        connection.execute(delete(farm_workers).where(farm_workers.c.name.in_(gone)))
    return bool(gone)


def _one(connection: Connection, each: Seen, before: Mapping[str, Any] | None, at: datetime, missing_s: float) -> bool:
    row, told = follow(each, before, at, missing_s)
    if before == row:
        return False
    if before is None:
        connection.execute(insert(farm_workers).values(**row))
    else:
        connection.execute(update(farm_workers).where(farm_workers.c.name == each.name).values(**row))
    if told:
        connection.execute(insert(deliveries).values(_delivery(told, row, str((before or row)["since"]), at)))
    return True


def follow(each: Seen, before: Mapping[str, Any] | None, at: datetime, missing_s: float) -> tuple[dict[str, Any], str]:
    """The worker's row from now on, and what is to be told: `missing`, `back` or nothing."""
    same = before is not None and before["connected"] == each.connected
    since = str(before["since"]) if before is not None and same else text(at)
    told, event = str(before["told"]) if before is not None else "", ""
    if each.connected:
        event, told = ("back", "") if told and not same else ("", told and "")
    elif told != since and not each.excused and (at - datetime.fromisoformat(since)).total_seconds() >= missing_s:
        event, told = "missing", since
    row = {
        "name": each.name,
        "owner": each.owner,
        "connected": each.connected,
        "paused": each.paused,
        "since": since,
        "downtime": each.downtime,
        "builders": list(each.builders),
        "doing": [dict(build) for build in each.doing],
        "told": told,
    }
    return row, event


def _delivery(event: str, row: Mapping[str, Any], away_since: str, at: datetime) -> dict[str, Any]:
    return {
        "guid": f"worker:{row['name']}:{away_since}:{event}"[:100],
        "source": "farm",
        "event": f"worker.{event}",
        "subject": SUBJECT,
        "payload": {"worker": row["name"], "owner": row["owner"], "since": away_since, "at": text(at)},
        "state": DeliveryState.NEW,
        "received": text(at),
    }
