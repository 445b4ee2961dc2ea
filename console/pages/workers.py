"""The machines of the farm, what each is doing and when it is away; and the builds that wait."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import desc, select

from console import rows
from console.pages.asked import Asked
from core import models, standings
from core.database import reading

Found: TypeAlias = "dict[str, Any]"
ASKED = 40  # requests that are shown


def workers(asked: Asked) -> Found:
    """Those that are away first, then by name."""
    found = standings.workers(asked.engine)
    shown = [{**row, "state": _state(row), "builders": len(row["builders"])} for row in found]
    return {"workers": sorted(shown, key=lambda row: (row["connected"], row["name"]))}


def _state(row: Found) -> str:
    if not row["connected"]:
        return "away"
    return "paused" if row["paused"] else "building" if row["doing"] else "idle"


def queue(asked: Asked) -> Found:
    """Builders that builds wait for, the longest wait first; what runs; what was asked for lately and why."""
    seen = standings.workers(asked.engine)
    running = [{"so_far": [], **build, "worker": row["name"]} for row in seen for build in row["doing"]]
    return {
        "waiting": standings.queue(asked.engine),
        "running": sorted(running, key=lambda build: str(build["started"])),
        "asked": _requests(asked),
    }


def _requests(asked: Asked) -> list[rows.Row]:
    known = models.build_requests
    query = select(known).order_by(known.c.state != "new", desc(known.c.id)).limit(ASKED)
    with reading(asked.engine) as connection:
        return [dict(row._mapping) for row in connection.execute(query)]
